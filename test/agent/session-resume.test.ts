import { describe, expect, it } from 'vitest';
import { type AgentOptions, agent, type Run, RunError, type Tools, tool } from '../../src/agent/index.ts';
import { type Message, PerigeeError } from '../../src/core/index.ts';
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
import {
  cutTape,
  inOtherProcess,
  newTape,
  overOrDead,
  sessionOn,
  storeOf,
  type Tape,
} from './recorded-session.ts';

const INPUT = { type: 'object' } as const;
const user = (content: string): Message => ({ role: 'user', content });
const acts = (name = 'act', input: unknown = {}): Answer => [...calls(0, name, input), finish('tool-calls')];

function counted(name = 'act') {
  const state = { count: 0 };
  const act = tool({ description: '', inputSchema: INPUT, execute: () => `${name} ${++state.count}` });
  return { state, act };
}

const contentsOf = ({ messages }: { readonly messages: readonly Message[] }) =>
  messages.map(({ content }) => content);

const said = (messages: readonly Message[], text: string) =>
  messages.filter(({ content }) => content === text).length;

function failure(run: PromiseLike<unknown>): Promise<RunError> {
  return Promise.resolve(run).then(
    () => {
      throw new Error('It did not fail.');
    },
    (error: unknown) => error as RunError,
  );
}

describe('a record that cannot be written', () => {
  it('ends the run, and in the same process the effect is not repeated', async () => {
    const tape = newTape();
    const { state, act } = counted();
    const model = scriptedModel([acts(), answers('done')]);
    const subject = agent({ model, tools: { act } });
    const broken = sessionOn(tape, { unwritable: (name) => name.endsWith('/call-0') });
    const error = await failure(subject.run('go', { session: broken }));
    expect(error).toBeInstanceOf(RunError);
    expect([error.code, state.count]).toEqual(['session-unwritable', 1]);
    const result = await subject.resume({ session: sessionOn(tape) });
    expect([result.text, state.count]).toEqual(['done', 1]);
    expect(result.steps[0]!.results[0]).toMatchObject({ output: 'act 1', executed: true });
    expect(result.steps[0]!.results[0]).not.toHaveProperty('unverified');
  });

  it('is unverified to another process', async () => {
    const tape = newTape();
    const { state, act } = counted();
    const subject = agent({ model: scriptedModel([acts(), answers('done')]), tools: { act } });
    await failure(
      subject.run('go', { session: sessionOn(tape, { unwritable: (name) => name.endsWith('/call-0') }) }),
    );
    const result = await subject.resume({ session: sessionOn(inOtherProcess(tape)) });
    expect(state.count).toBe(1);
    expect(result.steps[0]!.results[0]).toMatchObject({ unverified: true, isError: true, executed: true });
  });

  it('ends the run only when the calls beside it are at their end and on record', async () => {
    const tape = newTape();
    const opened = gate();
    let isOver = false;
    const slow = tool({
      description: '',
      inputSchema: INPUT,
      execute: () => opened.promise.then(() => 'slow'),
    });
    const { act } = counted();
    const both: Answer = [...calls(0, 'act', {}), ...calls(1, 'slow', {}), finish('tool-calls')];
    const subject = agent({ model: scriptedModel([both, answers('done')]), tools: { act, slow } });
    const session = sessionOn(tape, { unwritable: (name) => name.endsWith('/call-0') });
    const failed = failure(subject.run('go', { session })).finally(() => {
      isOver = true;
    });
    await settle();
    expect(isOver).toBe(false);
    opened.open();
    expect((await failed).code).toBe('session-unwritable');
    expect(tape.records.map(({ name }) => name)).toContain('run-0/step-0/call-1');
  });

  it('is heard of also when the run was paused or aborted', async () => {
    for (const how of ['pause', 'abort'] as const) {
      const controller = new AbortController();
      let run: Run | undefined;
      const act = tool({
        description: '',
        inputSchema: INPUT,
        execute: () => {
          if (how === 'pause') run!.pause();
          else controller.abort();
          return 'done';
        },
      });
      const session = sessionOn(newTape(), { unwritable: (name) => name.endsWith('/call-0') });
      const subject = agent({ model: scriptedModel([acts(), answers('done')]), tools: { act } });
      run = subject.run('go', { session, signal: controller.signal });
      expect((await failure(run)).code).toBe('session-unwritable');
    }
  });

  it('gives up what the model had begun when its turn cannot be written', async () => {
    const signals: AbortSignal[] = [];
    const look = tool({
      description: '',
      inputSchema: INPUT,
      replay: 'safe',
      execute: (_, { signal }) => {
        signals.push(signal);
        return new Promise(() => {});
      },
    });
    const session = sessionOn(newTape(), { unwritable: (name) => name.endsWith('/turn') });
    const subject = agent({ model: scriptedModel([acts('look'), answers('done')]), tools: { look } });
    expect((await failure(subject.run('go', { session }))).code).toBe('session-unwritable');
    expect(signals.map(({ aborted }) => aborted)).toEqual([true]);
  });
});

