import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CallResult, RunResult } from '../../src/agent/index.ts';
import { comparable, driveWithDeaths, keyOf, lostCalls, type Script } from './recorded-script.ts';
import { newTape, type Tape } from './recorded-session.ts';

/** Everything that a session may have: calls side by side, waves, approvals, steering, a forced choice, bounds, runs. */
const ALL: Script = {
  prompts: ['one', 'two', 'three'],
  turns: [
    {
      calls: [
        { tool: 'write', key: 'a1', resource: 'f' },
        { tool: 'write', key: 'a2', resource: 'f' },
        { tool: 'look', key: 'a3' },
        { tool: 'write', key: 'a4', fails: true },
      ],
    },
    {
      calls: [
        { tool: 'ask', key: 'b1', resource: 'g' },
        { tool: 'look', key: 'b2' },
        { tool: 'write', key: 'b3', resource: 'g' },
        { tool: 'ask', key: 'no' },
        { tool: 'write', key: 'b5' },
      ],
    },
    { calls: [], breaksOff: 'error' },
    { calls: [{ tool: 'write', key: 'c1' }], isCut: true },
    { calls: [{ tool: 'nothing', key: 'd1' }], isUnresolved: true },
    { calls: [] },
    {
      calls: [
        { tool: 'look', key: 'e1' },
        { tool: 'write', key: 'e2' },
      ],
      breaksOff: 'cut-off',
    },
    { calls: [{ tool: 'write', key: 'e3' }] },
    { calls: [{ tool: 'write', key: 'f1' }] },
    {
      calls: [
        { tool: 'look', key: 'f2' },
        { tool: 'write', key: 'f3' },
      ],
    },
    { calls: [] },
  ],
  options: {
    toolChoice: 'required',
    limits: { steps: 5 },
    stopWhen: ({ steps }) => steps.at(-1)!.turn.calls.some((call) => call.arguments.includes('e3')),
  },
};

function tapeOfAll(): Tape {
  const tape = newTape();
  tape.queued.push({ when: 'after', message: { role: 'user', content: 'And then?' } });
  tape.queued.push({ when: 'now', message: { role: 'user', content: 'Mind the step.' } });
  return tape;
}

type Driven = Awaited<ReturnType<typeof driveWithDeaths>>;

/** The runs that a later process brought to their end are as they would have been, and so are the effects. */
function expectSame({ results, effects, tape }: Driven, whole: Driven): void {
  const lost = lostCalls(tape);
  const wanted = whole.results.slice(whole.results.length - results.length);
  expect(results.map((one) => comparable(one, lost))).toEqual(wanted.map((one) => comparable(one, lost)));
  const lostKeys = new Set(lost.values());
  for (const { name, arguments: written } of executedIn(whole.results)) {
    const key = keyOf(written);
    const count = effects.get(key) ?? 0;
    if (name === 'look') expect([key, count > 0]).toEqual([key, true]);
    else if (lostKeys.has(key)) expect([key, count < 2]).toEqual([key, true]);
    else expect([key, count]).toEqual([key, 1]);
  }
  expect([...effects.keys()].filter((key) => !whole.effects.has(key))).toEqual([]);
}

function executedIn(results: readonly RunResult[]): CallResult[] {
  return results.flatMap((one) => one.steps.flatMap((step) => step.results)).filter((one) => one.executed);
}

describe('a session that dies after a record', () => {
  it('has the same messages, steps and bill in the end, and each effect once or unverified', async () => {
    const whole = await driveWithDeaths(ALL, tapeOfAll(), []);
    expect(whole.results.map(({ finishReason }) => finishReason)).toEqual(['steps', 'stopped', 'stop']);
    const records = whole.tape.records.length;
    expect(records).toBeGreaterThan(35);
    // A safe call of an answer that broke off ran twice; no other did.
    expect([...whole.effects].filter(([, count]) => count > 1)).toEqual([['e1', 2]]);
    let unverified = 0;
    for (let death = 0; death < records; death++) {
      const driven = await driveWithDeaths(ALL, tapeOfAll(), [death]);
      expectSame(driven, whole);
      unverified += lostCalls(driven.tape).size;
    }
    expect(unverified).toBeGreaterThan(5);
  }, 120_000);

  it('whatever the script, and however often', async () => {
    const call = fc.record({
      tool: fc.constantFrom('write', 'write', 'look', 'ask', 'nothing'),
      fails: fc.boolean(),
      resource: fc.option(fc.constantFrom('f', 'g'), { nil: undefined }),
    });
    const turn = fc.record({
      calls: fc.array(call, { maxLength: 4 }),
      breaksOff: fc.option(fc.constantFrom('error', 'cut-off'), { nil: undefined }),
      isCut: fc.boolean(),
      isUnresolved: fc.boolean(),
    });
    const scripts = fc.record({
      turns: fc.array(turn, { minLength: 1, maxLength: 6 }),
      deaths: fc.array(fc.integer({ min: 0, max: 12 }), { minLength: 1, maxLength: 4 }),
    });
    await fc.assert(
      fc.asyncProperty(scripts, async ({ turns, deaths }) => {
        const script: Script = {
          prompts: ['one', 'two'],
          turns: turns.map((one, at) => ({
            ...one,
            calls: one.calls.map(({ resource, ...rest }, n) => ({
              ...rest,
              key: `${at}-${n}`,
              ...(resource !== undefined && { resource }),
            })),
          })) as Script['turns'],
        };
        const whole = await driveWithDeaths(script, newTape(), []);
        expectSame(await driveWithDeaths(script, newTape(), deaths), whole);
      }),
      { numRuns: 60 },
    );
  }, 120_000);
});
