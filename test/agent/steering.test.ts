import { describe, expect, it } from 'vitest';
import { type AgentEvent, type AgentOptions, agent, type Run, tool } from '../../src/agent/index.ts';
import { type ModelRequest, PerigeeError, type StreamEvent } from '../../src/core/index.ts';
import {
  type Answer,
  answers,
  calls,
  FakeClock,
  finish,
  gate,
  says,
  scriptedModel,
  settle,
} from './fixtures.ts';
import { inOtherProcess, newTape, sessionOn } from './recorded-session.ts';

const INPUT = { type: 'object' } as const;
const PRICES = { input: 1, cachedInput: 0.1, output: 10 };
const acts: Answer = [...calls(0, 'act', {}), finish('tool-calls')];
const act = tool({ description: '', inputSchema: INPUT, execute: () => 'acted' });

const contents = ({ messages }: Pick<ModelRequest, 'messages'>) => messages.map(({ content }) => content);

/** A turn that writes something and then never ends. */
async function* unending(): AsyncGenerator<readonly StreamEvent[]> {
  yield [says('I was about to say something that is rather long. '.repeat(4))];
  await new Promise(() => {});
}

describe('a run that is steered', () => {
  it('hears what is said before its next turn', async () => {
    const opened = gate();
    const slow = tool({ description: '', inputSchema: INPUT, execute: () => opened.promise });
    const model = scriptedModel([acts, answers('done')]);
    const run = agent({ model, tools: { act: slow } }).run('go');
    await settle();
    await run.steer('Mind the gap.');
    await run.steer({ role: 'user', content: 'And the step.' });
    opened.open();
    const events: AgentEvent[] = [];
    for await (const event of run) events.push(event);
    const steered = events.filter((event) => event.type === 'steered');
    expect(steered).toHaveLength(1);
    expect(steered[0]).toMatchObject({ step: 1, messages: [{}, {}] });
    expect(contents(model.requests[1]!).slice(-2)).toEqual(['Mind the gap.', 'And the step.']);
    expect(contents(await run).slice(-3)).toEqual(['Mind the gap.', 'And the step.', 'done']);
  });

  it('hears what is for after its answer when it has answered, and goes on', async () => {
    const model = scriptedModel([acts, answers('one'), answers('two')]);
    const run = agent({ model, tools: { act } }).run('go');
    await run.steer('And then?', 'after');
    const result = await run;
    expect(contents(result)).toEqual(['go', '', 'acted', 'one', 'And then?', 'two']);
    expect([result.text, result.finishReason]).toEqual(['two', 'stop']);
  });

  it('hears at its answer what came too late for its last turn', async () => {
    const opened = gate();
    const late = async function* (): AsyncGenerator<readonly StreamEvent[]> {
      await opened.promise;
      yield answers('one');
    };
    const model = scriptedModel([late, answers('two')]);
    const run = agent({ model }).run('go');
    await settle();
    await run.steer('Wait!');
    opened.open();
    expect(contents(await run)).toEqual(['go', 'one', 'Wait!', 'two']);
  });

  it('refuses what can be told to no model, and what would never be told', async () => {
    const run = agent({ model: scriptedModel([answers('done')]) }).run('go');
    for (const said of [undefined, null, 5, {}, { content: 'x' }]) {
      await expect(run.steer(said as never)).rejects.toMatchObject({ code: 'invalid-options' });
    }
    await expect(run.steer('hello', 'later' as never)).rejects.toMatchObject({ code: 'invalid-options' });
    expect(contents(await run)).toEqual(['go', 'done']);
  });

  it('refuses what is said when it is over', async () => {
    const run = agent({ model: scriptedModel([answers('done')]) }).run('go');
    await run;
    await expect(run.steer('hello')).rejects.toMatchObject({ code: 'invalid-options' });
    await expect(run.approve('x', true)).rejects.toMatchObject({ code: 'invalid-options' });
    run.pause();
    expect((await run).finishReason).toBe('stop');
  });
});

