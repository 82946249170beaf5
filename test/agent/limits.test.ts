import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type AgentEvent,
  agent,
  type Limits,
  type Run,
  type RunResult,
  tool,
} from '../../src/agent/index.ts';
import { costOf, type ModelRequest, type StreamEvent, type Usage } from '../../src/core/index.ts';
import { type Answer, answers, calls, FakeClock, finish, says, scriptedModel, settle } from './fixtures.ts';
import { cutTape, inOtherProcess, newTape, sessionOn } from './recorded-session.ts';

const INPUT = { type: 'object' } as const;
const PRICES = { input: 1, cachedInput: 0.1, output: 10 };
const echo = tool({ description: '', inputSchema: INPUT, execute: ({ text }) => text ?? 'ok' });
let unique = 0;
/** A turn that calls, never twice the same. */
const acts = (): StreamEvent[] => [...calls(0, 'echo', { text: `${unique++}` }), finish('tool-calls')];

async function read(run: Run): Promise<{ events: AgentEvent[]; result: RunResult }> {
  const events: AgentEvent[] = [];
  for await (const event of run) events.push(event);
  return { events, result: await run };
}

function total({ inputTokens, outputTokens }: Usage): number {
  return inputTokens + outputTokens;
}

/** The characters of a request, as a host may count them. */
function charactersOf({ messages, tools }: ModelRequest): number {
  let characters = JSON.stringify(tools ?? []).length;
  for (const message of messages) {
    characters += String(message.content).length;
    if (message.role !== 'assistant') continue;
    for (const call of message.toolCalls ?? []) characters += call.name.length + call.arguments.length;
  }
  return characters;
}

/** A host that counts no more than the characters it was sent allow, and writes no more than it may. */
function fairModel(draws: readonly { output: number; what: string; counts: boolean }[]) {
  const spent: Usage[] = [];
  let before = { tokens: 0, characters: 0 };
  const model = scriptedModel(
    [
      (request) => {
        const { output, what, counts } = draws[spent.length % draws.length]!;
        const characters = charactersOf(request);
        const added = Math.max(0, characters - before.characters);
        const inputTokens = before.tokens + Math.floor(added / 4);
        const outputTokens = Math.min(output, request.maxTokens ?? output);
        const usage = { inputTokens, cachedInputTokens: Math.floor(inputTokens / 2), outputTokens };
        spent.push(usage);
        const more = counts ? { usage } : { usage: undefined as never };
        if (what === 'error') return [says('Oh'), finish('error', { usage })];
        if (what === 'empty') return [finish('stop', { usage })];
        const text = `${unique++}`;
        const written = outputTokens + 'echo'.length + JSON.stringify({ text }).length;
        before = { tokens: inputTokens + outputTokens, characters: characters + written };
        return [says('x'.repeat(outputTokens)), ...calls(0, 'echo', { text }), finish('tool-calls', more)];
      },
    ],
    PRICES,
  );
  return { model, spent };
}

const draw = fc.record({
  output: fc.integer({ min: 1, max: 900 }),
  what: fc.constantFrom('call', 'call', 'call', 'error', 'empty'),
  counts: fc.constant(true),
});

describe('a bound of tokens or money', () => {
  it.each([true, false])(
    'is never broken by a host that keeps to what it is told (wrapUp: %s)',
    async (wrapUp) => {
      let wrappedUp = 0;
      await fc.assert(
        fc.asyncProperty(
          fc.array(draw, { minLength: 1, maxLength: 8 }),
          fc.integer({ min: 1, max: 12_000 }),
          fc.boolean(),
          async (draws, bound, isCost) => {
            const { model, spent } = fairModel(draws);
            const limits: Limits = {
              wrapUp,
              repeats: false,
              steps: 30,
              ...(isCost ? { cost: bound / 200_000 } : { tokens: bound }),
            };
            const run = agent({ model, tools: { echo }, limits, clock: new FakeClock(true) }).run('Go on.');
            const { events, result } = await read(run).catch((error) => ({
              events: [],
              result: error.result,
            }));
            const used = spent.reduce((sum, usage) => sum + total(usage), 0);
            const cost = spent.reduce((sum, usage) => sum + costOf(usage, PRICES), 0);
            if (isCost) expect(cost).toBeLessThanOrEqual(bound / 200_000);
            else expect(used).toBeLessThanOrEqual(bound);
            expect(total(result.usage)).toBe(used);
            wrappedUp += events.filter((event) => event.type === 'limit' && event.wrapUp).length;
          },
        ),
        { numRuns: 150 },
      );
      if (wrapUp) expect(wrappedUp).toBeGreaterThan(10);
      else expect(wrappedUp).toBe(0);
    },
    120_000,
  );

  it.each([{ tokens: 3000 }, { cost: 0.02 }])('holds where the host counts nothing (%j)', async (limits) => {
    const { model, spent } = fairModel([{ output: 200, what: 'call', counts: false }]);
    const result = await agent({ model, tools: { echo }, limits: { ...limits, steps: 500 } }).run('Go on.');
    expect(result.finishReason).toBe('cost' in limits ? 'cost' : 'tokens');
    expect(spent.length).toBeLessThan(100);
    expect(result.cost).toBeUndefined();
  });

  it('leaves no turn at all when the prompt alone would break it', async () => {
    const model = scriptedModel([answers('hi')], PRICES);
    const result = await agent({ model, limits: { tokens: 20 } }).run('x'.repeat(400));
    expect([result.finishReason, result.steps.length, model.requests.length]).toEqual(['tokens', 0, 0]);
    expect(result.messages).toHaveLength(1);
  });

  it('of money needs prices', () => {
    const model = scriptedModel([]);
    expect(() => agent({ model, limits: { cost: 1 } })).toThrow(/what scripted costs is not known/);
  });
});

