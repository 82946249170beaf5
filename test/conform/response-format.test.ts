import { describe, expect, test } from 'vitest';
import { conform, responseFormatStage } from '../../src/conform/index.ts';
import type { ModelRequest } from '../../src/core/index.ts';
import { applied, target, user } from './fixtures.ts';

describe('the form that an answer must have', () => {
  const engine = target('vllm', 'kimi-k2.6', { protocol: 'completions' });
  const schema = { type: 'object', properties: { n: { type: 'integer' } } };
  const format: ModelRequest['responseFormat'] = { type: 'json-schema', name: 'answer', schema };

  test('is asked for in words where the prompt is written here, and that is told', () => {
    const { sent, actions } = applied(
      responseFormatStage,
      { messages: [user()], responseFormat: format },
      engine,
    );
    expect(actions).toEqual(['emulated']);
    expect(sent.responseFormat).toBeUndefined();
    expect(sent.messages[0]).toEqual(user());
    expect(sent.messages[1]).toEqual({
      role: 'user',
      content: `Answer with one JSON value alone: no other text around it, and no code fence.\nIt must fit this JSON Schema:\n${JSON.stringify(schema)}`,
    });
    const plain = applied(
      responseFormatStage,
      { messages: [user()], responseFormat: { type: 'json' } },
      engine,
    );
    expect(plain.sent.messages[1]?.content).toMatch(/^Answer with one JSON object alone/);
  });

  test('leaves room for calls, and stands before the beginning of an answer', () => {
    const request = {
      messages: [user(), { role: 'assistant', content: '{"n":' } as const],
      tools: [{ name: 'run' }],
      responseFormat: format,
    };
    const sent = conform(request, engine, () => {}).request;
    expect(sent.messages.map(({ role }) => role)).toEqual(['user', 'user', 'assistant']);
    expect(sent.messages[1]?.content).toMatch(/^Where you call no tool, answer with one JSON value alone/);
  });

  test('is said without a schema that is nested deeper than can be written', () => {
    let deep: Record<string, unknown> = {};
    for (let depth = 0; depth < 100_000; depth++) deep = { items: deep };
    const request = { messages: [user()], responseFormat: { ...format, schema: deep } };
    const { sent } = applied(responseFormatStage, request, engine);
    expect(sent.messages[1]?.content).toMatch(/no code fence\.$/);
  });

  test('stays as it is where the protocol has a field for it', () => {
    for (const to of [
      target('vllm', 'kimi-k2.6'),
      target(undefined, undefined, { protocol: 'anthropic-messages' }),
    ]) {
      expect(applied(responseFormatStage, { messages: [user()], responseFormat: format }, to).untouched).toBe(
        true,
      );
    }
    expect(applied(responseFormatStage, { messages: [user()] }, engine).untouched).toBe(true);
  });
});
