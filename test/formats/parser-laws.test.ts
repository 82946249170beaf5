import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type StreamEvent, type ToolDeclaration, TurnAssembler } from '../../src/core/index.ts';
import { createParser, type Format } from '../../src/formats/index.ts';
import { FORMATS, FRAGMENTS, soup, TOOLS } from './soup.ts';
import { checkEvents, pieces } from './stream-laws.ts';

/** What earlier runs found. */
const WERE_WRONG: [string, Format, ToolDeclaration[] | undefined, boolean, 'stop' | 'length', number][] = [
  ['<</think> <<think>', 'auto', undefined, true, 'stop', 1],
  [
    'ls:1<|tool_calls_section_begin|><invoke name="ls">read_file:3<|tool_call_argument_begin|>',
    'auto',
    TOOLS,
    false,
    'stop',
    1,
  ],
  ['<<|tool_calls_section_end|>  [ls(path="a")', 'auto', TOOLS, false, 'length', 1],
];

function run(chunks: readonly string[], options: Parameters<typeof createParser>[0], rawReason: string) {
  const parser = createParser(options);
  const events: StreamEvent[] = chunks.flatMap((chunk) => parser.push(chunk));
  events.push(...parser.end({ rawReason }));
  const turn = new TurnAssembler();
  for (const event of events) turn.push(event);
  return { events, turn: turn.turn() };
}

test('whatever is written, any chunking gives the same answer, and the events keep their laws', () => {
  fc.assert(
    fc.property(
      soup,
      fc.constantFrom(...FORMATS),
      fc.constantFrom(undefined, TOOLS, TOOLS.slice(0, 1)),
      fc.boolean(),
      fc.constantFrom('stop', 'length'),
      fc.integer({ min: 1, max: 30 }),
      (text, format, tools, startInReasoning, rawReason, size) => {
        const options = { format, startInReasoning, ...(tools && { tools }) };
        const whole = run([text], options, rawReason);
        checkEvents(whole.events);
        for (const chunks of [pieces(text, 1), pieces(text, size), [text.slice(0, size), text.slice(size)]]) {
          const cut = run(chunks, options, rawReason);
          checkEvents(cut.events);
          expect(cut.turn).toEqual(whole.turn);
        }
      },
    ),
    { numRuns: 6000, examples: WERE_WRONG },
  );
});

test('plain text comes out as it went in', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: 'grapheme', maxLength: 200 }),
      fc.integer({ min: 1, max: 9 }),
      (text, size) => {
        fc.pre(!/[<[]/.test(text));
        const { turn } = run(pieces(text, size), { format: 'kimi', tools: TOOLS }, 'stop');
        expect(turn.content).toBe(text);
      },
    ),
  );
});

test('arguments stay byte for byte, with markers inside their strings', () => {
  const value = fc.dictionary(
    fc.string(),
    fc.oneof(
      fc.jsonValue(),
      fc.array(fc.constantFrom(...FRAGMENTS)).map((parts) => parts.join('')),
    ),
  );
  fc.assert(
    fc.property(value, fc.integer({ min: 1, max: 9 }), (input, size) => {
      const json = JSON.stringify(input, null, size % 3);
      const raw = `Hi<|tool_calls_section_begin|><|tool_call_begin|>functions.ls:0<|tool_call_argument_begin|>${json}<|tool_call_end|><|tool_calls_section_end|>`;
      const { turn } = run(pieces(raw, size), { format: 'auto', tools: TOOLS }, 'stop');
      expect(turn.calls).toEqual([{ index: 0, id: 'functions.ls:0', name: 'ls', arguments: json }]);
      expect(turn.content).toBe('Hi');
    }),
    { numRuns: 1000 },
  );
});

test('a delta is held back only while it may still become a marker', () => {
  const parser = createParser({ format: 'kimi', tools: TOOLS });
  const text = (chunk: string) =>
    parser.push(chunk).flatMap((event) => ('delta' in event ? [event.delta] : []));
  expect(text('a <')).toEqual(['a ']);
  expect(text('b <|tool')).toEqual(['<b ']);
  expect(text('box|> ')).toEqual(['<|toolbox|> ']);
  expect(text('re')).toEqual([]);
  expect(text('d ')).toEqual(['red ']);
  expect(text('<|tool_call_begin|>functions.ls:0<|tool_call_argument_begin|>')).toEqual([]);
  expect(text('{"path"')).toEqual(['{"path"']);
  expect(text(': "x<')).toEqual([': "x']);
  expect(text('y"')).toEqual(['<y"']);
});

test('a hostile text that asks for a second reading everywhere ends in linear time', () => {
  for (const unit of [
    '<|tool_call_begin|>functions.ls:0<|tool_call_argument_begin|>{\\"<|tool_call_end|>',
    '<tool_call>{"',
    'functions.ls:0{"a":[',
    '[ls(',
    '<|tool_call_begin|>',
    '<tool_call><invoke name="ls"><parameter name="a">',
    '```',
  ]) {
    const { events } = run(pieces(unit.repeat(20_000), 4096), { format: 'auto', tools: TOOLS }, 'stop');
    checkEvents(events);
  }
});

test('arguments over the bound make a cut call; what is left of them is not content', () => {
  const raw = `<|tool_call_begin|>functions.ls:0<|tool_call_argument_begin|>{"path":"${'x'.repeat(5000)}"}<|tool_call_end|>`;
  const { turn } = run(pieces(raw, 50), { tools: TOOLS, maxArgumentLength: 1000 }, 'stop');
  expect(turn.calls).toEqual([]);
  expect(turn.cut?.name).toBe('ls');
  expect(turn.cut!.arguments.length).toBeLessThan(1100);
  expect(turn).toMatchObject({ content: '', truncated: true, finishReason: 'length' });
});

test('10,000 parallel calls keep their order and get distinct ids', () => {
  const calls = Array.from(
    { length: 10_000 },
    (_, n) => `<|tool_call_begin|>functions.ls:0<|tool_call_argument_begin|>{"path":"${n}"}<|tool_call_end|>`,
  );
  const { turn } = run([`<|tool_calls_section_begin|>${calls.join('')}`], { tools: TOOLS }, 'stop');
  expect(turn.calls).toHaveLength(10_000);
  expect(new Set(turn.calls.map((call) => call.id)).size).toBe(10_000);
  expect(turn.calls.every((call, n) => call.arguments === `{"path":"${n}"}`)).toBe(true);
});
