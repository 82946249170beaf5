import { describe, expect, test } from 'vitest';
import { PerigeeError, type StreamEvent, TurnAssembler } from '../../src/core/index.ts';
import { spoilerOf } from '../../src/protocols/front/index.ts';
import { countTokensResponse, encodeModelsPage, messagesFront } from '../../src/protocols/index.ts';
import {
  args,
  end,
  eventsOf,
  finish,
  invalid,
  OPTIONS,
  reasoning,
  start,
  streamText,
  text,
} from './messages-events.ts';

/** Each event in one line, without the ones that every answer has. */
function lines(events: readonly StreamEvent[], options = {}): string[] {
  return eventsOf(streamText(events, options)).flatMap(({ event, data }) => {
    const { index, content_block: block, delta } = data as Record<string, Record<string, unknown>>;
    switch (event) {
      case 'message_start':
        return [];
      case 'content_block_start':
        return [
          `${index} begin ${[block?.['type'], block?.['name'], block?.['id']].filter(Boolean).join(' ')}`,
        ];
      case 'content_block_delta':
        return [`${index} ${Object.values(delta ?? {}).join(' ')}`];
      case 'content_block_stop':
        return [`${index} end`];
      case 'message_delta':
        return [String(delta?.['stop_reason'])];
      default:
        return event === 'message_stop' ? [] : [event];
    }
  });
}

function turnOf(events: readonly StreamEvent[]) {
  const assembler = new TurnAssembler();
  for (const event of events) assembler.push(event);
  return assembler.turn();
}

function response(events: readonly StreamEvent[], options = {}) {
  return messagesFront.encodeResponse(turnOf(events), { ...OPTIONS, ...options }) as {
    content: Record<string, unknown>[];
    stop_reason: string | null;
  };
}

