import { describe, expect, test } from 'vitest';
import { budgetStage, conform, estimateTokens } from '../../src/conform/index.ts';
import type { JsonSchema, StreamEvent } from '../../src/core/index.ts';
import { applied, call, target, turn, user } from './fixtures.ts';

describe('the limit of an answer', () => {
  const limited = (wish: Parameters<typeof applied>[1], to: Parameters<typeof applied>[2]) => {
    const { sent, actions } = applied(budgetStage, wish, to);
    return [sent.maxTokens, ...actions];
  };

  test.each(['kimi-k2.5', 'kimi-k2.6', 'kimi-k2.7-code', 'kimi-k3', 'kimi-k2-thinking'])(
    'of %s is at least 16,000, since it thinks',
    (model) => {
      expect(limited({ maxTokens: 1 }, target('moonshot', model))).toEqual([16_000, 'raised']);
      expect(limited({ maxTokens: 16_000 }, target('moonshot', model))).toEqual([16_000]);
    },
  );

  test.each([
    ['kimi-k2.6', { thinking: 'off' } as const],
    ['kimi-k2-0905-preview', {}],
    [undefined, {}],
  ])('of %s with %j may be small', (model, wish) => {
    expect(applied(budgetStage, { ...wish, maxTokens: 1 }, target('moonshot', model)).untouched).toBe(true);
  });

  test('of 0 has the prompt read and no answer shown, as Anthropic has it, whatever the model writes', () => {
    const kimi = target('moonshot', 'kimi-k2.6');
    expect(limited({ maxTokens: 0 }, kimi)).toEqual([1, 'prompt-only']);
    const request = { messages: [user()], tools: [{ name: 'run' }], maxTokens: 0 };
    const usage = { inputTokens: 9, cachedInputTokens: 8, outputTokens: 1 };
    const cases: [StreamEvent & { type: 'finish' }, StreamEvent][] = [
      [
        { type: 'finish', reason: 'tool-calls', usage },
        { type: 'finish', reason: 'length', usage },
      ],
      [
        { type: 'finish', reason: 'length', truncated: true },
        { type: 'finish', reason: 'length' },
      ],
      [
        { type: 'finish', reason: 'content-filter' },
        { type: 'finish', reason: 'content-filter' },
      ],
    ];
    for (const [came, ended] of cases) {
      const stage = conform(request, kimi, () => {}).stage();
      const out: StreamEvent[] = [];
      stage?.push({ type: 'reasoning-delta', delta: 'The' }, out);
      stage?.push({ type: 'text-delta', delta: 'I' }, out);
      stage?.push({ type: 'tool-call-start', index: 0, id: 'x', name: 'run' }, out);
      stage?.push({ type: 'tool-call-end', index: 0 }, out);
      stage?.push(came, out);
      expect(out).toEqual([ended]);
    }
  });

  test('that is not wished is not made up', () => {
    expect(applied(budgetStage, {}, target('moonshot', 'kimi-k2.6')).untouched).toBe(true);
  });

  test('is at most what the model may write on this host, even if that is below the floor', () => {
    const to = target('deepinfra', 'kimi-k2.6', { maxOutput: 8_192, contextWindow: 100_000 });
    expect(limited({ maxTokens: 20_000 }, to)).toEqual([8_192, 'lowered']);
    expect(limited({ maxTokens: 100 }, to)).toEqual([8_192, 'raised', 'lowered']);
    expect(limited({ maxTokens: 32_000 }, target(undefined, 'kimi-k2-0711-preview'))).toEqual([
      16_384,
      'lowered',
    ]);
  });

  test('fits into the window beside the prompt, with room for a prompt that is larger than estimated', () => {
    const to = target('moonshot', 'kimi-k2.6');
    const prompt = 100_000;
    const messages = [user('word '.repeat((prompt * 4) / 5))];
    const { sent, actions } = applied(budgetStage, { messages, maxTokens: 262_144 }, to);
    expect(sent.maxTokens).toBeLessThan(262_144 - prompt * 1.2);
    expect(sent.maxTokens).toBeGreaterThan(262_144 - prompt * 1.3);
    expect(actions).toEqual(['lowered']);
    expect(limited({ messages, maxTokens: 32_000 }, to)).toEqual([32_000]);
  });

  test('leaves room for an answer as long as there is some, and never becomes nothing', () => {
    const to = target('moonshot', 'kimi-k2.6');
    const words = (tokens: number) => [user('word '.repeat((tokens * 4) / 5))];
    const tight = applied(budgetStage, { messages: words(240_000), maxTokens: 32_000 }, to);
    expect(tight.sent.maxTokens).toBe(16_000);
    const over = applied(budgetStage, { messages: words(300_000), maxTokens: 32_000 }, to);
    expect(over.sent.maxTokens).toBe(1024);
    const small = target(undefined, undefined, { contextWindow: 4096 });
    expect(limited({ messages: words(10_000), maxTokens: 100 }, small)).toEqual([100]);
  });
});

describe('the estimate of a prompt', () => {
  const estimate = (text: string) => estimateTokens({ messages: [user(text)] });

  // Counted with o200k_base.
  test.each([
    ['English', 'The quick brown fox jumps over the lazy dog near the river bank. '.repeat(100), 1401],
    ['code', 'const total = items.reduce((sum, item) => sum + item.price, 0);\n'.repeat(100), 1900],
    [
      'JSON',
      '{"city":"Paris","units":"metric","days":[1,2,3],"id":"a81bc81b-dead-4e5d"}\n'.repeat(100),
      3200,
    ],
    ['Chinese', '月之暗面发布了新的模型，它可以调用工具。'.repeat(100), 1300],
    ['Russian', 'Модель вызывает инструменты и читает ответы. '.repeat(100), 1001],
  ])('is about as high as the count for %s', (_, text, counted) => {
    expect(estimate(text) / counted).toBeGreaterThan(0.5);
    expect(estimate(text) / counted).toBeLessThan(1.9);
  });

  test('counts calls, reasoning, tools and media', () => {
    const long = 'x'.repeat(4000);
    const schema = { type: 'object', properties: { a: { description: long } } };
    const request = {
      messages: [
        { ...turn(call('a', 'run', `{"a":"${long}"}`)), reasoning: long },
        user([{ type: 'image', url: `data:,${long}` }]),
      ],
      tools: [{ name: 'run', description: long, parameters: schema }],
    };
    expect(estimateTokens(request)).toBeGreaterThan(4 * 1000 + 1024);
    expect(estimateTokens(request)).toBeLessThan(4 * 1000 + 1024 + 100);
  });

  test('takes schemas of any depth, and all keys', () => {
    let schema: JsonSchema = {};
    for (let depth = 0; depth < 100_000; depth++) schema = { items: schema };
    const tools = [
      { name: 'run', parameters: schema },
      { name: 'own', parameters: JSON.parse('{"__proto__":{"a":1}}') },
    ];
    expect(estimateTokens({ messages: [], tools })).toBeGreaterThan(100);
  });
});
