import fc from 'fast-check';
import { expect, test } from 'vitest';
import { PerigeeError, type StreamEvent } from '../../src/core/index.ts';
import { spoilerOf } from '../../src/protocols/front/index.ts';
import { responsesFront } from '../../src/protocols/index.ts';
import {
  call,
  encodeOptions,
  eventsOf,
  finish,
  type Json,
  streamText,
  text,
  thought,
  turnOf,
} from './responses.ts';

const TOOLS = {
  tools: [
    { type: 'function', name: 'read', parameters: { type: 'object' } },
    { type: 'custom', name: 'patch' },
    { type: 'local_shell' },
    { type: 'tool_search', execution: 'client' },
  ],
};
const typesOf = (events: readonly Json[]) => events.map(({ type }) => String(type).replace('response.', ''));
const itemOf = (event: Json | undefined) => event?.['item'] as Json;
const last = (events: readonly Json[]) => events.at(-1)?.['response'] as Json;

test('an answer with a thought, a text and a call is written in the order that the SDKs demand', () => {
  const events = eventsOf(
    streamText([thought('hm'), text('Hi'), text('!'), ...call(0, 'read', '{}'), finish()]),
  );
  expect(typesOf(events)).toEqual([
    'created',
    'in_progress',
    'output_item.added',
    'reasoning_summary_part.added',
    'reasoning_summary_text.delta',
    'reasoning_summary_text.done',
    'reasoning_summary_part.done',
    'output_item.done',
    'output_item.added',
    'content_part.added',
    'output_text.delta',
    'output_text.delta',
    'output_text.done',
    'content_part.done',
    'output_item.done',
    'output_item.added',
    'function_call_arguments.delta',
    'function_call_arguments.done',
    'output_item.done',
    'completed',
  ]);
  expect(events.map((event) => event['sequence_number'])).toEqual(events.map((_, position) => position));
  expect(last(events)).toMatchObject({
    id: 'resp_a1',
    status: 'completed',
    output: [
      {
        type: 'reasoning',
        id: 'rs_a1_0',
        status: 'completed',
        summary: [{ type: 'summary_text', text: 'hm' }],
      },
      { type: 'message', id: 'msg_a1_0', role: 'assistant', content: [{ type: 'output_text', text: 'Hi!' }] },
      {
        type: 'function_call',
        id: 'fc_a1_0',
        call_id: 'call_a1_0_0',
        name: 'read',
        arguments: '{}',
        status: 'completed',
      },
    ],
    usage: {
      input_tokens: 10,
      input_tokens_details: { cached_tokens: 4 },
      output_tokens: 6,
      output_tokens_details: { reasoning_tokens: 2 },
      total_tokens: 16,
    },
  });
});

test('a custom tool gets its input as text, decoded as it arrives', () => {
  const written = '{"input": "*** Begin\\n\\"a\\" \\u00e9\\ud83d\\ude00"}';
  const pieces: StreamEvent[] = [...written].map((delta) => ({ type: 'tool-call-delta', index: 0, delta }));
  const events = eventsOf(
    streamText(
      [
        { type: 'tool-call-start', index: 0, id: 'functions.patch:7', name: 'patch' },
        ...pieces,
        { type: 'tool-call-end', index: 0 },
        finish('tool-calls'),
      ],
      encodeOptions(TOOLS),
    ),
  );
  const deltas = events.filter(({ type }) => type === 'response.custom_tool_call_input.delta');
  const input = '*** Begin\n"a" é😀';
  expect(deltas.map(({ delta }) => delta).join('')).toBe(input);
  expect(deltas.length).toBeGreaterThan(10);
  expect(itemOf(events.find(({ type }) => type === 'response.output_item.done'))).toEqual({
    type: 'custom_tool_call',
    id: 'ctc_a1_0',
    call_id: 'call_a1_7_0',
    name: 'patch',
    input,
    status: 'completed',
  });
});

