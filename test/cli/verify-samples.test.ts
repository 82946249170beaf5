import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { requestBody, SUITE } from '../../src/verify/index.ts';
import { answerJson } from '../upstream/server.ts';
import { type Faults, labelledHost } from '../verify/labelled-host.ts';
import { folderWith, jsonLines, perigee } from './command.ts';

const ASKED = SUITE.filter(({ category }) => category === 'single' || category === 'no-call').slice(0, 26);
/** What is labelled with calls. */
const CALLING = ASKED.filter(({ label }) => label.calls.length > 0).length;

function samples(): string {
  return ASKED.map((asked, position) => {
    const { model: _, ...body } = requestBody(
      asked,
      asked.messages,
      position % 2 === 0 ? 'stream' : 'whole',
      {
        modelId: 'x',
      },
    );
    return `${JSON.stringify(body)}\n`;
  }).join('');
}

async function send(baseUrl: string, cwd: string, ...more: string[]) {
  const args = [
    'verify',
    '--base-url',
    baseUrl,
    '--model',
    'kimi-k2.6',
    '--samples',
    'samples.jsonl',
    '--json',
  ];
  return perigee([...args, ...more], { cwd });
}

const INVENTS: Faults = {
  spoil: (answer) => ({
    ...answer,
    calls: answer.calls.map((call) => ({ ...call, name: `${call.name}_x` })),
  }),
};

test('--samples sends the requests of the vendor verifier and writes results as its script does', async () => {
  const { baseUrl, seen } = await labelledHost();
  const cwd = folderWith({ 'samples.jsonl': samples() });
  const { code, stdout } = await send(baseUrl, cwd);
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({
    success_count: ASKED.length,
    finish_tool_calls: CALLING,
    finish_stop: ASKED.length - CALLING,
    schema_accuracy: 100,
    tool_call_f1: null,
  });
  const lines = jsonLines(readFileSync(join(cwd, 'results.jsonl'), 'utf8'));
  expect(lines).toHaveLength(ASKED.length);
  expect(lines[0]).toMatchObject({ status: 'success', request: { model: 'kimi-k2.6' } });
  // Again: all is there.
  const again = await send(baseUrl, cwd);
  expect(seen).toHaveLength(ASKED.length);
  expect(again.stdout).toBe(stdout);
});

test('--results scores them again without a network, against those of another host', async () => {
  const official = await labelledHost();
  const vendor = await labelledHost(INVENTS);
  const cwd = folderWith({ 'samples.jsonl': samples() });
  await send(official.baseUrl, cwd, '--results-file', 'official.jsonl');
  const sent = await send(
    vendor.baseUrl,
    cwd,
    '--results-file',
    'vendor.jsonl',
    '--reference-results',
    'official.jsonl',
  );
  const scored = await perigee(
    [
      'verify',
      '--results',
      'vendor.jsonl',
      '--reference-results',
      'official.jsonl',
      '--json',
      '--min-schema-accuracy',
      '1',
    ],
    { cwd },
  );
  expect(scored.stdout).toBe(sent.stdout);
  expect(JSON.parse(scored.stdout)).toMatchObject({
    schema_accuracy: 0,
    schema_validation_error_count: CALLING,
    tool_call_f1: 100,
    compared: ASKED.length,
  });
  expect(scored.code).toBe(1);
  expect(scored.stderr).toContain('schema_accuracy is 0 %');
});

test('--reference sends the samples to both', async () => {
  const official = await labelledHost();
  const vendor = await labelledHost({
    spoil: (answer) => ({ ...answer, calls: [], content: 'No.', finishReason: 'stop' }),
  });
  const cwd = folderWith({ 'samples.jsonl': samples() });
  const { stdout } = await send(vendor.baseUrl, cwd, '--reference', official.baseUrl);
  expect(JSON.parse(stdout)).toMatchObject({
    compared: ASKED.length,
    tool_call_f1: 0,
    schema_accuracy: null,
  });
  expect(jsonLines(readFileSync(join(cwd, 'results.reference.jsonl'), 'utf8'))).toHaveLength(ASKED.length);
});

test('results of other samples are not mixed with these', async () => {
  const { baseUrl, seen } = await labelledHost();
  const other = '{"data_index":1,"request":{"messages":[]},"response":{},"status":"success"}\n';
  const cwd = folderWith({ 'samples.jsonl': samples(), 'results.jsonl': other });
  const { code, stderr } = await send(baseUrl, cwd);
  expect(code).toBe(2);
  expect(stderr).toContain('results of other samples');
  expect(seen).toEqual([]);
  expect(readFileSync(join(cwd, 'results.jsonl'), 'utf8')).toBe(other);
});

test('samples that failed are sent again, and a line that was cut in two is not counted', async () => {
  let count = 0;
  const { baseUrl } = await labelledHost({
    instead(response) {
      if (count++ !== 3) return false;
      answerJson(response, 400, { error: { message: 'not today' } });
      return true;
    },
  });
  const cwd = folderWith({ 'samples.jsonl': samples() });
  const first = await send(baseUrl, cwd, '--concurrency', '1');
  expect(JSON.parse(first.stdout)).toMatchObject({ success_count: ASKED.length - 1, failure_count: 1 });
  appendFileSync(join(cwd, 'results.jsonl'), '{"data_index":9,"requ');
  const second = await send(baseUrl, cwd);
  expect(JSON.parse(second.stdout)).toMatchObject({ success_count: ASKED.length, failure_count: 0 });
  expect(second.stderr).toContain(`1 of ${ASKED.length} samples`);
  const whole = readFileSync(join(cwd, 'results.jsonl'), 'utf8');
  expect(jsonLines(whole)).toHaveLength(ASKED.length);
  // Cut in two with nothing that failed before it.
  writeFileSync(join(cwd, 'results.jsonl'), whole.slice(0, -20));
  expect((await send(baseUrl, cwd)).code).toBe(0);
  expect(jsonLines(readFileSync(join(cwd, 'results.jsonl'), 'utf8'))).toHaveLength(ASKED.length);
});
