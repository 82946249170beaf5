import { expect, test } from 'vitest';
import { SUITE } from '../../src/verify/index.ts';
import type { LabelledAnswer } from './labelled.ts';
import { labelledHost } from './labelled-host.ts';
import { codesOf, reportOn } from './measuring.ts';

const CASES = SUITE.filter(({ id }) => id === 'single/weather' || id === 'streaming/call');

type Write = (call: LabelledAnswer['calls'][number]) => Partial<LabelledAnswer>;

/** All the ways in which a call can stand in an answer that is not among its calls. */
const WAYS: readonly (readonly [name: string, write: Write, code: string])[] = [
  [
    'native markers',
    ({ id, arguments: text }) => ({
      content: `<|tool_call_begin|>${id}<|tool_call_argument_begin|>${text}<|tool_call_end|>`,
    }),
    'leaked-into-content',
  ],
  [
    'no marker at all',
    ({ id, arguments: text }) => ({ content: `I look. ${id}${text}` }),
    'leaked-into-content',
  ],
  [
    'no marker, in the reasoning',
    ({ id, arguments: text }) => ({ reasoning: `I look. ${id}${text}` }),
    'leaked-into-reasoning',
  ],
  [
    'Hermes tags',
    ({ name, arguments: text }) => ({
      content: `<tool_call>\n{"name": "${name}", "arguments": ${text}}\n</tool_call>`,
    }),
    'leaked-into-content',
  ],
  [
    'XML invoke',
    ({ name }) => ({
      content: `<tool_call><invoke name="${name}"><parameter name="city">Paris</parameter></invoke></tool_call>`,
    }),
    'leaked-into-content',
  ],
  ['a Python list', ({ name }) => ({ content: `[${name}(city="Paris")]` }), 'leaked-into-content'],
  [
    'JSON',
    ({ name, arguments: text }) => ({ content: `{"name": "${name}", "arguments": ${text}}` }),
    'leaked-into-content',
  ],
  ['a lone marker', () => ({ content: 'It is sunny.<|im_end|>' }), 'leaked-into-content'],
  [
    'an open section',
    ({ id }) => ({ reasoning: `So:<|tool_calls_section_begin|><|tool_call_begin|>${id}` }),
    'leaked-into-reasoning',
  ],
];

test.each(WAYS)('a call as %s is found', async (_, write, code) => {
  const { baseUrl } = await labelledHost({
    spoil: (answer) => ({ ...answer, ...write(answer.calls[0]!), calls: [], finishReason: 'stop' }),
  });
  const report = await reportOn(baseUrl, { cases: CASES });
  expect(codesOf(report)).toContain(code);
  expect(report.measures.find(({ name }) => name === 'clean')).toMatchObject({ good: 0 });
});

test('a call that came and also leaked is found', async () => {
  const { baseUrl } = await labelledHost({
    spoil: (answer) => ({ ...answer, content: '<|tool_calls_section_end|>' }),
  });
  expect(codesOf(await reportOn(baseUrl, { cases: CASES }))).toEqual(['leaked-into-content']);
});

test('words about JSON, tools and markers where the question speaks of them are no leak', async () => {
  const cases = SUITE.filter(
    ({ id }) => id === 'sequential/markers-in-result' || id === 'no-call/explain-tool',
  );
  const { baseUrl } = await labelledHost({
    spoil: (answer, { label }) =>
      label.calls.length > 0
        ? answer
        : { ...answer, content: 'A call is {"tool": …} between <|tool_call_begin|> and <|tool_call_end|>.' },
  });
  const report = await reportOn(baseUrl, { cases: cases.slice(0, 1) });
  expect(codesOf(report)).toEqual([]);
});