test('a client that runs shells and searches itself gets items of its own types', () => {
  const events = eventsOf(
    streamText(
      [
        ...call(0, 'local_shell', '{"command":["ls","-l"],"timeout_ms":5}'),
        ...call(1, 'tool_search', '{"query":"mail"}'),
        finish(),
      ],
      encodeOptions(TOOLS),
    ),
  );
  expect(last(events)['output']).toEqual([
    {
      type: 'local_shell_call',
      id: 'lsh_a1_0',
      call_id: 'call_a1_0_0',
      status: 'completed',
      action: {
        type: 'exec',
        command: ['ls', '-l'],
        env: {},
        timeout_ms: 5,
        user: null,
        working_directory: null,
      },
    },
    {
      type: 'tool_search_call',
      id: 'tsc_a1_1',
      call_id: 'call_a1_1_1',
      status: 'completed',
      execution: 'client',
      arguments: { query: 'mail' },
    },
  ]);
});

test('a call in which the output was cut is never said to be done, and the answer is incomplete', () => {
  const cut: StreamEvent[] = [
    text('so'),
    ...call(0, 'read', '{"a":1}'),
    { type: 'tool-call-start', index: 1, id: 'functions.read:1', name: 'read' },
    { type: 'tool-call-delta', index: 1, delta: '{"b":' },
    { type: 'tool-call-invalid', reason: 'cut', index: 1, rawId: 'x', name: 'read', arguments: '{"b":' },
    { type: 'finish', reason: 'stop', truncated: true },
  ];
  const events = eventsOf(streamText(cut));
  const done = events
    .filter(({ type }) => type === 'response.output_item.done')
    .map((event) => itemOf(event)['id']);
  expect(done).toEqual(['msg_a1_0', 'fc_a1_0']);
  const written = events
    .filter(({ item_id, delta }) => item_id === 'fc_a1_1' && delta !== undefined)
    .map(({ delta }) => delta);
  expect(written).toEqual(['{"b":', spoilerOf('{"b":')]);
  expect(events.at(-1)?.['type']).toBe('response.incomplete');
  expect(last(events)).toMatchObject({
    status: 'incomplete',
    incomplete_details: { reason: 'max_output_tokens' },
    output: [{ id: 'msg_a1_0', status: 'completed' }, { id: 'fc_a1_0' }],
  });
  expect(responsesFront.encodeResponse(turnOf(cut), encodeOptions())).toEqual(last(events));
});

test('calls of undeclared tools and broken arguments are handed out as they were written, nameless ones never', () => {
  const events = eventsOf(
    streamText([
      { type: 'tool-call-start', index: 0, id: 'functions.nope:0', name: 'nope' },
      { type: 'tool-call-delta', index: 0, delta: '{"a"' },
      { type: 'tool-call-invalid', reason: 'invalid-arguments', index: 0, rawId: 'x', arguments: '{"a"' },
      { type: 'tool-call-invalid', reason: 'unresolved', rawId: 'y', arguments: '{"secret":1}' },
      finish('tool-calls'),
    ]),
  );
  expect(last(events)['output']).toMatchObject([{ type: 'function_call', name: 'nope', arguments: '{"a"' }]);
  expect(JSON.stringify(events)).not.toContain('secret');
});

test('no arguments at all are an empty object', () => {
  const events = eventsOf(
    streamText([
      { type: 'tool-call-start', index: 0, id: 'functions.read:0', name: 'read' },
      { type: 'tool-call-end', index: 0 },
      finish('tool-calls'),
    ]),
  );
  expect(events.find(({ type }) => type === 'response.function_call_arguments.delta')?.['delta']).toBe('{}');
  expect(last(events)['output']).toMatchObject([{ arguments: '{}' }]);
});

test('each way to end has its event', () => {
  const ends = (['stop', 'tool-calls', 'length', 'content-filter', 'error'] as const).map((reason) => {
    const events = eventsOf(streamText([text('x'), finish(reason)]));
    return [typesOf(events).at(-1), last(events)['incomplete_details'], last(events)['error'] !== null];
  });
  expect(ends).toEqual([
    ['completed', null, false],
    ['completed', null, false],
    ['incomplete', { reason: 'max_output_tokens' }, false],
    ['incomplete', { reason: 'content_filter' }, false],
    ['failed', null, true],
  ]);
});