describe('a stream', () => {
  test('is, byte for byte, what Anthropic sends', () => {
    const usage = { inputTokens: 100, cachedInputTokens: 60, outputTokens: 7, reasoningTokens: 2 };
    expect(
      streamText([
        reasoning('Hm'),
        text('a "b"\n'),
        start(0, 'read'),
        args(0, '{"p":'),
        args(0, '1}'),
        end(0),
        { type: 'finish', reason: 'tool-calls', usage },
      ]),
    ).toBe(
      [
        'event: message_start\ndata: {"type":"message_start","message":{"id":"msg_a1","type":"message","role":"assistant","model":"kimi","content":[],"stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":0,"cache_creation_input_tokens":0,"cache_read_input_tokens":0,"output_tokens":0}}}',
        'event: content_block_start\ndata: {"type":"content_block_start","index":0,"content_block":{"type":"thinking","thinking":"","signature":""}}',
        'event: content_block_delta\ndata: {"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"Hm"}}',
        'event: content_block_delta\ndata: {"type":"content_block_delta","index":0,"delta":{"type":"signature_delta","signature":"cGVyaWdlZQ=="}}',
        'event: content_block_stop\ndata: {"type":"content_block_stop","index":0}',
        'event: content_block_start\ndata: {"type":"content_block_start","index":1,"content_block":{"type":"text","text":""}}',
        'event: content_block_delta\ndata: {"type":"content_block_delta","index":1,"delta":{"type":"text_delta","text":"a \\"b\\"\\n"}}',
        'event: content_block_stop\ndata: {"type":"content_block_stop","index":1}',
        'event: content_block_start\ndata: {"type":"content_block_start","index":2,"content_block":{"type":"tool_use","id":"toolu_a1_0_0","name":"read","input":{}}}',
        'event: content_block_delta\ndata: {"type":"content_block_delta","index":2,"delta":{"type":"input_json_delta","partial_json":"{\\"p\\":"}}',
        'event: content_block_delta\ndata: {"type":"content_block_delta","index":2,"delta":{"type":"input_json_delta","partial_json":"1}"}}',
        'event: content_block_stop\ndata: {"type":"content_block_stop","index":2}',
        'event: message_delta\ndata: {"type":"message_delta","delta":{"stop_reason":"tool_use","stop_sequence":null},"usage":{"input_tokens":40,"cache_creation_input_tokens":0,"cache_read_input_tokens":60,"output_tokens":7,"output_tokens_details":{"thinking_tokens":2}}}',
        'event: message_stop\ndata: {"type":"message_stop"}',
      ]
        .map((event) => `${event}\n\n`)
        .join(''),
    );
  });

  test('has no block for nothing', () => {
    expect(lines([text(''), reasoning(''), finish()])).toEqual(['end_turn']);
  });

  test('gives a call without arguments an empty object', () => {
    expect(lines([start(0, 'now'), args(0, ' '), end(0), finish('tool-calls')])).toEqual([
      '0 begin tool_use now toolu_a1_0_0',
      '0 input_json_delta  ',
      '0 input_json_delta {}',
      '0 end',
      'tool_use',
    ]);
  });

  test('lets a call wait for the one that is open, and all that comes meanwhile', () => {
    expect(
      lines([
        start(0, 'a'),
        args(0, '{"x"'),
        start(1, 'b'),
        args(1, '{"y":'),
        text('mean'),
        args(0, ':1}'),
        text('while'),
        start(2, 'c'),
        args(1, '2}'),
        end(0),
        args(2, '{}'),
        end(2),
        end(1),
        finish('tool-calls'),
      ]),
    ).toEqual([
      '0 begin tool_use a toolu_a1_0_0',
      '0 input_json_delta {"x"',
      '0 input_json_delta :1}',
      '0 end',
      '1 begin tool_use b toolu_a1_1_1',
      '1 input_json_delta {"y":2}',
      '1 end',
      '2 begin text',
      '2 text_delta meanwhile',
      '2 end',
      '3 begin tool_use c toolu_a1_2_2',
      '3 input_json_delta {}',
      '3 end',
      'tool_use',
    ]);
  });

  test('seals thinking with all of its text, and shows none of it where the client wants none', () => {
    const seal = (thought: string, signature: string | undefined, whole: boolean) =>
      `<${thought}|${signature}|${whole}>`;
    const events = [reasoning('I '), reasoning('see'), reasoning('', 'sig'), text('Yes'), finish()];
    expect(lines(events, { seal })).toEqual([
      '0 begin thinking',
      '0 thinking_delta I ',
      '0 thinking_delta see',
      '0 signature_delta <I see|sig|false>',
      '0 end',
      '1 begin text',
      '1 text_delta Yes',
      '1 end',
      'end_turn',
    ]);
    expect(lines(events, { seal, reply: { hideReasoning: true } }).slice(0, 3)).toEqual([
      '0 begin thinking',
      '0 signature_delta <I see|sig|true>',
      '0 end',
    ]);
  });

  test('leaves the call in which the output was cut open, its JSON spoiled, and says max_tokens', () => {
    expect(
      lines([
        start(0, 'a'),
        end(0),
        start(1, 'b'),
        args(1, '{"x":"y'),
        invalid(1, 'cut', '{"x":"y'),
        finish('length'),
      ]),
    ).toEqual([
      '0 begin tool_use a toolu_a1_0_0',
      '0 input_json_delta {}',
      '0 end',
      '1 begin tool_use b toolu_a1_1_1',
      '1 input_json_delta {"x":"y',
      `1 input_json_delta ${spoilerOf('{"x":"y')}`,
      'max_tokens',
    ]);
  });

  test('says nothing of a cut call whose turn had not come', () => {
    expect(
      lines([start(0, 'a'), start(1, 'b'), args(1, '{"x'), invalid(1, 'cut', ''), end(0), finish('length')]),
    ).toEqual(['0 begin tool_use a toolu_a1_0_0', '0 input_json_delta {}', '0 end', 'max_tokens']);
  });

  test('hands out calls of tools that were not declared, so that the client can say so', () => {
    expect(lines([start(0, 'a'), args(0, '{}'), invalid(0, 'undeclared', '{}'), finish()]).slice(-2)).toEqual(
      ['0 end', 'tool_use'],
    );
  });

  test('spoils arguments that the SDKs would complete to something else', () => {
    const spoiled = lines([
      start(0, 'a'),
      args(0, '{"x":1'),
      invalid(0, 'invalid-arguments', '{"x":1'),
      finish(),
    ]);
    expect(spoiled.slice(1)).toEqual([
      '0 input_json_delta {"x":1',
      `0 input_json_delta ${spoilerOf('{"x":1')}`,
      '0 end',
      'tool_use',
    ]);
    const list = lines([start(0, 'a'), args(0, '[1]'), invalid(0, 'invalid-arguments', '[1]'), finish()]);
    expect(list.slice(1)).toEqual(['0 input_json_delta [1]', '0 end', 'tool_use']);
  });

  test('shows nothing of a call that cannot be named', () => {
    const unresolved = {
      type: 'tool-call-invalid',
      reason: 'unresolved',
      rawId: 'x',
      arguments: '{}',
    } as const;
    expect(lines([text('Hm'), unresolved, finish('tool-calls')]).slice(-1)).toEqual(['end_turn']);
    expect(streamText([unresolved, finish()])).not.toContain('tool_use');
  });

  test.each([
    ['stop', 'end_turn'],
    ['tool-calls', 'end_turn'],
    ['length', 'max_tokens'],
    ['content-filter', 'refusal'],
    ['error', 'error'],
  ] as const)('that ends with %s says %s', (reason, expected) => {
    expect(lines([text('x'), finish(reason)]).at(-1)).toBe(expected);
  });

  test('that breaks off ends with an error of its own', () => {
    const encoder = messagesFront.createEncoder(OPTIONS);
    encoder.push(text('x'));
    const error = new PerigeeError('overloaded', 'The host is full.', { remedy: 'Wait.' });
    expect(encoder.fail(error)).toBe(
      'event: error\ndata: {"type":"error","error":{"type":"overloaded_error","message":"The host is full. Wait."}}\n\n',
    );
    expect(encoder.ping).toBe('event: ping\ndata: {"type":"ping"}\n\n');
  });
});

