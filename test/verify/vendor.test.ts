import { expect, test } from 'vitest';
import { PerigeeError } from '../../src/core/index.ts';
import { readSamples, readVendorResults, scoreVendor } from '../../src/verify/index.ts';

const TOOL = {
  type: 'function',
  function: {
    name: 'search',
    parameters: { type: 'object', properties: { query: { type: 'string' } }, required: ['query'] },
  },
};

/** A line of `results.jsonl` as the verifier's script writes it. */
function line(index: number, finish: string | null, calls?: unknown, more: object = {}): object {
  const message = { role: 'assistant', content: '', tool_calls: calls ?? null };
  return {
    data_index: index,
    request: { model: 'k', messages: [{ role: 'user', content: 'x' }], tools: [TOOL] },
    response:
      finish === null ? { error: 'boom' } : { choices: [{ index: 0, message, finish_reason: finish }] },
    status: finish === null ? 'failed' : 'success',
    finish_reason: finish,
    tool_calls_valid: null,
    last_run_at: '2025-11-15T00:00:00',
    duration_ms: 12,
    hash: `h${index}`,
    ...more,
  };
}

function call(name: string, input: unknown): object {
  return { id: 'search:0', type: 'function', function: { name, arguments: input } };
}

function textOf(...lines: object[]): string {
  return lines.map((entry) => `${JSON.stringify(entry)}\n`).join('');
}

const GOOD = [call('search', '{"query":"a"}')];

test('schema_accuracy: valid answers of those that ended with tool_calls, worked out anew', () => {
  const results = readVendorResults(
    textOf(
      line(1, 'tool_calls', GOOD, { tool_calls_valid: false }),
      line(2, 'tool_calls', [...GOOD, call('other', '{}')], { tool_calls_valid: true }),
      line(3, 'tool_calls', [call('search', '{"query":1}')]),
      line(4, 'tool_calls', [call('search', '{"query":"cut')]),
      line(5, 'tool_calls', [call('search', { query: 'not a text' })]),
      line(6, 'stop', GOOD),
      line(7, 'length'),
      line(8, null),
      line(9, 'tool_calls', []),
    ),
  );
  expect(results.map((result) => result.tool_calls_valid)).toEqual([
    true,
    false,
    false,
    false,
    true,
    null,
    null,
    null,
    true,
  ]);
  expect(scoreVendor(results)).toEqual({
    success_count: 8,
    failure_count: 1,
    finish_stop: 1,
    finish_tool_calls: 6,
    finish_others: 1,
    finish_others_detail: { length: 1 },
    schema_validation_error_count: 3,
    successful_tool_call_count: 3,
    schema_accuracy: 50,
    tool_call_f1: null,
    tool_call_precision: null,
    tool_call_recall: null,
    compared: 0,
  });
});

test('a tool without a schema counts as none, and a schema that asks for no object takes what it says', () => {
  const withTool = (parameters: unknown) => ({
    request: { tools: [{ type: 'function', function: { name: 'search', parameters } }] },
  });
  const results = readVendorResults(
    textOf(
      line(1, 'tool_calls', [call('search', '{}')], withTool({})),
      line(2, 'tool_calls', [call('search', '[1]')], withTool({ type: 'array' })),
      line(3, 'tool_calls', [call('search', '[1]')], withTool({ type: 'object' })),
    ),
  );
  expect(results.map((result) => result.tool_calls_valid)).toEqual([false, true, false]);
});

test('tool_call_f1: finish reasons against those of the official API, by the number of the sample', () => {
  const finish = { a: 'tool_calls', b: 'stop' } as const;
  const of = (letters: string) =>
    readVendorResults(
      textOf(
        ...[...letters].map((letter, i) => line(i + 1, letter === 'x' ? null : finish[letter as 'a'], GOOD)),
      ),
    );
  // 3 both, 1 only the vendor, 2 only the official one; two failed on one side.
  const score = scoreVendor(of('aaaabbbax'), of('aaabaabxa'));
  expect(score).toMatchObject({
    compared: 7,
    tool_call_precision: 75,
    tool_call_recall: 60,
    // 2 * 0.75 * 0.6 / 1.35
    tool_call_f1: 66.66,
  });
});

test('the figures of the published table: 1007 of 1325 are 76.00 %', () => {
  const lines = Array.from({ length: 1325 }, (_, i) =>
    line(i + 1, 'tool_calls', [call(i < 1007 ? 'search' : 'made_up', '{"query":"a"}')]),
  );
  expect(scoreVendor(readVendorResults(textOf(...lines))).schema_accuracy).toBe(76);
});

test('samples are sent as they are: the model set, the role _input as system', () => {
  const text = textOf(
    {
      messages: [
        { role: '_input', content: 'Be kind.' },
        { role: 'user', content: 'Hi' },
      ],
      tools: [TOOL],
      stream: true,
      temperature: 0.6,
    },
    { messages: [] },
  );
  expect(readSamples(`${text}\n`, 'kimi-k2.6')).toEqual([
    {
      index: 1,
      request: {
        model: 'kimi-k2.6',
        messages: [
          { role: 'system', content: 'Be kind.' },
          { role: 'user', content: 'Hi' },
        ],
        tools: [TOOL],
        stream: true,
        temperature: 0.6,
      },
    },
    { index: 2, request: { model: 'kimi-k2.6', messages: [] } },
  ]);
});

test.each([
  ['{"messages":[]}\nnot json\n', 'Line 2 of the samples is not JSON.'],
  ['[]\n', 'Line 1 of the samples is no JSON object.'],
  ['{"a":1}\n', 'Line 1 of the samples has no messages.'],
])('%j is refused', (text, words) => {
  expect(() => readSamples(text, 'k')).toThrow(PerigeeError);
  expect(() => readSamples(text, 'k')).toThrow(words);
});

test('samples in the place of results are told apart from them', () => {
  const sample = JSON.stringify({ messages: [{ role: 'user', content: 'x' }] });
  expect(() => readVendorResults(sample)).toThrow('Line 1 of the results is a request without its response.');
});

test('whatever stands in a result, reading it does not fail', () => {
  const odd = [
    {},
    { response: null },
    { response: { choices: [null] } },
    { response: { choices: [{ finish_reason: 'tool_calls' }] } },
    { response: { choices: [{ finish_reason: 'tool_calls', message: { tool_calls: [null, 5, {}] } }] } },
    {
      request: { tools: [null, {}, { function: 1 }] },
      response: { choices: [{ finish_reason: 'tool_calls', message: { tool_calls: GOOD } }] },
    },
  ];
  const results = readVendorResults(textOf(...odd));
  expect(results.map((result) => result.tool_calls_valid)).toEqual([null, null, null, false, false, false]);
  expect(scoreVendor(results, results).tool_call_f1).toBe(100);
});
