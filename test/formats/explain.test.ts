import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { ToolDeclaration, Turn } from '../../src/core/index.ts';
import { type Explained, explain, type Format, parse } from '../../src/formats/index.ts';
import { FORMATS, soup, TOOLS } from './soup.ts';
import { declarations, formatOf, RAW_TEXT_FILES, readVectors } from './vectors.ts';

/** The pieces, one behind the other, are the text; what became of them is the parser's turn. */
function checkLaw(text: string, { pieces, turn }: Explained, parsed: Turn): void {
  expect(turn).toEqual(parsed);
  expect(pieces.map((piece) => piece.text).join('')).toBe(text);
  let at = 0;
  for (const { from, to, text: part } of pieces) {
    expect(from).toBe(at);
    expect(part).toBe(text.slice(from, to));
    expect(to).toBeGreaterThan(from);
    at = to;
  }
  const became = (kind: string) => pieces.map((piece) => (piece.kind === kind ? piece.became : '')).join('');
  expect(became('text')).toBe(parsed.content);
  expect(became('reasoning')).toBe(parsed.reasoning);
  const calls = pieces.flatMap((piece) => piece.calls);
  const whole = calls
    .filter(({ problem }) => problem !== 'cut' && problem !== 'unresolved')
    .map(({ index, id, name, arguments: input, problem }) => ({ index, id, name, input, problem }));
  expect(whole.sort((a, b) => a.index! - b.index!)).toEqual(
    parsed.calls.map(({ index, id, name, arguments: input, problem }) => ({
      index,
      id,
      name,
      input,
      problem,
    })),
  );
  expect(calls.filter(({ problem }) => problem === 'unresolved').map((call) => call.arguments)).toEqual(
    parsed.unresolved.map((call) => call.arguments),
  );
  const cut = calls.filter(({ problem }) => problem === 'cut').at(-1);
  expect(cut?.arguments).toBe(parsed.cut?.arguments);
  expect(cut?.name).toBe(parsed.cut?.name);
}

test('whatever is written, the explanation agrees with the parser and leaves nothing out', () => {
  fc.assert(
    fc.property(
      soup,
      fc.constantFrom(...FORMATS),
      fc.constantFrom(undefined, TOOLS, TOOLS.slice(0, 1)),
      fc.boolean(),
      fc.constantFrom('stop', 'length'),
      (text: string, format: Format, tools: ToolDeclaration[] | undefined, startInReasoning, rawReason) => {
        const options = { format, startInReasoning, rawReason, ...(tools && { tools }) };
        checkLaw(text, explain(text, options), parse(text, options));
      },
    ),
    { numRuns: 2000 },
  );
});

test('all vectors of raw text', () => {
  const vectors = readVectors(...RAW_TEXT_FILES);
  expect(vectors.length).toBeGreaterThan(100);
  for (const vector of vectors) {
    const tools = declarations(vector.tools);
    const options = {
      format: formatOf(vector),
      startInReasoning: vector.start_in_reasoning ?? false,
      ...(tools && { tools }),
      ...(vector.upstream_finish_reason !== undefined && { rawReason: vector.upstream_finish_reason }),
    };
    checkLaw(vector.raw, explain(vector.raw, options), parse(vector.raw, options));
  }
});

const SECTION = ['<|tool_calls_section_begin|>', '<|tool_calls_section_end|>'] as const;

test('every marker is one piece, and each piece says what it became', () => {
  const text = `Why</think>I look.${SECTION[0]}<|tool_call_begin|>functions.ls:0<|tool_call_argument_begin|>{"path":"."}<|tool_call_end|>noise${SECTION[1]} user<|im_end|>more`;
  const { pieces } = explain(text, { tools: TOOLS, startInReasoning: true });
  expect(pieces.map(({ kind, text: part, became }) => [kind, part, became])).toEqual([
    ['reasoning', 'Why', 'Why'],
    ['marker', '</think>', ''],
    ['text', 'I look.', 'I look.'],
    ['marker', SECTION[0], ''],
    ['marker', '<|tool_call_begin|>', ''],
    ['header', 'functions.ls:0', ''],
    ['marker', '<|tool_call_argument_begin|>', ''],
    ['arguments', '{"path":"."}', ''],
    ['marker', '<|tool_call_end|>', ''],
    ['noise', 'noise', ''],
    ['marker', SECTION[1], ''],
    ['text', ' user', ''],
    ['marker', '<|im_end|>', ''],
    ['rest', 'more', ''],
  ]);
  expect(pieces.flatMap(({ calls }) => calls)).toEqual([
    { index: 0, id: 'functions.ls:0', name: 'ls', arguments: '{"path":"."}' },
  ]);
});

test('what looked like a call and was none says that it was held', () => {
  const { pieces } = explain('<tool_call>none</tool_call> and [ls, then', { tools: TOOLS });
  expect(pieces.map(({ kind }) => kind)).toEqual(['text', 'text']);
  expect(pieces[0]).toMatchObject({ text: '<tool_call>', became: '<tool_call>' });
  expect(pieces[0]!.why).toContain('was held');
});

test('a call in another format is one piece with its calls', () => {
  const { pieces } = explain('[ls(path="a"), ls(path="b")]', { tools: TOOLS });
  expect(pieces).toHaveLength(1);
  expect(pieces[0]).toMatchObject({ kind: 'call' });
  expect(pieces[0]!.calls.map((call) => call.arguments)).toEqual(['{"path": "a"}', '{"path": "b"}']);
});

test('a text that asks for a second reading everywhere is explained too', () => {
  for (const unit of [
    '<|tool_call_begin|>functions.ls:0<|tool_call_argument_begin|>{\\"<|tool_call_end|>',
    '<tool_call>{"',
    'functions.ls:0{"a":[',
    '[ls(',
    '<tool_call><invoke name="ls"><parameter name="a">',
  ]) {
    const text = unit.repeat(300);
    checkLaw(text, explain(text, { tools: TOOLS }), parse(text, { tools: TOOLS }));
  }
});