describe('what is gone on with', () => {
  const options = (model: Answer[], more: Partial<AgentOptions> = {}): AgentOptions => ({
    model: scriptedModel(model),
    tools: { act: counted().act },
    clock: new FakeClock(true),
    ...more,
  });

  it('an answered run gives its answer again without asking anybody', async () => {
    const tape = newTape();
    const first = await agent(options([acts(), answers('done')])).run('go', { session: sessionOn(tape) });
    const model = scriptedModel([new Error('Nobody is to be asked.')]);
    const again = await agent({ model }).resume({ session: sessionOn(tape) });
    expect([again.text, again.finishReason, model.requests.length]).toEqual(['done', 'stop', 0]);
    expect([again.messages, again.usage]).toEqual([first.messages, first.usage]);
  });

  it('a run at its limit goes on with new limits', async () => {
    const tape = newTape();
    const limits = { steps: 1, wrapUp: false } as const;
    const limited = await agent(options([acts()], { limits })).run('go', { session: sessionOn(tape) });
    expect(limited.finishReason).toBe('steps');
    const result = await agent(options([answers('done')])).resume({ session: sessionOn(tape) });
    expect([result.text, result.finishReason]).toEqual(['done', 'stop']);
    expect(result.messages).toEqual([...limited.messages, { role: 'assistant', content: 'done' }]);
    expect(result.newMessages).toHaveLength(1);
  });

  it('an aborted run goes on where it was', async () => {
    const tape = newTape();
    const controller = new AbortController();
    const act = tool({ description: '', inputSchema: INPUT, execute: () => controller.abort() });
    const subject = agent(options([acts(), answers('done')], { tools: { act } }));
    const session = sessionOn(tape);
    const aborted = await subject.run('go', { session, signal: controller.signal });
    expect(aborted.finishReason).toBe('aborted');
    expect(aborted.messages.map(({ role }) => role)).toEqual(['user', 'assistant', 'tool']);
    const result = await subject.resume({ session: sessionOn(tape) });
    expect(result.text).toBe('done');
    expect(result.messages.map(({ role }) => role)).toEqual(['user', 'assistant', 'tool', 'assistant']);
  });

  it('a failed run asks again', async () => {
    const tape = newTape();
    const model = [acts(), new PerigeeError('bad-request', 'No.'), answers('done')];
    const subject = agent(options(model));
    expect((await failure(subject.run('go', { session: sessionOn(tape) }))).code).toBe('bad-request');
    expect((await subject.resume({ session: sessionOn(tape) })).text).toBe('done');
  });

  it('an empty session has nothing, and says so', async () => {
    const error = await failure(agent(options([])).resume({ session: sessionOn(newTape()) }));
    expect([error.code, error.message]).toEqual([
      'invalid-options',
      'There is nothing to go on with in the session tape.',
    ]);
  });

  it('says first that it goes on, with what is behind it', async () => {
    const tape = newTape();
    await agent(options([acts(), answers('done')])).run('go', { session: sessionOn(tape) });
    const cut = inOtherProcess(cutTape(tape, 4));
    const events: string[] = [];
    const run = agent(options([answers('done')])).resume({ session: sessionOn(cut) });
    for await (const event of run) {
      events.push(event.type === 'resumed' ? `resumed after ${event.steps} steps` : event.type);
    }
    expect(events.slice(0, 2)).toEqual(['resumed after 1 steps', 'step-start']);
  });
});