describe('a response', () => {
  test('has thinking, text and calls', () => {
    const events = [
      reasoning('Hm'),
      text('Reading'),
      start(0, 'read'),
      args(0, '{"p":1}'),
      end(0),
      finish('tool-calls'),
    ];
    expect(response(events)).toEqual({
      id: 'msg_a1',
      type: 'message',
      role: 'assistant',
      model: 'kimi',
      content: [
        { type: 'thinking', thinking: 'Hm', signature: 'cGVyaWdlZQ==' },
        { type: 'text', text: 'Reading' },
        { type: 'tool_use', id: 'toolu_a1_0_0', name: 'read', input: { p: 1 } },
      ],
      stop_reason: 'tool_use',
      stop_sequence: null,
      usage: {
        input_tokens: 0,
        cache_creation_input_tokens: 0,
        cache_read_input_tokens: 0,
        output_tokens: 0,
      },
    });
  });

  test('does not make an object of arguments that are none', () => {
    const deep = '{"a":'.repeat(10_000) + '1'.padEnd(10_001, '}');
    for (const written of ['[1]', '{"x":1', deep]) {
      const { content, stop_reason } = response([
        start(0, 'a'),
        args(0, written),
        invalid(0, 'invalid-arguments', written),
        finish(),
      ]);
      expect(content).toEqual([
        { type: 'text', text: '[A call of a was left out: its arguments are not a JSON object.]' },
      ]);
      expect(stop_reason).toBe('end_turn');
    }
  });

  test('has no call in which the output was cut', () => {
    const { content, stop_reason } = response([
      start(0, 'a'),
      end(0),
      start(1, 'b'),
      args(1, '{"x":'),
      invalid(1, 'cut', '{"x":'),
      finish('length'),
    ]);
    expect(content.map((block) => block['name'])).toEqual(['a']);
    expect(stop_reason).toBe('max_tokens');
  });
});

