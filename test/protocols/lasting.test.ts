import { describe, expect, test } from 'vitest';
import { type AssistantMessage, isLasting, type ModelRequest, markLasting } from '../../src/core/index.ts';
import { type ChatDialect, chatFront, encodeChatRequest, messagesFront } from '../../src/protocols/index.ts';

/** The same value, of which nothing was kept. */
const fresh = <T>(value: T): T => structuredClone(value);

describe('a message that lasts is written for each host as that host wants it', () => {
  const message: AssistantMessage = markLasting({
    role: 'assistant',
    content: '',
    toolCalls: [{ id: 'functions.run:0', name: 'run', arguments: '{}' }],
  });
  const thought: AssistantMessage = markLasting({ ...message, reasoning: 'I look.' });
  const dialects: ChatDialect[] = [
    {},
    { reasoningRequired: true },
    { reasoningFields: ['reasoning'] },
    { reasoningFields: ['reasoning_content', 'reasoning'], reasoningRequired: true },
  ];

  test.each([1, 2])('time %i', () => {
    for (const dialect of dialects) {
      for (const thinking of ['on', 'off', undefined] as const) {
        const request: ModelRequest = { messages: [message, thought], ...(thinking && { thinking }) };
        expect(encodeChatRequest(request, dialect)).toStrictEqual(encodeChatRequest(fresh(request), dialect));
      }
    }
  });

  test('once for each', () => {
    const [dialect] = dialects;
    const wire = () => encodeChatRequest({ messages: [message] }, dialect)['messages'] as object[];
    expect(wire()[0]).toBe(wire()[0]);
    expect(isLasting(wire()[0]!)).toBe(true);
  });
});

describe('a wire message that lasts is read', () => {
  const body = (messages: readonly object[]) => ({ model: 'kimi', max_tokens: 100, messages });
  const said = markLasting({ role: 'user', content: 'Hi' });

  test('once over OpenAI Chat', () => {
    const read = () => chatFront.decodeRequest(body([said])).request.messages[0];
    expect(read()).toEqual({ role: 'user', content: 'Hi' });
    expect(read()).toBe(read());
  });

  test('behind legacy calls as if it were new', () => {
    const answer = markLasting({
      role: 'assistant',
      content: '',
      function_call: { name: 'run', arguments: '{}' },
    });
    const result = markLasting({ role: 'function', name: 'run', content: 'ok' });
    const other = markLasting({
      role: 'assistant',
      tool_calls: [{ id: 'a', type: 'function', function: { name: 'run', arguments: '{}' } }],
    });
    for (const messages of [
      [said, answer, result],
      [said, other, answer, result],
      [result, answer],
    ]) {
      const { request } = chatFront.decodeRequest(body(messages));
      expect(request).toStrictEqual(chatFront.decodeRequest(fresh(body(messages))).request);
    }
  });

  const use = (id: string, name: string) => ({ type: 'tool_use', id, name, input: {} });
  const result = markLasting({
    role: 'user',
    content: [{ type: 'tool_result', tool_use_id: 'toolu_a_7_0', content: 'ok' }],
  });

  test('over Anthropic by the calls that stand before it', () => {
    const before = [
      [said, { role: 'assistant', content: [use('toolu_a_7_0', 'run')] }],
      [said, { role: 'assistant', content: [use('toolu_a_7_0', 'look')] }],
      [said, { role: 'assistant', content: [use('toolu_b_1_0', 'run')] }],
      [said],
    ];
    for (const messages of [...before, ...before].map((start) => [...start, result])) {
      const { request } = messagesFront.decodeRequest(body(messages));
      expect(request).toStrictEqual(messagesFront.decodeRequest(fresh(body(messages))).request);
    }
  });

  test('over Anthropic together with those in a row with it', () => {
    const one = markLasting({ role: 'assistant', content: [{ type: 'text', text: 'One' }] });
    const two = markLasting({ role: 'assistant', content: [use('toolu_a_7_0', 'run')] });
    for (const messages of [
      [said, one, result],
      [said, two, result],
      [said, one, two, result],
      [said, one],
    ]) {
      const { request } = messagesFront.decodeRequest(body(messages));
      expect(request).toStrictEqual(messagesFront.decodeRequest(fresh(body(messages))).request);
    }
  });

  test('over Anthropic with the seal of the request', () => {
    const answer = markLasting({
      role: 'assistant',
      content: [{ type: 'thinking', thinking: 'shown', signature: 's' }, use('toolu_a_7_0', 'run')],
    });
    const reasoningWith = (reasoning: string) => {
      const unseal = () => ({ reasoning });
      const { request } = messagesFront.decodeRequest(body([said, answer, result]), { unseal });
      return (request.messages[1] as AssistantMessage).reasoning;
    };
    expect([reasoningWith('a'), reasoningWith('b')]).toEqual(['a', 'b']);
  });
});
