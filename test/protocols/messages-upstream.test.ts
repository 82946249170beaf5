import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type ModelRequest, PerigeeError, type StreamEvent } from '../../src/core/index.ts';
import {
  createMessagesStreamDecoder,
  decodeMessagesResponse,
  encodeMessagesRequest,
  messagesFront,
} from '../../src/protocols/index.ts';
import { workedMs } from '../work-time.ts';

const HI = [{ role: 'user' as const, content: 'Hi' }];

const encode = (request: Partial<ModelRequest>, dialect = {}) =>
  encodeMessagesRequest({ messages: HI, ...request }, dialect);

describe('a request to an Anthropic-compatible host', () => {
  test('says nothing that was not asked', () => {
    expect(encode({})).toEqual({ messages: [{ role: 'user', content: 'Hi' }] });
  });

  test('has all settings in the words of the protocol', () => {
    expect(
      encode({
        tools: [
          { name: 'read', description: 'Reads.', parameters: { type: 'object' }, strict: true },
          { name: 'now', strict: false },
        ],
        toolChoice: 'required',
        parallelToolCalls: false,
        thinking: 'on',
        effort: 'high',
        responseFormat: { type: 'json-schema', name: 'x', schema: { type: 'object' } },
        maxTokens: 9,
        temperature: 0.5,
        topP: 0.9,
        stop: ['END'],
        cacheKey: 's-1',
        extra: { top_k: 3, thinking: { budget_tokens: 1024 }, output_config: { task_budget: {} } },
        extraProtocol: 'anthropic-messages',
      }),
    ).toEqual({
      messages: [{ role: 'user', content: 'Hi' }],
      tools: [
        { name: 'read', description: 'Reads.', input_schema: { type: 'object' }, strict: true },
        { name: 'now', input_schema: { type: 'object', properties: {} } },
      ],
      tool_choice: { type: 'any', disable_parallel_tool_use: true },
      thinking: { type: 'enabled', budget_tokens: 1024 },
      output_config: {
        effort: 'high',
        format: { type: 'json_schema', schema: { type: 'object' } },
        task_budget: {},
      },
      max_tokens: 9,
      temperature: 0.5,
      top_p: 0.9,
      stop_sequences: ['END'],
      metadata: { user_id: 's-1' },
      top_k: 3,
    });
  });

  test('leaves out what is meant for another protocol', () => {
    expect(encode({ extra: { logprobs: true }, extraProtocol: 'openai-chat' })).not.toHaveProperty(
      'logprobs',
    );
  });

  test('has no budget for thinking that is off', () => {
    const extra = { thinking: { budget_tokens: 1024 } };
    expect(encode({ thinking: 'off', extra })['thinking']).toEqual({ type: 'disabled' });
    expect(encode({ extra })).not.toHaveProperty('thinking');
    expect(encode({ thinking: 'on', extra }, { thinking: 'none' })).not.toHaveProperty('thinking');
  });

  test('keeps earlier thinking as the dialect says', () => {
    const edits = [{ type: 'clear_thinking_20251015', keep: 'all' }];
    expect(encode({ thinking: 'keep' }, { keepEdit: true })).toMatchObject({
      thinking: { type: 'enabled' },
      context_management: { edits },
    });
    expect(encode({ thinking: 'keep' })).not.toHaveProperty('context_management');
  });

  test.each([
    ['auto', { type: 'auto' }],
    ['none', { type: 'none' }],
    [{ name: 'read' }, { type: 'tool', name: 'read' }],
  ] as const)('has the tool choice %j as %j', (toolChoice, expected) => {
    expect(encode({ toolChoice, tools: [{ name: 'read' }] })['tool_choice']).toEqual(expected);
    expect(encode({ toolChoice })).not.toHaveProperty('tool_choice');
  });

  test('has thinking, calls and results as blocks, and every id in a form that is taken', () => {
    const body = encode({
      messages: [
        { role: 'system', content: 'One.' },
        { role: 'system', content: 'Two.' },
        { role: 'user', content: 'Go' },
        {
          role: 'assistant',
          content: ' ',
          reasoning: 'Hm',
          reasoningSignature: 'sig',
          toolCalls: [
            { id: 'functions.read:0', name: 'read', arguments: '{"p": 1}' },
            { id: 'functions.list:1', name: 'list', arguments: '' },
            { id: 'functions_read_0', name: 'read', arguments: '[1]' },
          ],
        },
        { role: 'tool', toolCallId: 'functions.read:0', content: 'text', isError: true },
        {
          role: 'tool',
          toolCallId: 'functions.list:1',
          content: [{ type: 'image', url: 'data:image/png;base64,AA' }],
        },
        { role: 'tool', toolCallId: 'functions_read_0', content: '' },
        { role: 'user', content: [{ type: 'image', url: 'ms://f1' }] },
        { role: 'system', content: 'Hurry.' },
        { role: 'assistant', content: 'Done', reasoning: 'Easy' },
      ],
    });
    expect(body).toEqual({
      system: 'One.\n\nTwo.',
      messages: [
        { role: 'user', content: 'Go' },
        {
          role: 'assistant',
          content: [
            { type: 'thinking', thinking: 'Hm', signature: 'sig' },
            { type: 'tool_use', id: 'functions_read_0_2', name: 'read', input: { p: 1 } },
            { type: 'tool_use', id: 'functions_list_1', name: 'list', input: {} },
            { type: 'tool_use', id: 'functions_read_0', name: 'read', input: { arguments: '[1]' } },
          ],
        },
        {
          role: 'user',
          content: [
            { type: 'tool_result', tool_use_id: 'functions_read_0_2', content: 'text', is_error: true },
            {
              type: 'tool_result',
              tool_use_id: 'functions_list_1',
              content: [{ type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'AA' } }],
            },
            { type: 'tool_result', tool_use_id: 'functions_read_0', content: '' },
            { type: 'image', source: { type: 'url', url: 'ms://f1' } },
            { type: 'text', text: '<system>\nHurry.\n</system>' },
          ],
        },
        {
          role: 'assistant',
          content: [
            { type: 'thinking', thinking: 'Easy' },
            { type: 'text', text: 'Done' },
          ],
        },
      ],
    });
  });

  test('has an empty thinking block where a host wants one and nothing is known', () => {
    const messages = [
      { role: 'assistant' as const, content: '', toolCalls: [{ id: 'c', name: 'x', arguments: '{}' }] },
    ];
    const blocks = (request: Partial<ModelRequest>) =>
      JSON.stringify(encode({ messages, ...request }, { reasoningRequired: true })['messages']);
    expect(blocks({})).toContain('{"type":"thinking","thinking":""}');
    expect(blocks({ thinking: 'off' })).not.toContain('thinking');
  });

  test('keeps ids apart, however long and strange they are', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.string({ maxLength: 80 }), { minLength: 1, maxLength: 20 }), (ids) => {
        const toolCalls = ids.map((id) => ({ id, name: 'x', arguments: '{}' }));
        const [message] = encode({ messages: [{ role: 'assistant', content: '', toolCalls }] })[
          'messages'
        ] as [{ content: { id: string }[] }];
        const wire = message.content.map(({ id }) => id);
        expect(new Set(wire).size).toBe(ids.length);
        for (const id of wire) expect(id).toMatch(/^[a-zA-Z0-9_-]{1,64}$/);
      }),
    );
  });

  test('respells ten thousand ids that look alike in no time', () => {
    const toolCalls = [...Array(10_000).keys()].map((at) => ({
      id: String.fromCodePoint(0x4e00 + at),
      name: 'x',
      arguments: '{}',
    }));
    const began = process.cpuUsage();
    encode({ messages: [{ role: 'assistant', content: '', toolCalls }] });
    expect(workedMs(began)).toBeLessThan(10_000);
  });

  test('says again what a client of the same protocol said', () => {
    const body = {
      system: 'Be brief.',
      messages: [
        { role: 'user', content: 'Go' },
        {
          role: 'assistant',
          content: [
            { type: 'text', text: 'Reading.' },
            { type: 'tool_use', id: 'toolu_1', name: 'read', input: { p: [1, 'x'] } },
          ],
        },
        { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'toolu_1', content: 'text' }] },
      ],
      tools: [{ name: 'read', description: 'Reads.', input_schema: { type: 'object' } }],
      tool_choice: { type: 'auto', disable_parallel_tool_use: true },
      max_tokens: 10,
      thinking: { type: 'enabled', budget_tokens: 1024 },
      service_tier: 'auto',
      made_up: { a: 1 },
    };
    const { request } = messagesFront.decodeRequest({ model: 'm', ...body });
    expect(encodeMessagesRequest(request)).toEqual(body);
  });
});