/** Stops a run in a certain moment and goes on with it in another process. */
async function stopAndGoOn(
  how: 'pause' | 'abort',
  stop: (run: Run, halt: () => void) => Promise<void>,
  model: Answer[],
  rest: Answer[],
  options: Partial<AgentOptions> = {},
) {
  const tape = newTape();
  const controller = new AbortController();
  const clock = new FakeClock();
  const settings = { tools: { act }, clock, ...options };
  const run = agent({ model: scriptedModel(model, PRICES), ...settings }).run('go', {
    session: sessionOn(tape),
    signal: controller.signal,
  });
  await stop(run, () => (how === 'pause' ? run.pause() : controller.abort()));
  const stopped = await run;
  expect(clock.pending).toBe(0);
  const on = scriptedModel(rest, PRICES);
  const result = await agent({ model: on, ...settings }).resume({ session: sessionOn(inOtherProcess(tape)) });
  return { stopped, result, tape };
}

describe.each([
  ['pause', 'paused'],
  ['abort', 'aborted'],
] as const)('a run can be stopped (%s) and gone on with', (how, finishReason) => {
  it('before its first turn', async () => {
    const { stopped, result } = await stopAndGoOn(how, async (_, halt) => halt(), [acts], [answers('done')]);
    expect([stopped.finishReason, stopped.steps.length, stopped.messages.length]).toEqual([
      finishReason,
      0,
      1,
    ]);
    expect(stopped.usage.inputTokens).toBe(0);
    expect([result.text, result.finishReason]).toEqual(['done', 'stop']);
  });

  it('while it is prepared', async () => {
    let asked = 0;
    let haltNow = () => {};
    const stop = async (_: Run, halt: () => void) => {
      haltNow = halt;
    };
    const model: Answer[] = [
      () => {
        asked++;
        return answers('too much');
      },
    ];
    const prepareStep = () => haltNow() as undefined;
    const { stopped, result } = await stopAndGoOn(how, stop, model, [answers('done')], { prepareStep });
    expect([stopped.finishReason, asked, result.text]).toEqual([finishReason, 0, 'done']);
  });

  it('while the model writes, whose answer is let go and reckoned', async () => {
    const stop = async (_: Run, halt: () => void) => {
      await settle();
      halt();
    };
    const { stopped, result } = await stopAndGoOn(how, stop, [acts, unending], [answers('done')]);
    expect([stopped.finishReason, stopped.steps.length]).toEqual([finishReason, 1]);
    expect(stopped.text).toMatch(/^I was about to say/);
    expect(stopped.usageIsEstimated).toBe(true);
    const { inputTokens, outputTokens } = stopped.usage;
    // One turn of 100 + 10 tokens that was counted, and one of a prompt that holds it and 200 characters.
    expect(inputTokens).toBeGreaterThan(100 + 110);
    expect(inputTokens).toBeLessThan(100 + 130);
    expect(outputTokens).toBeGreaterThan(10 + 40);
    expect(outputTokens).toBeLessThan(10 + 70);
    expect(stopped.cost).toBeGreaterThan(0);
    expect(result.text).toBe('done');
    expect(result.messages.map(({ role }) => role)).toEqual(['user', 'assistant', 'tool', 'assistant']);
  });

  it('during the pause before a retry', async () => {
    const clock = new FakeClock();
    const stop = async (_: Run, halt: () => void) => {
      await settle();
      expect(clock.pending).toBe(1);
      halt();
      await settle();
      expect(clock.pending).toBe(0);
    };
    const failing = new PerigeeError('overloaded', 'busy', { retryable: true, retryAfterMs: 30_000 });
    const { stopped, result } = await stopAndGoOn(how, stop, [failing], [answers('done')], { clock });
    expect([stopped.finishReason, result.text]).toEqual([finishReason, 'done']);
  });
});