describe('at a bound the model', () => {
  const atLimit = async (limits: Limits, last: Answer = answers('That is all I found.')) => {
    const model = scriptedModel([acts(), acts(), last]);
    const run = agent({ model, tools: { echo }, limits: { steps: 2, ...limits } }).run('go');
    return { model, ...(await read(run)) };
  };

  it('gets one more turn, in which nothing can be called', async () => {
    const { model, result, events } = await atLimit({});
    expect([result.finishReason, result.text, result.steps.length]).toEqual([
      'steps',
      'That is all I found.',
      3,
    ]);
    const request = model.requests.at(-1)!;
    expect(request.toolChoice).toBe('none');
    expect(request.tools).toHaveLength(1);
    expect(request.messages.at(-1)!.content).toMatch(/^\[The limit of 2 steps was reached .*Answer now/);
    expect(result.messages.at(-2)).toEqual(request.messages.at(-1));
    const limit = events.find((event) => event.type === 'limit');
    expect(limit).toMatchObject({ step: 2, kind: 'steps', wrapUp: true });
  });

  it('calls nothing though it tries', async () => {
    const { result } = await atLimit({}, acts());
    expect(result.finishReason).toBe('steps');
    expect(result.steps[2]!.results).toMatchObject([{ executed: false, isError: true }]);
    expect(result.messages.at(-1)).toMatchObject({ role: 'tool' });
  });

  it('gets none when it is not wanted', async () => {
    const { model, result, events } = await atLimit({ wrapUp: false });
    expect([result.finishReason, result.steps.length, model.requests.length]).toEqual(['steps', 2, 2]);
    expect(events.find((event) => event.type === 'limit')).toMatchObject({ wrapUp: false });
  });
});

describe('a bound of time', () => {
  it('ends the run before its next turn', async () => {
    const clock = new FakeClock();
    const slow = tool({ description: '', inputSchema: INPUT, execute: () => clock.move(60) });
    const slowly = (): StreamEvent[] => [...calls(0, 'slow', { n: unique++ }), finish('tool-calls')];
    const model = scriptedModel([slowly, slowly, answers('time')]);
    const result = await agent({ model, tools: { slow }, limits: { timeMs: 100 }, clock }).run('go');
    expect([result.finishReason, result.text, result.steps.length]).toEqual(['time', 'time', 3]);
  });

  it.each(['never', 'safe'] as const)(
    'gives up a tool that is still running (replay: %s)',
    async (replay) => {
      const clock = new FakeClock();
      const hangs = tool({
        description: '',
        inputSchema: INPUT,
        replay,
        execute: () => new Promise(() => {}),
      });
      const model = scriptedModel([[...calls(0, 'hangs', {}), finish('tool-calls')], answers('time')]);
      const run = agent({ model, tools: { hangs }, limits: { timeMs: 100 }, clock }).run('go');
      await settle();
      clock.move(100);
      const result = await run;
      expect(result.steps[0]!.results[0]!.output).toMatch(/given up because the time of this run is over/);
      expect([result.finishReason, clock.pending]).toEqual(['time', 0]);
    },
  );

  it('begins nothing when it is over', async () => {
    const clock = new FakeClock();
    let count = 0;
    const act = tool({ description: '', inputSchema: INPUT, execute: () => count++ });
    const slowTurn: Answer = () => {
      clock.move(200);
      return [...calls(0, 'act', {}), finish('tool-calls')];
    };
    const model = scriptedModel([slowTurn, answers('time')]);
    const result = await agent({ model, tools: { act }, limits: { timeMs: 100 }, clock }).run('go');
    expect([result.finishReason, count]).toEqual(['time', 0]);
    expect(result.steps[0]!.results[0]).toMatchObject({ executed: false });
  });

  it('counts what was worked before a resumption, tools included, and not the time between', async () => {
    const tape = newTape();
    const clock = new FakeClock();
    const slow = tool({ description: '', inputSchema: INPUT, execute: () => clock.move(60) });
    const turn = (): StreamEvent[] => {
      clock.move(30);
      return [...calls(0, 'slow', { n: unique++ }), finish('tool-calls')];
    };
    const options = { tools: { slow }, limits: { timeMs: 100 }, clock };
    const first = agent({ ...options, model: scriptedModel([turn, new Error('gone')]) });
    await first.run('go', { session: sessionOn(tape) }).then(undefined, () => {});
    clock.move(1_000_000);
    const again = await agent({ ...options, model: scriptedModel([turn, answers('time')]) }).resume({
      session: sessionOn(inOtherProcess(cutTape(tape, tape.records.length))),
    });
    expect([again.finishReason, again.steps.length]).toEqual(['time', 3]);
  });
});

describe('a bound of calls', () => {
  it.each(['never', 'safe'] as const)(
    'is kept by calls side by side, over turns (replay: %s)',
    async (replay) => {
      const ran: string[] = [];
      const act = tool({
        description: '',
        inputSchema: INPUT,
        replay,
        execute: ({ n }: { n: number }) => void ran.push(`${n}`),
      });
      const turn = (): StreamEvent[] => [
        ...[0, 1, 2].flatMap((index) => calls(index, 'act', { n: unique++ })),
        finish('tool-calls'),
      ];
      const model = scriptedModel([turn, turn, answers('done')]);
      const result = await agent({ model, tools: { act }, limits: { calls: { act: 4 } } }).run('go');
      const executed = result.steps.flatMap(({ results }) => results.map((one) => one.executed));
      expect([executed, ran.length]).toEqual([[true, true, true, true, false, false], 4]);
      expect(result.steps[1]!.results[1]!.output).toMatch(/act may be called 4 times in this run/);
    },
  );

  it('does not count calls that were refused, and may be 0', async () => {
    const turn = [...calls(0, 'echo', '[]'), ...calls(1, 'echo', { text: 'a' }), finish('tool-calls')];
    const once = await agent({
      model: scriptedModel([turn, answers('done')]),
      tools: { echo },
      limits: { calls: 1 },
    }).run('go');
    expect(once.steps[0]!.results.map(({ executed }) => executed)).toEqual([false, true]);
    const none = await agent({
      model: scriptedModel([turn, answers('done')]),
      tools: { echo },
      limits: { calls: 0 },
    }).run('go');
    expect(none.steps[0]!.results.map(({ executed }) => executed)).toEqual([false, false]);
  });
});

describe('limits that can never work', () => {
  it.each([
    [{ steps: 0 }, 'limits.steps is 0; it must be 1 or more.'],
    [{ steps: Number.NaN }, 'limits.steps is NaN; it must be 1 or more.'],
    [{ tokens: '5' }, 'limits.tokens is 5; it must be 1 or more.'],
    [{ cost: -1 }, 'limits.cost is -1; it must be 0 or more.'],
    [{ timeMs: 0 }, 'limits.timeMs is 0; it must be 1 or more.'],
    [{ calls: -1 }, 'limits.calls is -1; it must be 0 or more.'],
    [{ calls: null }, 'limits.calls is null; it must be 0 or more.'],
    [{ calls: { echo: -1 } }, 'limits.calls.echo is -1; it must be 0 or more.'],
    [{ repeats: [3, 3] }, 'limits.repeats is [3,3]; it must be a rising list of counts from 2, or false.'],
    [{ repeats: [1] }, 'limits.repeats is [1]; it must be a rising list of counts from 2, or false.'],
    [{ repeats: 3 }, 'limits.repeats is 3; it must be a rising list of counts from 2, or false.'],
    [{ step: 3 }, 'There is no limits.step.'],
  ])('%j are refused', (limits, message) => {
    const make = () => agent({ model: scriptedModel([]), limits: limits as never });
    expect(make).toThrow(expect.objectContaining({ code: 'invalid-options', message }));
  });
});

describe('an answer that is asked for again', () => {
  it('is not, when there is no room for it', async () => {
    const usage = { inputTokens: 10, cachedInputTokens: 0, outputTokens: 990 };
    const model = scriptedModel([[finish('stop', { usage })]]);
    const limits = { tokens: 1000, wrapUp: false, turnRetries: 5 };
    const result = await agent({ model, limits, clock: new FakeClock(true) }).run('go');
    expect([result.finishReason, model.requests.length]).toEqual(['empty', 1]);
  });
});
