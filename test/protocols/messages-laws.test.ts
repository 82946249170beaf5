import Anthropic from '@anthropic-ai/sdk';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type FinishReason, PerigeeError, type StreamEvent, TurnAssembler } from '../../src/core/index.ts';
import { messagesFront } from '../../src/protocols/index.ts';
import { workedMs } from '../work-time.ts';
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

type Ending = 'end' | 'undeclared' | 'cut' | 'none';

const word = fc.string({ maxLength: 4, unit: 'binary' });
const input = fc.dictionary(fc.string({ maxLength: 3 }), fc.oneof(word, fc.integer(), fc.constant(null)), {
  maxKeys: 3,
  noNullPrototype: true,
});

interface Track {
  readonly kind: 'text' | 'reasoning' | 'call';
  readonly pieces: readonly string[];
  readonly ending: Ending;
}

const piecesOf = (written: string, size: number) => {
  const pieces: string[] = [];
  for (let at = 0; at < written.length; at += size) pieces.push(written.slice(at, at + size));
  return pieces;
};

const track: fc.Arbitrary<Track> = fc.oneof(
  fc.record({
    kind: fc.constantFrom('text' as const, 'reasoning' as const),
    pieces: fc.array(word, { maxLength: 3 }),
    ending: fc.constant('none' as const),
  }),
  fc
    .tuple(
      input,
      fc.integer({ min: 1, max: 9 }),
      fc.constantFrom<Ending>('end', 'end', 'undeclared', 'cut', 'none'),
    )
    .map(([value, size, ending]) => ({
      kind: 'call' as const,
      pieces: piecesOf(JSON.stringify(value), size).slice(
        0,
        ending === 'end' || ending === 'undeclared' ? undefined : -1,
      ),
      ending,
    })),
);

/** Tracks as events, merged in any order that keeps each track's own. */
const answer = fc
  .tuple(
    fc.array(track, { maxLength: 6 }),
    fc.infiniteStream(fc.nat()),
    fc.constantFrom<FinishReason>('stop', 'length', 'tool-calls'),
  )
  .map(([tracks, choices, reason]) => {
    let calls = 0;
    const queues = tracks.map(({ kind, pieces, ending }): StreamEvent[] => {
      if (kind === 'text') return pieces.map(text);
      if (kind === 'reasoning') return pieces.map((piece) => reasoning(piece));
      const index = calls++;
      const written = pieces.join('');
      const last =
        ending === 'end' ? [end(index)] : ending === 'none' ? [] : [invalid(index, ending, written)];
      return [start(index, `tool${index}`), ...pieces.map((piece) => args(index, piece)), ...last];
    });
    const events: StreamEvent[] = [];
    while (queues.some((queue) => queue.length > 0)) {
      const open = queues.filter((queue) => queue.length > 0);
      const queue = open[choices.next().value! % open.length]!;
      events.push(queue.shift()!);
    }
    return [...events, finish(reason)];
  });

/** What the SDK makes of a streamed text. */
async function read(streamed: string): Promise<Anthropic.Message> {
  const client = new Anthropic({
    apiKey: 'key',
    fetch: async () => new Response(streamed, { headers: { 'content-type': 'text/event-stream' } }),
  });
  return client.messages
    .stream({ model: 'm', max_tokens: 1, messages: [{ role: 'user', content: 'x' }] })
    .finalMessage();
}

function turnOf(events: readonly StreamEvent[]) {
  const assembler = new TurnAssembler();
  for (const event of events) assembler.push(event);
  return assembler.turn();
}