test('a host whose document knows no named tool, and no single call, is asked for neither', () => {
  const asked = (toolChoice: ModelRequest['toolChoice'], dialect = {}) =>
    encodeMessagesRequest(
      {
        messages: [{ role: 'user', content: 'Go' }],
        tools: [{ name: 'a' }],
        parallelToolCalls: false,
        ...(toolChoice && { toolChoice }),
      },
      dialect,
    )['tool_choice'];
  const neither = { namedChoice: false, parallelChoice: false };
  expect(asked({ name: 'a' })).toEqual({ type: 'tool', name: 'a', disable_parallel_tool_use: true });
  expect(asked({ name: 'a' }, neither)).toEqual({ type: 'any' });
  expect(asked(undefined, neither)).toBeUndefined();
});

const event = (type: string, fields = {}) => ({ type, ...fields });
const begin = (index: number, block: Record<string, unknown>) =>
  event('content_block_start', { index, content_block: block });
const delta = (index: number, type: string, fields: Record<string, unknown>) =>
  event('content_block_delta', { index, delta: { type, ...fields } });
const stop = (index: number) => event('content_block_stop', { index });

function decode(...events: unknown[]): StreamEvent[] {
  const decoder = createMessagesStreamDecoder();
  return [...events.flatMap((one) => decoder.push(one)), ...decoder.end()];
}