describe('a prompt on a session', () => {
  it('whose last run is open is told to the model there', async () => {
    const tape = newTape();
    const failing = scriptedModel([acts(), new PerigeeError('bad-request', 'No.')]);
    const { act } = counted();
    await failure(agent({ model: failing, tools: { act } }).run('one', { session: sessionOn(tape) }));
    const result = await agent({ model: scriptedModel([answers('both')]), tools: { act } }).run('two', {
      session: sessionOn(tape),
    });
    const roles = result.messages.map(({ role }) => role);
    expect(roles).toEqual(['user', 'assistant', 'tool', 'user', 'assistant']);
    expect(tape.records.at(-1)!.name).toBe('run-0/end');
  });

  it.each([1, 2])('is answered also when the open run had come to its end %i records ago', async (ago) => {
    const tape = newTape();
    await agent({ model: scriptedModel([answers('one')]) }).run('1', { session: sessionOn(tape) });
    const cut = cutTape(tape, tape.records.length - ago);
    const model = scriptedModel([answers('two')]);
    const result = await agent({ model }).run('2', { session: sessionOn(cut) });
    expect(result.text).toBe('two');
    expect(result.messages.map(({ content }) => content)).toEqual(['1', 'one', '2', 'two']);
    expect(model.requests).toHaveLength(1);
    const third = await agent({ model: scriptedModel([answers('three')]) }).run('3', {
      session: sessionOn(cut),
    });
    expect(third.messages.map(({ content }) => content)).toEqual(['1', 'one', '2', 'two', '3', 'three']);
  });

  it('is not forgotten when the process dies between the open run and the next one', async () => {
    const tape = newTape();
    await agent({ model: scriptedModel([answers('one')]) }).run('1', { session: sessionOn(tape) });
    const cut = cutTape(tape, tape.records.length - 1);
    const dying = sessionOn(cut, { diesAfter: tape.records.length });
    const run = agent({ model: scriptedModel([answers('two')]) }).run('2', { session: dying });
    expect(await overOrDead(run, dying)).toBeUndefined();
    const result = await agent({ model: scriptedModel([answers('two')]) }).resume({
      session: sessionOn(inOtherProcess(cut)),
    });
    expect(result.messages.map(({ content }) => content)).toEqual(['1', 'one', '2', 'two']);
  });

  it('that begins another run can be steered there', async () => {
    const tape = newTape();
    await agent({ model: scriptedModel([answers('one')]) }).run('1', { session: sessionOn(tape) });
    const cut = cutTape(tape, tape.records.length - 1);
    const model = scriptedModel([acts(), answers('two')]);
    const { act } = counted();
    const run = agent({ model, tools: { act } }).run('2', { session: sessionOn(cut) });
    for await (const event of run) if (event.type === 'tool-start') await run.steer('hello');
    expect(contentsOf(await run)).toEqual(['1', 'one', '2', '', 'act 1', 'hello', 'two']);
  });

  it('keeps the history that a new session was given', async () => {
    const tape = newTape();
    const messages = [user('before'), { role: 'assistant', content: 'yes' } as const];
    const first = await agent({ model: scriptedModel([answers('one')]) }).run('1', {
      session: sessionOn(tape),
      messages,
    });
    expect(first.newMessages.map(({ content }) => content)).toEqual(['1', 'one']);
    const second = await agent({ model: scriptedModel([answers('two')]) }).run('2', {
      session: sessionOn(tape),
    });
    expect(second.messages.map(({ content }) => content)).toEqual(['before', 'yes', '1', 'one', '2', 'two']);
    expect(second.newMessages.map(({ content }) => content)).toEqual(['2', 'two']);
    const cut = inOtherProcess(cutTape(tape, 1));
    const again = await agent({ model: scriptedModel([answers('one')]) }).resume({
      session: sessionOn(cut),
    });
    expect([again.messages, again.newMessages]).toEqual([first.messages, first.newMessages]);
    const run = agent({ model: scriptedModel([]) }).run('3', { session: sessionOn(tape), messages });
    expect((await failure(run)).code).toBe('invalid-options');
  });

  it('never uses an id twice over all of its runs', async () => {
    const tape = newTape();
    const { act } = counted();
    const subject = agent({
      model: scriptedModel([acts(), answers('a'), acts(), answers('b'), acts(), answers('c')]),
      tools: { act },
    });
    for (const prompt of ['1', '2', '3']) await subject.run(prompt, { session: sessionOn(tape) });
    const ids = tape.records.flatMap(({ name, value }) =>
      /call-\d+$/.test(name) ? [(value as { id: string }).id] : [],
    );
    expect(ids).toEqual(['functions.act:0', 'functions.act:1', 'functions.act:2']);
  });

  it('closes only what it opened by name', async () => {
    const store = storeOf(newTape());
    const subject = agent({ model: scriptedModel([answers('one')]), sessions: store });
    expect((await subject.run('1', { session: 'name' })).session).toBe('tape');
    await expect(store.opened[0]!.step('x', async () => 1)).rejects.toMatchObject({ code: 'aborted' });
    const session = sessionOn(newTape());
    await subject.run('1', { session });
    expect(await session.step('x', async () => 1)).toBe(1);
  });

  it('that was handed in serves one run at a time: the prompt of another is refused, not lost', async () => {
    const session = sessionOn(newTape());
    const subject = agent({ model: scriptedModel([answers('one'), answers('three')]) });
    const first = subject.run('1', { session });
    const error = await failure(subject.run('2', { session }));
    expect([error.code, error.remedy]).toEqual(['session-busy', expect.stringContaining('run.steer')]);
    expect((await first).text).toBe('one');
    const { text, messages } = await subject.run('3', { session });
    expect([text, messages.length]).toEqual(['three', 4]);
  });

  it('that cannot be opened leaves nobody waiting', async () => {
    const busy = new PerigeeError('session-busy', 'Somebody holds it.');
    const sessions = { open: () => Promise.reject(busy) };
    const run = agent({ model: scriptedModel([]), sessions }).run('1', { session: 'name' });
    const steered = failure(run.steer('hello'));
    expect((await failure(run)).code).toBe('session-busy');
    expect((await steered).code).toBe('invalid-options');
    const nowhere = agent({ model: scriptedModel([]) }).run('1', { session: 'name' });
    expect((await failure(nowhere)).code).toBe('invalid-options');
  });
});

