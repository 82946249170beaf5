import { describe, expect, test } from 'vitest';
import {
  HOST_PROFILES,
  hostProfile,
  knownModelIds,
  MODEL_PROFILES,
  modelProfile,
  offerOf,
  pricesOf,
} from '../../src/profiles/index.ts';
import type { ChatDialect } from '../../src/protocols/openai-chat/dialect.ts';

describe('the model that a name means', () => {
  test.each([
    ['kimi-k3', 'kimi-k3'],
    ['k3', 'kimi-k3'],
    ['kimi-k2.7-code-highspeed', 'kimi-k2.7-code-highspeed'],
    ['kimi-for-coding-highspeed', 'kimi-k2.7-code-highspeed'],
    ['accounts/fireworks/models/kimi-k2p7-code', 'kimi-k2.7-code'],
    ['kimi-for-coding', 'kimi-k2.7-code'],
    ['@cf/moonshotai/kimi-k2.6', 'kimi-k2.6'],
    ['moonshotai/Kimi-K2.6-TEE', 'kimi-k2.6'],
    ['kimi-k2-5', 'kimi-k2.5'],
    ['moonshot.kimi-k2-thinking', 'kimi-k2-thinking'],
    ['kimi-k2-thinking-turbo', 'kimi-k2-thinking-turbo'],
    ['moonshotai/Kimi-K2-Instruct-0905', 'kimi-k2-0905-preview'],
    ['moonshotai/Kimi-K2-Instruct', 'kimi-k2-0711-preview'],
    ['gpt-5', undefined],
    ['', undefined],
  ])('%s', (name, id) => {
    expect(modelProfile(name)?.id).toBe(id);
  });

  test('every model is found by its own id', () => {
    for (const profile of MODEL_PROFILES) expect(modelProfile(profile.id)).toBe(profile);
  });
});

describe('the host behind a URL or id', () => {
  test.each([
    ['https://api.moonshot.ai/v1', 'moonshot'],
    ['https://api.moonshot.ai/anthropic', 'moonshot'],
    ['HTTPS://API.MOONSHOT.CN:443/v1/', 'moonshot-cn'],
    ['https://api.kimi.com/coding/', 'kimi-code-plan'],
    ['https://api.together.xyz/v1', 'together'],
    ['https://api.cloudflare.com/client/v4/accounts/123/ai/v1', 'cloudflare-workers-ai'],
    ['http://127.0.0.1:11434', 'ollama'],
    ['http://[::1]:8000/v1', 'vllm'],
    ['http://gpu-box:8000/v1', undefined],
    ['https://api.moonshot.ai.example.org/v1', undefined],
    ['https://api.example.org/?u=https://api.moonshot.ai/v1', undefined],
    ['fireworks', 'fireworks'],
    ['trtllm', 'trtllm-serve'],
    [' OpenRouter ', 'openrouter'],
    ['nobody', undefined],
  ])('%s', (given, id) => {
    expect(hostProfile(given)?.id).toBe(id);
  });

  test('every host is found by its id and by each of its URLs', () => {
    for (const profile of HOST_PROFILES) {
      expect(hostProfile(profile.id)).toBe(profile);
      for (const baseUrl of profile.baseUrls) expect(hostProfile(baseUrl)).toBe(profile);
    }
  });

  test('its dialect is one that requests can be written in', () => {
    const dialects: readonly ChatDialect[] = HOST_PROFILES.map(({ dialect }) => dialect);
    expect(dialects).toContainEqual({
      maxTokensField: 'max_completion_tokens',
      thinking: 'thinking-object',
      reasoningFields: ['reasoning_content'],
      reasoningRequired: true,
      cacheKeyField: 'prompt_cache_key',
      effortField: 'reasoning_effort',
    });
    expect(hostProfile('vllm')?.dialect.reasoningFields).toEqual(['reasoning_content', 'reasoning']);
  });
});