test('a failure in the middle is told twice, as OpenAI does, and keeps what was done', () => {
  const encoder = responsesFront.createEncoder(encodeOptions());
  const begun =
    encoder.begin() +
    encoder.push(text('half')) +
    call(0, 'read', '{}')
      .map((e) => encoder.push(e))
      .join('');
  const error = new PerigeeError('rate-limited', 'Too many requests.', { retryAfterMs: 1500 });
  const events = eventsOf(begun + encoder.fail(error));
  expect(events.slice(-2)).toMatchObject([
    {
      type: 'error',
      code: 'rate_limit_exceeded',
      message: 'Too many requests. Please try again in 2s.',
      param: null,
      error: { code: 'rate_limit_exceeded', type: 'rate_limit_error' },
    },
    {
      type: 'response.failed',
      response: {
        status: 'failed',
        error: { code: 'rate_limit_exceeded', message: 'Too many requests. Please try again in 2s.' },
        output: [{ type: 'message' }, { type: 'function_call', status: 'completed' }],
      },
    },
  ]);
  expect(encoder.push(text('more')) + encoder.push(finish()) + encoder.fail(error)).toBe('');
});

test('reasoning is sealed where the client must carry it, with the proof that came with it', () => {
  const seal = (reasoning: string, signature: string | undefined, whole: boolean) =>
    JSON.stringify([reasoning, signature, whole]);
  const said: StreamEvent[] = [
    thought('a'),
    { type: 'reasoning-delta', delta: '', signature: 's' },
    text('x'),
    finish(),
  ];
  const encrypted = (fields: Json, sealing: boolean) => {
    const options = encodeOptions(fields, sealing ? { seal } : {});
    const items = eventsOf(streamText(said, options)).filter(
      ({ type }) => type === 'response.output_item.done',
    );
    return itemOf(items[0])['encrypted_content'];
  };
  expect(encrypted({ store: false }, true)).toBe('["a","s",true]');
  expect(encrypted({ include: ['reasoning.encrypted_content'] }, true)).toBe('["a","s",true]');
  expect(encrypted({}, true)).toBeUndefined();
  // The AI SDK drops reasoning without it.
  expect(encrypted({ store: false }, false)).toBe('perigee');
});

test('a character that was cut in two arrives whole', () => {
  const [first, second] = ['😀'.slice(0, 1), '😀'.slice(1)] as [string, string];
  const events = eventsOf(streamText([text(`a${first}`), text(second), text(first), finish()]));
  const deltas = events.filter(({ type }) => type === 'response.output_text.delta').map(({ delta }) => delta);
  expect(deltas).toEqual(['a', '😀', '\ufffd']);
});

const NAMES = ['read', 'patch', 'local_shell', 'tool_search', 'nope'];
const delta = fc.string({ unit: 'binary', maxLength: 5 });
/** Any answer: texts, thoughts and interleaved calls, each ended in one of the ways that there are. */
const anyAnswer = fc
  .array(
    fc.oneof(
      delta.map((value) => ({ type: 'text-delta', delta: value }) as const),
      delta.map((value) => ({ type: 'reasoning-delta', delta: value }) as const),
      fc.record({ move: fc.constant('start' as const), name: fc.constantFrom(...NAMES) }),
      fc.record({ move: fc.constant('delta' as const), which: fc.nat(3), delta }),
      fc.record({ move: fc.constantFrom('end', 'undeclared', 'invalid-arguments'), which: fc.nat(3) }),
    ),
    { maxLength: 40 },
  )
  .chain((moves) =>
    fc.record({
      moves: fc.constant(moves),
      reason: fc.constantFrom('stop', 'length', 'tool-calls', 'content-filter' as const),
      last: fc.constantFrom('end', 'cut' as const),
    }),
  )
  .map(({ moves, reason, last: lastMove }) => {
    const events: StreamEvent[] = [];
    const open: { index: number; name: string; written: string }[] = [];
    let count = 0;
    const close = (position: number, how: string): void => {
      const [closed] = open.splice(position, 1);
      if (!closed) return;
      const { index, name, written } = closed;
      if (how === 'end') events.push({ type: 'tool-call-end', index });
      else {
        const reason = how as 'cut' | 'undeclared' | 'invalid-arguments';
        events.push({ type: 'tool-call-invalid', reason, index, name, rawId: 'r', arguments: written });
      }
    };
    for (const move of moves) {
      if ('type' in move) events.push(move);
      else if ('name' in move) {
        const { name } = move;
        events.push({ type: 'tool-call-start', index: count, id: `functions.${name}:${count}`, name });
        open.push({ index: count++, name, written: '' });
      } else if ('delta' in move) {
        const at = open[move.which];
        if (!at) continue;
        at.written += move.delta;
        events.push({ type: 'tool-call-delta', index: at.index, delta: move.delta });
      } else close(move.which, move.move);
    }
    while (open.length > 1) close(0, 'end');
    const cut = lastMove === 'cut' && open.length > 0;
    close(0, lastMove);
    events.push({
      type: 'finish',
      reason: cut ? 'length' : (reason as 'stop'),
      ...(cut && { truncated: true }),
    });
    return events;
  });