describe('whatever the events of an answer', () => {
  test('indexes are contiguous, one block is open at a time, and none is empty', () => {
    fc.assert(
      fc.property(answer, (events) => {
        let open: number | undefined;
        let next = 0;
        let deltas = 0;
        for (const { event, data } of eventsOf(streamText(events))) {
          if (event === 'content_block_start') {
            expect([open, data['index']]).toEqual([undefined, next]);
            open = next++;
            deltas = 0;
          } else if (event === 'content_block_delta') {
            expect(data['index']).toBe(open);
            deltas++;
          } else if (event === 'content_block_stop') {
            expect([data['index'], deltas > 0]).toEqual([open, true]);
            open = undefined;
          }
        }
      }),
      { numRuns: 300 },
    );
  });

  test('the SDK takes the stream, and every call that it could read is one that the model wrote whole', async () => {
    await fc.assert(
      fc.asyncProperty(answer, async (events) => {
        const turn = turnOf(events);
        const message = await read(streamText(events));
        const whole = new Map(turn.calls.map((call) => [call.name, JSON.parse(call.arguments) as unknown]));
        let isCut = false;
        for (const block of message.content) {
          if (block.type !== 'tool_use') continue;
          let found: unknown;
          try {
            found = block.input;
          } catch {
            isCut = true;
            continue;
          }
          expect(found).toEqual(whole.get(block.name));
          expect(whole.has(block.name)).toBe(true);
        }
        if (isCut) expect(message.stop_reason).toBe('max_tokens');
        if (isCut || turn.cut || events.some((event) => event.type === 'tool-call-start') !== whole.size > 0)
          return;
        const shown = message.content
          .flatMap((block) => (block.type === 'text' ? [block.text] : []))
          .join('');
        expect(shown).toBe(turn.content);
      }),
      { numRuns: 300 },
    );
  });

  test('how deltas were cut changes nothing that a client reads', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(word, { maxLength: 8 }), fc.array(word, { maxLength: 8 }), async (a, b) => {
        const many = [...a.map((delta) => reasoning(delta)), ...b.map(text), finish()];
        const few = [reasoning(a.join('')), text(b.join('')), finish()];
        expect((await read(streamText(many))).content).toEqual((await read(streamText(few))).content);
      }),
      { numRuns: 100 },
    );
  });
});

/** A request with everything in it. */
const EVERYTHING = {
  model: 'm',
  max_tokens: 10,
  system: [{ type: 'text', text: 'x' }],
  messages: [
    {
      role: 'user',
      content: [
        { type: 'text', text: 'x' },
        { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'AA' } },
        { type: 'document', title: 't', context: 'c', source: { type: 'text', data: 'x' } },
        { type: 'document', source: { type: 'content', content: [{ type: 'text', text: 'x' }] } },
      ],
    },
    {
      role: 'assistant',
      content: [
        { type: 'thinking', thinking: 'x', signature: 'y' },
        { type: 'redacted_thinking', data: 'x' },
        { type: 'server_tool_use', id: 's', name: 'web_search', input: { q: 1 } },
        { type: 'web_search_tool_result', content: [{ title: 't', url: 'u' }] },
        { type: 'compaction', content: 'x', tool_changes: [{ type: 'tool_removal', tool: { name: 'y' } }] },
        { type: 'tool_use', id: 'c1', name: 'x', input: { a: [1] } },
      ],
    },
    {
      role: 'user',
      content: [
        {
          type: 'tool_result',
          tool_use_id: 'c1',
          is_error: true,
          content: [
            { type: 'tool_reference', tool_name: 'x' },
            { type: 'search_result', title: 't', source: 's', content: [{ type: 'text', text: 'x' }] },
          ],
        },
      ],
    },
    {
      role: 'system',
      clear_at: 'never',
      output_config: { effort: 'low' },
      content: [{ type: 'tool_addition', tool: { definition: { name: 'z', input_schema: {} } } }],
    },
  ],
  tools: [
    { name: 'x', description: 'd', input_schema: {}, input_examples: [{}] },
    { type: 'bash_20250124', name: 'bash' },
  ],
  tool_choice: { type: 'tool', name: 'x', disable_parallel_tool_use: true },
  thinking: { type: 'enabled', budget_tokens: 1024, display: 'omitted' },
  context_management: { edits: [{ type: 'clear_thinking_20251015', keep: 'all' }] },
  output_config: { effort: 'low', format: { type: 'json_schema', schema: {} } },
  metadata: { user_id: '{"session_id":"s"}' },
  stop_sequences: ['x'],
};