describe('while tools run', () => {
  const opened = () => {
    const ending = gate();
    let count = 0;
    const signals: AbortSignal[] = [];
    const slow = tool({
      description: '',
      inputSchema: INPUT,
      execute: async (_, { signal }) => {
        count++;
        signals.push(signal);
        await ending.promise;
        return 'acted';
      },
    });
    return { slow, signals, open: () => ending.open(), count: () => count };
  };

  it('a pause waits for them and has their results on record', async () => {
    const { slow, signals, open, count } = opened();
    let isOver = false;
    const stop = async (run: Run, halt: () => void) => {
      await settle();
      halt();
      run.pause();
      void Promise.resolve(run).then(() => {
        isOver = true;
      });
      await settle();
      expect([isOver, signals[0]!.aborted]).toEqual([false, false]);
      open();
    };
    const options = { tools: { act: slow } };
    const { stopped, result, tape } = await stopAndGoOn(
      'pause',
      stop,
      [acts, acts],
      [answers('done')],
      options,
    );
    expect([stopped.finishReason, stopped.steps.length, count()]).toEqual(['paused', 1, 1]);
    expect(tape.records.map(({ name }) => name)).toContain('run-0/step-0/call-0');
    expect(result.steps[0]!.results[0]).toMatchObject({ output: 'acted', executed: true });
    expect(result.usageIsEstimated).toBe(false);
  });

  it('an abort gives them up, and says so to the run that goes on', async () => {
    const { slow, signals, count } = opened();
    const stop = async (_: Run, halt: () => void) => {
      await settle();
      halt();
      halt();
    };
    const options = { tools: { act: slow } };
    const { stopped, result } = await stopAndGoOn('abort', stop, [acts, acts], [answers('done')], options);
    expect([stopped.finishReason, count(), signals[0]!.aborted]).toEqual(['aborted', 1, true]);
    expect(stopped.steps[0]!.results[0]!.output).toMatch(/aborted while this call was running/);
    expect(result.messages.slice(0, 3)).toEqual(stopped.messages);
  });

  it('calls that a pause left out run when the run goes on, in the same order of steps', async () => {
    const { slow, open } = opened();
    const done: string[] = [];
    const file = () => [{ resource: 'f', mode: 'write' as const }];
    const later = tool({
      description: '',
      inputSchema: INPUT,
      accesses: file,
      execute: () => void done.push('later'),
    });
    const look = tool({
      description: '',
      inputSchema: INPUT,
      replay: 'safe',
      accesses: () => [{ resource: 'f', mode: 'read' }],
      execute: () => void done.push('look'),
    });
    const turn: Answer = [
      ...calls(0, 'act', {}),
      ...calls(1, 'look', { n: 1 }),
      ...calls(2, 'later', {}),
      ...calls(3, 'look', { n: 2 }),
      finish('tool-calls'),
    ];
    const stop = async (_: Run, halt: () => void) => {
      await settle();
      halt();
      open();
    };
    const options = { tools: { act: { ...slow, accesses: file }, later, look } };
    const { stopped, result } = await stopAndGoOn('pause', stop, [turn], [answers('done')], options);
    const outputs = stopped.steps[0]!.results.map(({ executed }) => executed);
    expect(outputs).toEqual([true, false, false, false]);
    expect(stopped.messages).toHaveLength(6);
    expect([result.text, done]).toEqual(['done', ['look', 'later', 'look']]);
    expect(result.steps[0]!.results.every(({ executed }) => executed)).toBe(true);
  });

  it('what runs early already is recorded by a pause, in the order of the run that goes on', async () => {
    const tape = newTape();
    const { slow, open, count } = opened();
    const look = tool({ description: '', inputSchema: INPUT, replay: 'safe', execute: slow.execute });
    const done: string[] = [];
    const write = tool({ description: '', inputSchema: INPUT, execute: () => void done.push('wrote') });
    const turn = [...calls(0, 'look', {}), ...calls(1, 'write', {}), finish('tool-calls')];
    const tools = { look, write };
    let run: Run | undefined;
    const onRecord = (name: string) => {
      if (!name.endsWith('/turn')) return;
      run!.pause();
      open();
    };
    const first = agent({ model: scriptedModel([turn]), tools });
    run = first.run('go', { session: sessionOn(tape, { onRecord }) });
    expect((await run).finishReason).toBe('paused');
    const names = tape.records.map(({ name }) => name);
    expect(names.at(-1)).toBe('run-0/step-0/call-0');
    expect(names).not.toContain('run-0/step-0/begin-1');
    const result = await agent({ model: scriptedModel([answers('done')]), tools }).resume({
      session: sessionOn(inOtherProcess(tape)),
    });
    expect([result.text, done, count()]).toEqual(['done', ['wrote'], 1]);
  });
});