test('law: numbers are dense, places are opened in order, deltas come after their item and add up to it', () => {
  fc.assert(
    fc.property(anyAnswer, (answer) => {
      const events = eventsOf(streamText(answer, encodeOptions(TOOLS)));
      expect(events.map((event) => event['sequence_number'])).toEqual(events.map((_, position) => position));
      const added: Json[] = [];
      const written: string[] = [];
      const done = new Map<number, Json>();
      for (const event of events) {
        const place = event['output_index'] as number;
        if (event['type'] === 'response.output_item.added') {
          expect(place).toBe(added.length);
          added.push(itemOf(event));
          written.push('');
        } else if (event['type'] === 'response.output_item.done') {
          expect(itemOf(event)['id']).toBe(added[place]?.['id']);
          done.set(place, itemOf(event));
        } else if (place !== undefined) {
          expect(added[place]?.['id']).toBe(event['item_id']);
          expect(done.has(place)).toBe(false);
          if ('delta' in event) written[place] += String(event['delta']);
        }
      }
      for (const [place, item] of done) {
        const whole = {
          message: () => (item['content'] as Json[])[0]?.['text'],
          reasoning: () => (item['summary'] as Json[])[0]?.['text'],
          function_call: () => item['arguments'],
          custom_tool_call: () => item['input'],
        }[String(item['type'])];
        if (whole) expect(written[place]).toBe(whole());
      }
      const output = [...done].sort(([a], [b]) => a - b).map(([, item]) => item);
      expect(last(events)['output']).toEqual(output);
    }),
  );
});

test('law: a streamed answer ends with what the whole answer is', () => {
  const rank = (event: StreamEvent) =>
    event.type === 'reasoning-delta' ? 0 : event.type === 'text-delta' ? 1 : 2;
  fc.assert(
    fc.property(anyAnswer, (answer) => {
      // A thought after a text is an item of its own in a stream, which a whole answer cannot tell.
      const inOrder = [...answer].sort((a, b) => rank(a) - rank(b));
      const options = encodeOptions(TOOLS);
      const streamed = last(eventsOf(streamText(inOrder, options)));
      const whole = responsesFront.encodeResponse(turnOf(inOrder), options);
      const byId = (response: Json) =>
        (response['output'] as Json[]).toSorted((a, b) => String(a['id']).localeCompare(String(b['id'])));
      expect({ ...streamed, output: byId(streamed) }).toEqual({ ...whole, output: byId(whole) });
    }),
  );
});

test('a thought has the status that every item has, streamed and whole: the AI SDK for xAI refuses one without', () => {
  for (const reason of ['stop', 'length'] as const) {
    const status = reason === 'stop' ? 'completed' : 'incomplete';
    const parts = [thought('hm'), finish(reason)];
    const events = eventsOf(streamText(parts));
    const added = events.find(({ type }) => type === 'response.output_item.added');
    expect(added).toMatchObject({ item: { type: 'reasoning', status: 'in_progress' } });
    expect(last(events)).toMatchObject({ output: [{ type: 'reasoning', status }] });
    const whole = responsesFront.encodeResponse(turnOf(parts), encodeOptions());
    expect(whole['output']).toEqual(last(events)['output']);
  }
});