/** The place of every value in a JSON value. */
function placesIn(value: unknown): (string | number)[][] {
  if (typeof value !== 'object' || value === null) return [[]];
  return [
    [],
    ...Object.entries(value).flatMap(([key, inner]) => placesIn(inner).map((place) => [key, ...place])),
  ];
}

/** A copy of a JSON value with another value at one place. */
function replaced(value: unknown, [key, ...rest]: readonly (string | number)[], other: unknown): unknown {
  if (key === undefined) return other;
  const copy: Record<string, unknown> | unknown[] = Array.isArray(value)
    ? [...value]
    : { ...(value as object) };
  const entries = copy as Record<string | number, unknown>;
  entries[key] = replaced(entries[key], rest, other);
  return copy;
}

test('whatever a client sends is taken or refused with a reason, never a crash', () => {
  const json: fc.Arbitrary<unknown> = fc.oneof(
    fc.jsonValue({ maxDepth: 1 }),
    fc.constantFrom(null, '', 'x', 0, {}, [], [null], [{}], [{ type: 'text' }], [{ type: 'made_up' }]),
  );
  const outcomes = new Set<string>();
  const decode = (body: unknown) => {
    try {
      messagesFront.decodeRequest(body);
      outcomes.add('taken');
    } catch (error) {
      if (!(error instanceof PerigeeError)) throw error;
      expect(error.param).toBeDefined();
      outcomes.add(error.code);
    }
  };
  decode(EVERYTHING);
  expect([...outcomes]).toEqual(['taken']);
  fc.assert(
    fc.property(fc.constantFrom(...placesIn(EVERYTHING)), json, (place, other) =>
      decode(replaced(EVERYTHING, place, other)),
    ),
    { numRuns: 3000 },
  );
  expect([...outcomes].sort()).toEqual(['gateway-unsupported', 'invalid-request', 'taken']);
});

test('an answer that a client sends back is, in our words, the answer that was given', () => {
  const seal = (thought: string, signature: string | undefined) => JSON.stringify([thought, signature]);
  const unseal = (sealed: string) => {
    const [thought, signature] = JSON.parse(sealed) as [string, string | null];
    return { reasoning: thought, ...(signature !== null && { signature }) };
  };
  fc.assert(
    fc.property(
      word,
      word,
      fc.option(fc.string({ minLength: 1 }), { nil: undefined }),
      fc.array(input, { maxLength: 3 }),
      fc.boolean(),
      (said, thought, signature, inputs, hideReasoning) => {
        const events = [
          reasoning(thought, signature),
          text(said),
          ...inputs.flatMap((value, index) => [
            start(index, 'tool', `functions.tool:${index + 7}`),
            args(index, JSON.stringify(value)),
            end(index),
          ]),
          finish(),
        ];
        const message = messagesFront.encodeResponse(turnOf(events), {
          ...OPTIONS,
          reply: { hideReasoning },
          seal,
        });
        const [decoded] = messagesFront.decodeRequest(
          { model: 'm', messages: [{ role: 'assistant', content: message['content'] }] },
          { unseal },
        ).request.messages;
        if (said === '' && thought === '' && inputs.length === 0) return;
        expect(decoded).toEqual({
          role: 'assistant',
          content: said,
          ...(thought !== '' && { reasoning: thought }),
          ...(signature !== undefined && { reasoningSignature: signature }),
          ...(inputs.length > 0 && {
            toolCalls: inputs.map((value, index) => ({
              id: `functions.tool:${index + 7}`,
              name: 'tool',
              arguments: JSON.stringify(value),
            })),
          }),
        });
      },
    ),
  );
});

test('ten thousand calls that interleave take time in proportion', () => {
  const count = 10_000;
  const range = [...Array(count).keys()];
  const events = [
    ...range.map((index) => start(index, 't')),
    ...range.map((index) => args(index, '{}')),
    ...range.toReversed().map(end),
    finish('tool-calls'),
  ];
  const began = process.cpuUsage();
  const written = streamText(events);
  expect(written.match(/"tool_use","id"/g)).toHaveLength(count);
  expect(workedMs(began)).toBeLessThan(10_000);
});