describe('errors', () => {
  test.each([
    ['invalid-request', 400, 'invalid_request_error'],
    ['gateway-unauthorized', 401, 'authentication_error'],
    ['gateway-forbidden', 403, 'permission_error'],
    ['model-not-found', 404, 'not_found_error'],
    ['gateway-too-large', 413, 'request_too_large'],
    ['rate-limited', 429, 'rate_limit_error'],
    ['quota-exceeded', 429, 'billing_error'],
    ['gateway-overloaded', 529, 'overloaded_error'],
    ['silence', 504, 'timeout_error'],
    ['server-error', 502, 'api_error'],
    ['wrong-api-key', 502, 'api_error'],
  ] as const)('%s is %i %s', (code, status, type) => {
    const reply = messagesFront.encodeError(new PerigeeError(code, 'No.', { retryAfterMs: 1500 }), 'req_9');
    expect(reply).toMatchObject({
      status,
      headers: { 'request-id': 'req_9', 'retry-after': '2' },
      body: { type: 'error', error: { type, message: 'No.' }, request_id: 'req_9' },
    });
  });

  test.each([
    ['Too much.', 'prompt is too long: Too much.'],
    ['prompt is too long: 9 tokens > 8 maximum', 'prompt is too long: 9 tokens > 8 maximum'],
    [
      "the model's maximum context length of 262144 tokens. You requested a total of 262462 tokens: 230462 tokens from the input messages and 32000 tokens for the completion.",
      'input length and `max_tokens` exceed context limit: 230462 + 32000 > 262144. ',
    ],
    [
      "This model's maximum context length is 8192 tokens. However, you requested 10000 tokens (9000 in the messages, 1000 in the completion).",
      'prompt is too long: 9000 tokens > 8192 maximum. ',
    ],
    [
      'Invalid request: Your request exceeded model token limit: 262144 (requested: 274613)',
      'prompt is too long: 274613 tokens > 262144 maximum. ',
    ],
  ])('a conversation that is too long is said in the words that Claude Code goes by: %s', (said, begins) => {
    const { body } = messagesFront.encodeError(new PerigeeError('context-too-long', said), 'r');
    expect(body['error']).toMatchObject({
      type: 'invalid_request_error',
      message: expect.stringContaining(begins),
    });
  });
});

describe('small shapes', () => {
  const models = ['a', 'b', 'c', 'd'].map((id) => ({ id, displayName: id.toUpperCase(), createdAt: 0 }));
  const ids = (page: Record<string, unknown>) =>
    (page['data'] as { id: string }[]).map(({ id }) => id).join('');

  test('counted tokens', () => {
    expect(countTokensResponse(12)).toEqual({ input_tokens: 12 });
  });

  test('models on pages', () => {
    expect(encodeModelsPage(models.slice(0, 1))).toEqual({
      data: [{ type: 'model', id: 'a', display_name: 'A', created_at: '1970-01-01T00:00:00Z' }],
      has_more: false,
      first_id: 'a',
      last_id: 'a',
    });
    const first = encodeModelsPage(models, { limit: '3' });
    expect([ids(first), first['has_more']]).toEqual(['abc', true]);
    const next = encodeModelsPage(models, { limit: '3', after_id: 'c' });
    expect([ids(next), next['has_more']]).toEqual(['d', false]);
    expect(ids(encodeModelsPage(models, { limit: '2', before_id: 'd' }))).toBe('bc');
    expect(encodeModelsPage([])).toEqual({ data: [], has_more: false, first_id: null, last_id: null });
  });

  test.each([{ limit: '0' }, { limit: 'x' }, { after_id: 'z' }])('%j fits no page', (query) => {
    expect(() => encodeModelsPage(models, query)).toThrow(PerigeeError);
  });
});
