import { describe, expect, it } from 'vitest';
import { agent, type Clock, RunError, tool } from '../../src/agent/index.ts';
import type { Message, ModelRequest } from '../../src/core/index.ts';
import { chaos, damage, FAULTS, type Rates, scripted, TEXT_FAULTS } from '../../src/replay/index.ts';

const TURNS = 2000;

/** Waits for nothing, so that asking again takes no time. */
const impatient: Clock = {
  now: () => performance.now(),
  after(_milliseconds, run) {
    const soon = setImmediate(run);
    return () => clearImmediate(soon);
  },
};

/** A turn with one to three calls; what they note is different in every turn of a conversation. */
function rawTurn({ messages }: ModelRequest): string {
  const count = 1 + (messages.length % 3);
  const calls = Array.from({ length: count }, (_, n) => {
    const input = JSON.stringify({ key: `${messages.length}-${n}`, done: true });
    return `<|tool_call_begin|>functions.note:${n}<|tool_call_argument_begin|>${input}<|tool_call_end|>`;
  });
  return `<think>On.</think>Noting.<|tool_calls_section_begin|>${calls.join('')}<|tool_calls_section_end|>`;
}

describe('an agent under chaos, below and above the parser', () => {
  it(`goes on for ${TURNS} turns: no lost result, no call run twice, nothing unhandled`, async () => {
    const spoil = damage({ seed: 11, rates: Object.fromEntries(TEXT_FAULTS.map((fault) => [fault, 0.04])) });
    const source = scripted([rawTurn], { onExhausted: 'repeat-last', chunkSize: 16, damage: spoil });
    const rates: Rates = Object.fromEntries(FAULTS.map((fault) => [fault, 0.04]));
    const model = chaos(source, { seed: 12, rates, silenceMs: 0 });
    let turns = 0;
    const counting: typeof model = {
      ...model,
      stream(request, options) {
        turns++;
        return model.stream(request, options);
      },
    };

    const runs = new Map<string, number>();
    const note = tool({
      description: 'Notes a key.',
      inputSchema: {
        type: 'object',
        properties: { key: { type: 'string' }, done: { type: 'boolean' } },
        required: ['key'],
        additionalProperties: false,
      },
      execute({ key }) {
        runs.set(key, (runs.get(key) ?? 0) + 1);
        return `noted ${key}`;
      },
    });
    const noting = agent({
      model: counting,
      tools: { note },
      clock: impatient,
      limits: { steps: TURNS },
      context: false,
    });

    let messages: readonly Message[] = [];
    const executed: string[] = [];
    while (turns < TURNS) {
      const result = await noting.run('Go on.', { messages }).then(
        (done) => done,
        (error: unknown) => {
          expect(error).toBeInstanceOf(RunError);
          return (error as RunError).result;
        },
      );
      for (const { results } of result.steps) {
        for (const { executed: ran, output } of results) if (ran) executed.push(output);
      }
      messages = result.messages;
    }

    expect([...runs.values()].every((count) => count === 1)).toBe(true);
    expect(executed.sort()).toEqual([...runs.keys()].map((key) => `noted ${key}`).sort());
    expect(runs.size).toBeGreaterThan(TURNS);

    const called: string[] = [];
    const answered: string[] = [];
    for (const message of messages) {
      if (message.role === 'assistant') called.push(...(message.toolCalls ?? []).map(({ id }) => id));
      if (message.role === 'tool') answered.push(message.toolCallId);
    }
    expect(new Set(called).size).toBe(called.length);
    expect(answered).toEqual(called);

    for (const fault of FAULTS) {
      expect(
        model.injected.some((injected) => injected.fault === fault),
        fault,
      ).toBe(true);
    }
    for (const fault of TEXT_FAULTS) {
      expect(
        spoil.injected.some((injected) => injected.fault === fault),
        fault,
      ).toBe(true);
    }
  });
});
