import { describe, expect, test } from 'vitest';
import type { ModelConfig, UpstreamConfig } from '../../src/cli/config/config.ts';
import { modelBuilder } from '../../src/cli/serve/build-models.ts';
import { modelDirectory } from '../../src/cli/serve/model-directory.ts';
import type { ModelParts } from '../../src/cli/serve/parts.ts';
import { type Model, modelStream } from '../../src/core/index.ts';
import type { ServedModel } from '../../src/gateway/index.ts';
import { completions, openaiChat, rawUpstream } from '../../src/upstream/index.ts';

function model(id: string): Model {
  return { id, stream: () => modelStream(async function* () {}) };
}

/** Parts that write down how they were put together. */
function parts(): ModelParts & { readonly made: string[] } {
  const made: string[] = [];
  return {
    made,
    openaiChat(options) {
      made.push(
        `openaiChat ${options.baseUrl} ${JSON.stringify(options.dialect)} retries ${options.retries}`,
      );
      return openaiChat(options);
    },
    completions(options) {
      made.push(`completions ${options.baseUrl} ${options.template}`);
      return completions(options);
    },
    anthropicMessages(options) {
      made.push(`anthropicMessages ${options.baseUrl} ${JSON.stringify(options.dialect)}`);
      return model(options.model);
    },
    rawUpstream,
    conformed(inner, target) {
      made.push(`conformed ${target.modelId} ${target.host?.id} ${target.contextWindow} ${target.maxOutput}`);
      return inner;
    },
    askingAgain(inner, _, { argumentRetries }) {
      made.push(`askingAgain ${argumentRetries}`);
      return inner;
    },
    routed(name, upstreams, routing) {
      made.push(`routed ${name} ${upstreams.map((upstream) => upstream.name)} ${JSON.stringify(routing)}`);
      return { ...model(name), ready: () => true, waiting: () => 0, upstreams: () => [] };
    },
    withCacheKey: (request) => request,
    practiceModel: () => model('practice'),
  };
}

const MOONSHOT: UpstreamConfig = {
  name: 'moonshot',
  hostId: 'moonshot',
  baseUrl: 'https://api.moonshot.ai/v1',
  protocol: 'openai-chat',
  modelId: 'kimi-k2.6',
  continuation: true,
};
const ENGINE: UpstreamConfig = {
  name: 'engine',
  baseUrl: 'http://127.0.0.1:1/v1',
  protocol: 'completions',
  modelId: '/models/k',
  template: 'kimi-k2.6',
  maxOutput: 1000,
  continuation: true,
};

function kimi(...upstreams: UpstreamConfig[]): ModelConfig {
  return { name: 'kimi', aliases: [], argumentRetries: 0, routing: { queue: {}, breaker: {} }, upstreams };
}

describe('a model of a configuration', () => {
  test('is its upstreams, each fitted to its host, behind a router', () => {
    const made = parts();
    const dialect = { maxTokensField: 'max_tokens' } as const;
    const [served] = modelBuilder(made, {}).build([
      { ...kimi({ ...MOONSHOT, dialect }, ENGINE), argumentRetries: 2 },
    ]);
    expect(made.made).toHaveLength(7);
    expect(made.made[0]).toMatch(
      /^openaiChat https:\/\/api\.moonshot\.ai\/v1 .*"maxTokensField":"max_tokens"/,
    );
    expect(made.made[0]).toMatch(/"reasoningRequired":true.* retries 0$/);
    expect(made.made.slice(1)).toEqual([
      'conformed kimi-k2.6 moonshot 262144 262144',
      'askingAgain 2',
      'completions http://127.0.0.1:1/v1 kimi-k2.6',
      'conformed /models/k undefined 262144 1000',
      'askingAgain 2',
      'routed kimi moonshot,engine {"queue":{},"breaker":{}}',
    ]);
    expect(served).toMatchObject({
      name: 'kimi',
      maxOutput: 1000,
      inputs: ['text', 'image', 'video'],
      raw: { protocol: 'openai-chat', modelId: 'kimi-k2.6' },
    });
    expect(served?.ready?.()).toBe(true);
  });

  test("of Moonshot's Anthropic API is asked in the words of its document", () => {
    const made = parts();
    const baseUrl = 'https://api.moonshot.ai/anthropic';
    modelBuilder(made, {}).build([kimi({ ...MOONSHOT, baseUrl, protocol: 'anthropic-messages' })]);
    expect(made.made[0]).toBe(
      `anthropicMessages ${baseUrl} {"keepEdit":true,"namedChoice":false,"parallelChoice":false}`,
    );
  });

  test('without upstreams is the practice model', () => {
    expect(modelBuilder(parts(), {}).build([kimi()])[0]).toMatchObject({ model: { id: 'practice' } });
  });

  test('that did not change is the same after the others did', () => {
    const made = parts();
    const builder = modelBuilder(made, {});
    const other = { ...kimi(ENGINE), name: 'other' };
    const [first, second] = builder.build([kimi(MOONSHOT), other]);
    const again = builder.build([
      { ...kimi(MOONSHOT), aliases: ['new'] },
      { ...other, upstreams: [{ ...ENGINE, concurrency: 3 }] },
    ]);
    expect(again[0]).toBe(first);
    expect(again[1]).not.toBe(second);
    // The engine itself is as it was: only the router before it is new.
    expect(made.made.filter((entry) => /^(openaiChat|completions)/.test(entry))).toHaveLength(2);
    const third = builder.build([other, kimi(MOONSHOT)]);
    expect(third[1]).toBe(first);
  });

  test('that went away for a while is made anew', () => {
    const builder = modelBuilder(parts(), {});
    const [first] = builder.build([kimi(MOONSHOT)]);
    builder.build([]);
    expect(builder.build([kimi(MOONSHOT)])[0]).not.toBe(first);
  });
});

describe('the directory', () => {
  const served = (name: string): ServedModel => ({ name, model: model(name) });
  const directory = modelDirectory([
    { served: served('a'), aliases: ['*', 'exact'] },
    { served: served('b'), aliases: ['claude-*', 'x*y*z'] },
    { served: served('c'), aliases: ['claude-haiku-*', '**'] },
  ]);

  test.each([
    ['a', 'a'],
    ['exact', 'a'],
    ['b', 'b'],
    ['claude-sonnet-5', 'b'],
    ['claude-haiku-4-5-20251001', 'c'],
    ['claude-', 'b'],
    ['xyz', 'b'],
    ['x1y2z', 'b'],
    ['xz', 'a'],
    ['', 'a'],
    ['__proto__', 'a'],
  ])('%j leads to %s', (name, model) => {
    expect(directory.get(name)?.name).toBe(model);
  });

  test('knows no name without a wildcard, and lists the names', () => {
    const plain = modelDirectory([{ served: served('a'), aliases: ['b*c'] }]);
    expect([plain.get('A'), plain.get('b'), plain.get('bc')?.name]).toEqual([undefined, undefined, 'a']);
    expect(directory.list().map(({ name }) => name)).toEqual(['a', 'b', 'c']);
  });
});