describe('the stream of an Anthropic-compatible host', () => {
  test('is read: thinking, text, calls, usage, the reason', () => {
    expect(
      decode(
        event('message_start', {
          message: {
            id: 'msg_1',
            content: [],
            usage: {
              input_tokens: 20,
              cache_read_input_tokens: 8,
              cache_creation_input_tokens: 2,
              output_tokens: 1,
            },
          },
        }),
        begin(0, { type: 'thinking', thinking: '', signature: '' }),
        event('ping'),
        delta(0, 'thinking_delta', { thinking: 'Hm' }),
        delta(0, 'signature_delta', { signature: 'sig' }),
        stop(0),
        begin(1, { type: 'text', text: '' }),
        delta(1, 'text_delta', { text: 'Reading.' }),
        stop(1),
        begin(2, { type: 'tool_use', id: 'tool_1', name: 'read', input: {} }),
        delta(2, 'input_json_delta', { partial_json: '' }),
        delta(2, 'input_json_delta', { partial_json: '{"p":' }),
        delta(2, 'input_json_delta', { partial_json: '1}' }),
        stop(2),
        event('message_delta', {
          delta: { stop_reason: 'tool_use', stop_sequence: null },
          usage: { output_tokens: 12, output_tokens_details: { thinking_tokens: 3 } },
        }),
        event('message_stop'),
      ),
    ).toEqual([
      { type: 'reasoning-delta', delta: 'Hm' },
      { type: 'reasoning-delta', delta: '', signature: 'sig' },
      { type: 'text-delta', delta: 'Reading.' },
      { type: 'tool-call-start', index: 0, id: 'tool_1', name: 'read', rawId: 'tool_1' },
      { type: 'tool-call-delta', index: 0, delta: '{"p":' },
      { type: 'tool-call-delta', index: 0, delta: '1}' },
      { type: 'tool-call-end', index: 0 },
      {
        type: 'finish',
        reason: 'tool-calls',
        rawReason: 'tool_use',
        usage: { inputTokens: 30, cachedInputTokens: 8, outputTokens: 12, reasoningTokens: 3 },
      },
    ]);
  });

  test('has no usage where the host says nothing but zeros', () => {
    const usage = { input_tokens: 0, output_tokens: 0 };
    const stopped = { delta: { stop_reason: 'end_turn' }, usage };
    expect(
      decode(
        event('message_start', { message: { content: [], usage } }),
        begin(0, { type: 'text', text: 'Hi' }),
        event('message_delta', stopped),
      ).at(-1),
    ).toEqual({ type: 'finish', reason: 'stop', rawReason: 'end_turn' });
  });

  test('may hold whole blocks in their beginning', () => {
    expect(
      decode(
        begin(0, { type: 'text', text: 'Hi' }),
        begin(1, { type: 'tool_use', id: 'c', name: 'x', input: { a: 1 } }),
      ),
    ).toEqual([
      { type: 'text-delta', delta: 'Hi' },
      { type: 'tool-call-start', index: 0, id: 'c', name: 'x', rawId: 'c' },
      { type: 'tool-call-delta', index: 0, delta: '{"a":1}' },
      { type: 'tool-call-end', index: 0 },
      { type: 'finish', reason: 'stop' },
    ]);
  });

  test('is whole with its reason, and over with its last event', () => {
    const decoder = createMessagesStreamDecoder();
    expect([decoder.finished, decoder.ended]).toEqual([false, false]);
    decoder.push(event('message_delta', { delta: { stop_reason: 'model_context_window_exceeded' } }));
    expect([decoder.finished, decoder.ended]).toEqual([true, false]);
    decoder.push(event('message_stop'));
    expect(decoder.ended).toBe(true);
    expect(decoder.end()).toMatchObject([{ type: 'finish', reason: 'length' }]);
  });

  test('may be a report of failure', () => {
    const report = event('error', { error: { type: 'overloaded_error', message: 'Overloaded' } });
    expect(() => createMessagesStreamDecoder().push(report)).toThrow(
      expect.objectContaining({ code: 'overloaded', retryable: true }),
    );
  });

  test('may hold anything', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.record(
            {
              type: fc.constantFrom(
                'message_start',
                'content_block_start',
                'content_block_delta',
                'message_delta',
              ),
              index: fc.jsonValue(),
              content_block: fc.oneof(
                fc.jsonValue(),
                fc.record({
                  type: fc.constantFrom('tool_use', 'text', 'thinking'),
                  input: fc.jsonValue(),
                  text: fc.jsonValue(),
                }),
              ),
              delta: fc.oneof(
                fc.jsonValue(),
                fc.record({
                  type: fc.constantFrom('input_json_delta', 'text_delta'),
                  partial_json: fc.jsonValue(),
                }),
              ),
              message: fc.jsonValue(),
              usage: fc.jsonValue(),
            },
            { requiredKeys: ['type'] },
          ),
        ),
        (events) => {
          const decoded = decode(...events);
          expect(decoded.filter(({ type }) => type === 'finish')).toEqual([decoded.at(-1)]);
          const starts = decoded.filter(({ type }) => type === 'tool-call-start').length;
          expect(decoded.filter(({ type }) => type === 'tool-call-end')).toHaveLength(starts);
        },
      ),
    );
  });
});

describe('a whole response of an Anthropic-compatible host', () => {
  test('is read like the stream', () => {
    const events = decodeMessagesResponse({
      type: 'message',
      content: [
        { type: 'thinking', thinking: 'Hm', signature: 'sig' },
        { type: 'text', text: 'Yes' },
        { type: 'tool_use', id: 'c', name: 'x', input: {} },
      ],
      stop_reason: 'max_tokens',
      usage: { input_tokens: 1, output_tokens: 2 },
    });
    expect(events).toEqual([
      { type: 'reasoning-delta', delta: 'Hm', signature: 'sig' },
      { type: 'text-delta', delta: 'Yes' },
      { type: 'tool-call-start', index: 0, id: 'c', name: 'x', rawId: 'c' },
      { type: 'tool-call-end', index: 0 },
      {
        type: 'finish',
        reason: 'length',
        rawReason: 'max_tokens',
        usage: { inputTokens: 1, cachedInputTokens: 0, outputTokens: 2 },
      },
    ]);
  });

  test('may be a report of failure', () => {
    const report = { type: 'error', error: { type: 'rate_limit_error', message: 'Slow down' } };
    expect(() => decodeMessagesResponse(report)).toThrow(PerigeeError);
  });
});
