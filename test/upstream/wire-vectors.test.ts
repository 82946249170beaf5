import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { StreamEvent, ToolDeclaration, Turn } from '../../src/core/index.ts';
import { AnswerMachine } from '../../src/upstream/answer-machine.ts';
import { decodeChatText, openaiChat } from '../../src/upstream/index.ts';
import { chatWire } from '../../src/upstream/parsing.ts';
import vectors from '../vectors/wire.json' with { type: 'json' };
import { outcome, serve, turnOf } from './server.ts';

interface Expected {
  readonly content: string;
  readonly reasoning: string;
  readonly tool_calls: readonly { id?: string; raw_id?: string; name: string; arguments: string }[];
  readonly finish_reason: string;
  readonly truncated?: boolean;
  readonly partial?: { raw_id: string; name: string; arguments: string };
  readonly invalid_arguments?: readonly number[];
  readonly usage?: { prompt_tokens: number; completion_tokens: number };
  readonly error?: boolean;
}
interface Vector {
  readonly name: string;
  readonly raw: string;
  readonly tools: readonly string[];
  readonly arguments_match?: string;
  readonly expected: Expected;
}
interface Read {
  readonly events: readonly StreamEvent[];
  readonly error?: unknown;
}

const REASONS: Record<string, string> = { tool_calls: 'tool-calls' };

function expectVector({ expected, arguments_match }: Vector, { events, error }: Read): void {
  const turn = turnOf(events);
  const text = (value: string) => (arguments_match === 'json' ? JSON.parse(value) : value.trim());
  expect(turn.content.trim()).toBe(expected.content.trim());
  expect(turn.reasoning.trim()).toBe(expected.reasoning.trim());
  expect(turn.calls.map((call) => [call.name, text(call.arguments)])).toEqual(
    expected.tool_calls.map((call) => [call.name, text(call.arguments)]),
  );
  expected.tool_calls.forEach((call, position) => {
    const { id, rawId } = turn.calls[position] as Turn['calls'][number];
    if (call.id !== undefined) expect(id).toBe(call.id);
    if (call.raw_id !== undefined) expect(rawId).toBe(call.raw_id);
    expect(id).toMatch(/^functions\..+:\d+$/);
  });
  expect(turn.calls.map((call) => call.index)).toEqual(expected.tool_calls.map((_, index) => index));
  expect(turn.finishReason).toBe(REASONS[expected.finish_reason] ?? expected.finish_reason);
  expect(turn.truncated).toBe(expected.truncated ?? false);
  expect(turn.cut && { raw_id: turn.cut.rawId, name: turn.cut.name, arguments: turn.cut.arguments }).toEqual(
    expected.partial,
  );
  const invalid = turn.calls.flatMap((call, index) => (call.problem === 'invalid-arguments' ? [index] : []));
  expect(invalid).toEqual(expected.invalid_arguments ?? []);
  if (expected.usage) {
    expect(turn.usage).toMatchObject({
      inputTokens: expected.usage.prompt_tokens,
      outputTokens: expected.usage.completion_tokens,
    });
  }
  expect(error !== undefined).toBe(expected.error ?? false);
}

const declare = (names: readonly string[]): ToolDeclaration[] => names.map((name) => ({ name }));

/** Reads bytes as the network would bring them: a character may be cut in two. */
function readBytes(chunks: readonly Uint8Array[], tools: readonly string[]): Read {
  const machine = new AnswerMachine(chatWire({ tools: declare(tools) }), 'the recorded answer');
  const decoder = new TextDecoder();
  const events: StreamEvent[] = [];
  let error: unknown;
  for (const bytes of chunks) {
    const step = machine.push(decoder.decode(bytes, { stream: true }));
    events.push(...step.events);
    error ??= step.error;
  }
  const last = machine.end();
  return { events: [...events, ...last.events], error: error ?? last.error };
}

function inPieces(bytes: Uint8Array, size: number): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  for (let from = 0; from < bytes.length; from += size) pieces.push(bytes.subarray(from, from + size));
  return pieces;
}

describe.each(vectors as readonly Vector[])('$name', (vector) => {
  const bytes = new TextEncoder().encode(vector.raw);
  const whole = decodeChatText(vector.raw, { tools: declare(vector.tools) });

  test('whole', () => expectVector(vector, whole));

  test.each([1, 2, 3, 7, 64])('in pieces of %i bytes', (size) => {
    const read = readBytes(inPieces(bytes, size), vector.tools);
    expectVector(vector, read);
    expect(read.events).toEqual(whole.events);
  });

  test('cut in two at any byte', () => {
    for (let cut = 1; cut < Math.min(bytes.length, 2500); cut++) {
      const read = readBytes([bytes.subarray(0, cut), bytes.subarray(cut)], vector.tools);
      expect(read.events).toEqual(whole.events);
    }
  });

  test('with CRLF, a BOM, comments and without a last line break', () => {
    if (vector.raw.startsWith('{'))
      return expectVector(vector, decodeChatText(`\ufeff \n${vector.raw}`, { tools: declare(vector.tools) }));
    const dressed = vector.raw
      .replace(/\r\n/g, '\n')
      .replace(/\n/g, '\r\n')
      .replace(/data: /g, ': ping\r\ndata:')
      .trimEnd();
    expectVector(vector, decodeChatText(`\ufeff${dressed}`, { tools: declare(vector.tools) }));
  });

  test('without the blank lines between events', () => {
    const dense = vector.raw.replace(/\r\n/g, '\n').replace(/\n{2,}/g, '\n');
    expectVector(vector, decodeChatText(dense, { tools: declare(vector.tools) }));
  });

  test('over a socket', async () => {
    const { baseUrl } = await serve((response) => {
      response.writeHead(200, {
        'content-type': vector.raw.startsWith('{') ? 'application/json' : 'text/event-stream',
      });
      for (const piece of inPieces(bytes, 100)) response.write(piece);
      response.end();
    });
    const model = openaiChat({ baseUrl, model: 'm', retries: 0 });
    expectVector(vector, await outcome(model.stream({ messages: [], tools: declare(vector.tools) })));
  });
});

test('any chunking of the bytes gives the same events', () => {
  const streams = (vectors as readonly Vector[]).map((vector) => ({
    bytes: new TextEncoder().encode(vector.raw.replace(/"a"/g, '"ä😀"')),
    tools: vector.tools,
  }));
  fc.assert(
    fc.property(
      fc.constantFrom(...streams),
      fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1 }),
      ({ bytes, tools }, sizes) => {
        const pieces: Uint8Array[] = [];
        for (let from = 0, n = 0; from < bytes.length; n++) {
          const size = sizes[n % sizes.length]!;
          pieces.push(bytes.subarray(from, from + size));
          from += size;
        }
        expect(readBytes(pieces, tools).events).toEqual(readBytes([bytes], tools).events);
      },
    ),
  );
});
