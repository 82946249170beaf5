import { expect, test } from 'vitest';
import type { Model, ModelRequest, Usage } from '../../src/core/index.ts';
import { chaos, FAULTS, type Fault, scripted } from '../../src/replay/index.ts';
import { type FindingCode, SUITE } from '../../src/verify/index.ts';
import { rawCall, rawSection } from '../cli/hosts.ts';
import { directory, running } from '../gateway/fixtures.ts';
import { askedBy } from './labelled.ts';
import { below100, codesOf, measure, sideAt } from './measuring.ts';

/** What each fault of the chaos model must be called here; the others are what it may look like besides. */
const NAMES: { readonly [fault in Fault]: readonly FindingCode[] } = {
  'rate-limited': ['rate-limited'],
  overloaded: ['overloaded'],
  silence: ['silence', 'slow-first-event'],
  // Cut before anything came, it is a refusal of the server in front.
  cut: ['stream-cut', 'overloaded'],
  'empty-turn': ['empty-turn'],
  length: ['cut-call'],
  leak: ['leaked-into-content', 'leaked-into-reasoning'],
  'malformed-arguments': ['invalid-arguments'],
  'duplicate-id': ['duplicate-id'],
  'undeclared-tool': ['undeclared-tool'],
};

/** A model that writes the labelled answers in Kimi's own markers. */
function labelledModel(): Model {
  return scripted([answer], { id: 'kimi-k2.6', chunkSize: 16, onExhausted: 'repeat-last' });
}

function answer({ messages, thinking }: ModelRequest): { text: string; usage: Usage } {
  const wire = messages.map(({ role, content }) => ({ role, content }));
  const { label } = askedBy(wire);
  const count = messages.reduce(
    (sum, message) => sum + (message.role === 'assistant' ? (message.toolCalls?.length ?? 0) : 0),
    0,
  );
  const calls = label.calls.map((call, position) =>
    rawCall(`functions.${call.name}:${count + position}`, JSON.stringify(call.arguments)),
  );
  const thoughts = thinking === 'off' ? '' : '<think>I think about it.</think>';
  return {
    text: thoughts + (calls.length > 0 ? rawSection(...calls) : (label.text ?? 'Done.')),
    usage: { inputTokens: 10, cachedInputTokens: 0, outputTokens: 5 },
  };
}

const CASES = SUITE.filter((_, position) => position % 3 === 0);

async function behindASocket(model: Model, fault: Fault) {
  const { baseURL } = await running({ models: directory({ name: 'kimi-k2.6', model }) });
  const { reports } = await measure([sideAt(baseURL)], {
    cases: CASES,
    ...(fault === 'silence' && { thresholds: { silenceMs: 50, firstEventMs: 50 } }),
    concurrency: 8,
    maxFailures: 1,
  });
  return reports[0]!;
}

test('the model behind the socket is clean without chaos', async () => {
  const { baseURL } = await running({ models: directory({ name: 'kimi-k2.6', model: labelledModel() }) });
  const { reports } = await measure([sideAt(baseURL)]);
  expect(codesOf(reports[0]!)).toEqual([]);
  expect(below100(reports[0]!)).toEqual({});
});

test.each(FAULTS)('the fault %s of the chaos model is found and named', async (fault) => {
  const model = chaos(labelledModel(), {
    seed: 7,
    rates: { [fault]: fault === 'rate-limited' ? 0.05 : 0.5 },
    silenceMs: 60,
    retryAfterMs: 1,
    parser: false,
  });
  const report = await behindASocket(model, fault);
  expect(model.injected.some((injected) => injected.fault === fault)).toBe(true);
  const codes = codesOf(report);
  expect(codes).toContain(NAMES[fault][0]);
  // Nothing that another kind of chaos would be called.
  const others = FAULTS.filter((other) => other !== fault).flatMap((other) => NAMES[other]);
  expect(codes.filter((code) => others.includes(code) && !NAMES[fault].includes(code))).toEqual([]);
});
