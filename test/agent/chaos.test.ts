import { describe, expect, it } from 'vitest';
import { agent, RunError, type StepRecord, tool } from '../../src/agent/index.ts';
import type { Message, ModelRequest } from '../../src/core/index.ts';
import { chaos, damage, FAULTS, scripted, TEXT_FAULTS } from '../../src/replay/index.ts';
import { FakeClock } from './fixtures.ts';

const TURNS = 2000;

/** Raw Kimi text whose calls have keys that say where in the history they belong: asked again, it is the same. */
function rawTurn({ messages: { length } }: ModelRequest): string {
  const calls = Array.from({ length: 1 + (length % 4) }, (_, n) => {
    const input = JSON.stringify({ key: `${length}-${n}`, text: 'naïve "quoted" \\ text'.repeat(3) });
    return `<|tool_call_begin|>functions.note:${n}<|tool_call_argument_begin|>${input}<|tool_call_end|>`;
  });
  const reasoning = length % 2 ? '<think>What next?</think>' : '';
  return `${reasoning}On it.<|tool_calls_section_begin|>${calls.join('')}<|tool_calls_section_end|>`;
}

describe('2,000 turns on a host that breaks whatever can be broken', () => {
  it.each([1, 2])('lose no result and run no call twice (seed %i)', async (seed) => {
    const runs = new Map<string, number>();
    const note = tool({
      description: 'Notes something.',
      inputSchema: {
        type: 'object',
        properties: { key: { type: 'string' }, text: { type: 'string' } },
        required: ['key', 'text'],
        additionalProperties: false,
      },
      execute: async ({ key }) => {
        runs.set(key, (runs.get(key) ?? 0) + 1);
        await null;
        if (key.endsWith('7-2')) throw new Error('The note was lost.');
        return `noted ${key}`;
      },
    });
    const inText = damage({ seed, rates: Object.fromEntries(TEXT_FAULTS.map((fault) => [fault, 0.04])) });
    const model = chaos(
      scripted([rawTurn], { format: 'kimi', onExhausted: 'repeat-last', chunkSize: 12, damage: inText }),
      { seed, rates: Object.fromEntries(FAULTS.map((fault) => [fault, 0.04])), silenceMs: 0 },
    );
    const subject = agent({
      model,
      tools: { note },
      limits: { steps: TURNS, turnRetries: 2 },
      context: false,
      clock: new FakeClock(true),
    });

    let messages: readonly Message[] = [];
    const steps: StepRecord[] = [];
    while (steps.length < TURNS) {
      const result = await subject.run('Go on.', { messages }).then(undefined, (error: unknown) => {
        if (error instanceof RunError && error.retryable) return error.result;
        throw error;
      });
      messages = result.messages;
      steps.push(...result.steps);
    }

    expect(new Set(model.injected.map(({ fault }) => fault))).toEqual(new Set(FAULTS));
    expect(new Set(inText.injected.map(({ fault }) => fault))).toEqual(new Set(TEXT_FAULTS));
    expect(runs.size).toBeGreaterThan(TURNS);
    expect([...runs].filter(([, times]) => times !== 1)).toEqual([]);
    checkHistory(messages);
    const executed = steps.flatMap((step) => step.results).filter((one) => one.executed);
    expect(executed).toHaveLength(runs.size);
    for (const { arguments: written, output, isError } of executed) {
      const { key } = JSON.parse(written) as { key: string };
      expect(output).toBe(isError ? '{"error":"The note was lost."}' : `noted ${key}`);
    }
  });
});

/** Each call has exactly one result, right after its message and in order. */
function checkHistory(messages: readonly Message[]): void {
  const ids = new Set<string>();
  let waiting: string[] = [];
  for (const message of messages) {
    if (message.role === 'tool') {
      expect(message.toolCallId).toBe(waiting.shift());
      continue;
    }
    expect(waiting).toEqual([]);
    if (message.role !== 'assistant') continue;
    waiting = (message.toolCalls ?? []).map(({ id }) => id);
    for (const call of message.toolCalls ?? []) {
      expect(ids.has(call.id)).toBe(false);
      ids.add(call.id);
      JSON.parse(call.arguments);
    }
  }
  expect(waiting).toEqual([]);
}