describe('a message that is put in line', () => {
  /** What happens in a run with a session, in order: each is a moment at which somebody may say something. */
  async function run(tape: Tape, when: 'now' | 'after', moment: number): Promise<number> {
    const model = scriptedModel([[says('a'), ...(acts() as [])], answers('b')]);
    const { act } = counted();
    const session = sessionOn(tape);
    let at = 0;
    for await (const _ of agent({ model, tools: { act } }).run('go', { session })) {
      if (at++ === moment) await session.queue({ when, message: user('hello') });
    }
    return at;
  }

  it.each(['now', 'after'] as const)('(%s) is said once, whenever it comes', async (when) => {
    const moments = await run(newTape(), when, -1);
    expect(moments).toBeGreaterThan(10);
    for (let moment = 0; moment < moments; moment++) {
      const tape = newTape();
      await run(tape, when, moment);
      const model = scriptedModel([answers('c')]);
      const { messages } = await agent({ model }).run('more', { session: sessionOn(tape) });
      expect([moment, said(messages, 'hello')]).toEqual([moment, 1]);
      const last = model.requests.at(-1)!.messages;
      expect([moment, said(last, 'hello')]).toEqual([moment, 1]);
    }
  });

  it('by steering a run without a session is said or refused, never lost', async () => {
    let refused = 0;
    for (let ticks = 0; ticks < 150; ticks++) {
      const model = scriptedModel([acts(), answers('b')]);
      const run = agent({ model, tools: { act: counted().act } }).run('go');
      const steering = (async () => {
        for (let tick = 0; tick < ticks; tick++) await null;
        await run.steer('hello', 'after');
      })();
      const isRefused = await steering.then(
        () => false,
        () => true,
      );
      const { messages } = await run;
      expect([ticks, said(messages, 'hello')]).toEqual([ticks, isRefused ? 0 : 1]);
      refused += Number(isRefused);
    }
    expect(refused).toBeGreaterThan(0);
    expect(refused).toBeLessThan(150);
  });
});