describe('offers', () => {
  test('name the models that a host still serves', () => {
    expect(knownModelIds('moonshot')).toEqual([
      'kimi-k3',
      'kimi-k2.7-code-highspeed',
      'kimi-k2.7-code',
      'kimi-k2.6',
    ]);
    expect(knownModelIds('together')).not.toContain('moonshotai/Kimi-K2.5');
    expect(knownModelIds('kimi-code-plan')).toContain('kimi-for-coding');
    expect(knownModelIds('nobody')).toEqual([]);
  });

  test('are found in any spelling, the own one first', () => {
    expect(offerOf('accounts/fireworks/routers/kimi-k2p6-fast', 'fireworks')?.input).toBe(2);
    expect(offerOf('kimi-k2.6', 'fireworks')?.model).toBe('accounts/fireworks/models/kimi-k2p6');
    expect(offerOf('kimi-k2.6', 'gmicloud')?.contextWindow).toBe(65_536);
    expect(offerOf('kimi-k3', 'fireworks')).toBeUndefined();
  });

  test('are of Kimi models only, so that each has a profile', () => {
    const unknown = HOST_PROFILES.flatMap(({ id }) => knownModelIds(id)).filter(
      (name) => !modelProfile(name),
    );
    expect(unknown).toEqual(['~moonshotai/kimi-latest']);
  });
});

describe('prices', () => {
  test('without a host are the list prices of Moonshot', () => {
    expect(pricesOf('moonshotai/Kimi-K2.6')).toEqual({ input: 0.95, cachedInput: 0.16, output: 4 });
    expect(pricesOf('gpt-5')).toBeUndefined();
  });

  test('of Moonshot agree with its offers', () => {
    for (const { id, prices } of MODEL_PROFILES) expect(pricesOf(id, 'moonshot')).toEqual(prices);
  });

  test('on another host are its own; cached tokens count in full where nothing else is published', () => {
    expect(pricesOf('kimi-k2.6', 'openrouter')).toEqual({ input: 0.55, cachedInput: 0.11, output: 3.2 });
    expect(pricesOf('kimi-k2.6', 'digitalocean')).toEqual({ input: 0.95, cachedInput: 0.95, output: 4 });
  });

  test('are not guessed', () => {
    expect(pricesOf('kimi-k2.6', 'runware')).toBeUndefined();
    expect(pricesOf('kimi-k2.6', 'moonshot-cn')).toBeUndefined();
    expect(pricesOf('kimi-k2.6', 'nobody')).toBeUndefined();
  });
});

describe('the data', () => {
  test('is dated and says where it is from', () => {
    for (const { verifiedAt, source } of HOST_PROFILES) {
      expect(verifiedAt).toMatch(/^2026-\d\d-\d\d$/);
      expect(source.length).toBeGreaterThan(5);
    }
    for (const { verifiedAt, sources } of MODEL_PROFILES) {
      expect(verifiedAt).toMatch(/^2026-\d\d-\d\d$/);
      expect(sources.length).toBeGreaterThan(0);
    }
  });

  test('has each id once', () => {
    const ids = [...HOST_PROFILES, ...MODEL_PROFILES].map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
  });

  test('says what K2.6, K2.7 and K3 allow', () => {
    expect(modelProfile('kimi-k2.6')).toMatchObject({
      contextWindow: 262_144,
      thinking: { mode: 'switch', keep: 'asked' },
      fixedSampling: { temperature: { thinking: 1, instant: 0.6 }, topP: 0.95 },
      toolChoice: { thinking: { required: false, named: false }, instant: { required: null, named: null } },
      status: 'active',
    });
    expect(modelProfile('kimi-k2.7-code')?.thinking).toEqual({ mode: 'always', keep: 'always' });
    expect(modelProfile('kimi-k3')).toMatchObject({
      contextWindow: 1_048_576,
      toolChoice: { thinking: { required: true, named: false } },
    });
    expect(modelProfile('kimi-k2.5')).toMatchObject({ status: 'retired', retiredAt: '2026-08-31' });
  });
});