it('a call that had begun does not begin again, though its tool or what it touches is another now', async () => {
  const effects: string[] = [];
  const act = (accesses?: () => { resource: string; mode: 'write' }[]) =>
    tool({
      description: '',
      inputSchema: { type: 'object' },
      ...(accesses && { accesses }),
      execute: ({ n }) => {
        effects.push(String(n));
        return n;
      },
    });
  const turn = [
    ...calls(0, 'act', { n: 1 }),
    ...calls(1, 'act', { n: 2 }, 'functions.act:1'),
    finish('tool-calls'),
  ];
  const begun = newTape();
  const dying = agent({ model: scriptedModel([turn]), tools: { act: act() } });
  // Both calls run, and none of their results is recorded.
  const session = sessionOn(begun, { unwritable: (name) => /call-\d+$/.test(name) });
  await expect(dying.run('go', { session })).rejects.toThrow(RunError);
  expect(effects).toEqual(['1', '2']);
  const others: Tools[] = [{ act: act(() => [{ resource: 'x', mode: 'write' }]) }, {}];
  for (const changed of others) {
    const resumed = agent({ model: scriptedModel([answers('done')]), tools: changed });
    const result = await resumed.resume({ session: sessionOn(inOtherProcess(begun), { anyOrder: true }) });
    expect(result.steps[0]?.results.map(({ unverified }) => unverified)).toEqual([true, true]);
  }
  expect(effects).toEqual(['1', '2']);
});

it('a call that waits for approval and whose tool is gone on resumption does not wait for ever, nor when it is back', async () => {
  const careful = {
    act: tool({ description: '', inputSchema: INPUT, needsApproval: true, execute: () => 'done' }),
  };
  const tape = newTape();
  const waiting = agent({ model: scriptedModel([acts()]), tools: careful });
  const left = await waiting.run('go', { session: sessionOn(tape), whenWaiting: 'leave' });
  expect(left.finishReason).toBe('waiting');
  const without = agent({
    model: scriptedModel([new PerigeeError('overloaded', 'no')]),
    tools: {},
    limits: { turnRetries: 0 },
  });
  const meanwhile = inOtherProcess(tape);
  const session = sessionOn(meanwhile, { anyOrder: true });
  const failed = await Promise.resolve(without.resume({ session, whenWaiting: 'leave' })).catch(
    (error) => error,
  );
  expect(failed).toBeInstanceOf(RunError);
  for (const tools of [{}, careful]) {
    const again = agent({ model: scriptedModel([answers('so be it')]), tools });
    const stillOpen = sessionOn(inOtherProcess(meanwhile), { anyOrder: true });
    const over = await again.resume({ session: stillOpen, whenWaiting: 'leave' });
    expect(over).toMatchObject({ finishReason: 'stop', text: 'so be it' });
    expect(over.steps[0]?.results[0]?.output).toMatch(/there is no tool \\"act\\"/);
  }
});
