import { describe, expect, it } from 'vitest';
import { type AgentEvent, agent, type Run, type Tool, tool } from '../../src/agent/index.ts';
import { PerigeeError, type StreamEvent } from '../../src/core/index.ts';
import { answers, calls, FakeClock, finish, gate, says, scriptedModel, settle } from './fixtures.ts';

const INPUT = { type: 'object' } as const;

interface Seen {
  readonly name: string;
  readonly signal: AbortSignal;
  readonly key: string;
  readonly id: string;
}

/** A safe tool that shows when it was started, and ends when it is told to. */
function watched(more: Partial<Tool> = {}) {
  const seen: Seen[] = [];
  const opened = gate();
  const look = tool({
    description: '',
    inputSchema: INPUT,
    replay: 'safe',
    execute: async ({ name }, { signal, idempotencyKey, toolCallId }) => {
      seen.push({ name, signal, key: idempotencyKey, id: toolCallId });
      await opened.promise;
      return `saw ${name}`;
    },
    ...more,
  });
  return { seen, look, open: () => opened.open(), names: () => seen.map(({ name }) => name) };
}

/** A turn that calls `look` once and then holds until it is let go. */
function held(first: readonly StreamEvent[], rest: readonly StreamEvent[]) {
  const hold = gate();
  async function* turn(): AsyncGenerator<readonly StreamEvent[]> {
    yield first;
    await hold.promise;
    yield rest;
  }
  return { turn: () => turn(), release: () => hold.open() };
}

const look = (index: number, name = `${index}`) => calls(index, 'look', { name });

async function read(run: Run): Promise<AgentEvent[]> {
  const events: AgentEvent[] = [];
  for await (const event of run) events.push(event);
  return events;
}

describe('a safe call', () => {
  it('starts while the model still writes, and its result comes in its place', async () => {
    const { look: tool, names, open } = watched();
    const { turn, release } = held([...look(0), ...look(1)], [...look(2), finish('tool-calls')]);
    const run = agent({ model: scriptedModel([turn, answers('done')]), tools: { look: tool } }).run('go');
    const reading = read(run);
    await settle();
    expect(names()).toEqual(['0', '1']);
    release();
    await settle();
    expect(names()).toEqual(['0', '1', '2']);
    open();
    const events = await reading;
    const result = await run;
    expect(result.steps[0]!.results.map(({ output }) => output)).toEqual(['saw 0', 'saw 1', 'saw 2']);
    const order = events.filter((event) => 'index' in event || event.type === 'finish');
    const at = (type: string, index: number) =>
      order.findIndex((event) => event.type === type && 'index' in event && event.index === index);
    expect(at('tool-start', 0)).toBeGreaterThan(at('tool-call-end', 0));
    expect(at('tool-start', 1)).toBeLessThan(order.findIndex(({ type }) => type === 'finish'));
    expect(at('tool-result', 0)).toBeGreaterThan(order.findIndex(({ type }) => type === 'finish'));
    const ids = events.flatMap((event) => (event.type === 'tool-start' ? [event.id] : []));
    expect(ids).toEqual(['functions.look:0', 'functions.look:1', 'functions.look:2']);
    expect(result.steps[0]!.results.map(({ id }) => id)).toEqual(ids);
  });

  it('waits for the end of the turn when it clashes with an earlier one, or a person must see it', async () => {
    const file = { accesses: () => [{ resource: 'file', mode: 'write' as const }] };
    for (const [more, first] of [
      [file, ['0']],
      [{ needsApproval: true }, []],
      [{ needsApproval: () => false }, []],
      [{ replay: 'never' as const }, []],
    ] as const) {
      const { look: tool, names, open } = watched(more);
      const { turn, release } = held([...look(0), ...look(1)], [finish('tool-calls')]);
      const model = scriptedModel([turn, answers('done')]);
      const run = agent({ model, tools: { look: tool }, onApproval: () => true }).run('go');
      await settle();
      expect(names()).toEqual(first);
      release();
      open();
      expect((await run).steps[0]!.results.map(({ output }) => output)).toEqual(['saw 0', 'saw 1']);
    }
  });

  it('waits for an earlier write of another tool to the same', async () => {
    const log: string[] = [];
    const accesses = () => [{ resource: 'file', mode: 'write' as const }];
    const write = tool({
      description: '',
      inputSchema: INPUT,
      accesses,
      execute: async () => {
        await null;
        log.push('wrote');
      },
    });
    const read = tool({
      description: '',
      inputSchema: INPUT,
      readOnly: true,
      accesses: () => [{ resource: 'file', mode: 'read' }],
      execute: () => void log.push('read'),
    });
    const { turn, release } = held(
      [...calls(0, 'write', {}), ...calls(1, 'read', {})],
      [finish('tool-calls')],
    );
    const run = agent({ model: scriptedModel([turn, answers('done')]), tools: { write, read } }).run('go');
    await settle();
    expect(log).toEqual([]);
    release();
    await run;
    expect(log).toEqual(['wrote', 'read']);
  });

  it('starts in its order though the arguments of another take long to check', async () => {
    const slow = gate();
    const schema = (wait: Promise<void>) => ({
      '~standard': {
        version: 1 as const,
        vendor: 'test',
        validate: async (value: unknown) => {
          await wait;
          return { value };
        },
      },
    });
    const first = watched({ inputSchema: schema(slow.promise) as never, jsonSchema: INPUT });
    const second = watched();
    const { turn, release } = held(
      [...calls(0, 'first', { name: 'a' }), ...calls(1, 'second', { name: 'b' })],
      [finish('tool-calls')],
    );
    const tools = { first: first.look, second: second.look };
    const run = agent({ model: scriptedModel([turn, answers('done')]), tools }).run('go');
    release();
    await settle();
    expect([first.names(), second.names()]).toEqual([[], []]);
    slow.open();
    first.open();
    second.open();
    const result = await run;
    expect(result.steps[0]!.results.map(({ output }) => output)).toEqual(['saw a', 'saw b']);
    expect([first.names(), second.names()]).toEqual([['a'], ['b']]);
  });

  it('does not start when nothing may be called', async () => {
    const { look: tool, names } = watched();
    const model = scriptedModel([[...look(0), finish('tool-calls')], answers('done')]);
    const result = await agent({ model, tools: { look: tool }, toolChoice: 'none' }).run('go');
    expect([names(), result.steps[0]!.results[0]!.executed]).toEqual([[], false]);
  });

  it('does not start twice, nor beyond what may be called', async () => {
    const { look: tool, names, open } = watched();
    open();
    const turn = [...look(0), ...look(1), ...look(2), finish('tool-calls')];
    const model = scriptedModel([turn, answers('done')]);
    const result = await agent({ model, tools: { look: tool }, limits: { calls: 2 } }).run('go');
    expect(names()).toEqual(['0', '1']);
    expect(result.steps[0]!.results.map(({ executed }) => executed)).toEqual([true, true, false]);
  });
});

describe('of an answer from which nothing comes', () => {
  it.each(['breaks off', 'ends with an error'])(
    'nothing runs on and no id is lost when it %s',
    async (how) => {
      const { look: tool, seen, open } = watched();
      const broken = async function* (): AsyncGenerator<readonly StreamEvent[]> {
        yield look(0, 'void');
        await settle();
        if (how === 'breaks off') throw new PerigeeError('connection-lost', 'gone', { retryable: true });
        yield [finish('error')];
      };
      const model = scriptedModel([
        broken,
        [...look(0, 'kept'), finish('tool-calls')],
        [...look(0, 'next'), finish('tool-calls')],
        answers('done'),
      ]);
      const run = agent({ model, tools: { look: tool }, clock: new FakeClock(true) }).run('go');
      const reading = read(run);
      await settle();
      await settle();
      open();
      const events = await reading;
      const result = await run;
      expect(seen.map(({ name, signal }) => [name, signal.aborted])).toEqual([
        ['void', true],
        ['kept', false],
        ['next', false],
      ]);
      const ids = result.steps.flatMap(({ results }) => results.map(({ id }) => id));
      expect(ids).toEqual(['functions.look:0', 'functions.look:1']);
      // Another call in the same place is another call to a service that recognises repeats.
      expect(new Set(seen.map(({ key }) => key)).size).toBe(3);
      const results = events.filter(({ type }) => type === 'tool-result');
      expect(results).toHaveLength(2);
    },
  );

  it('the same call has the same key when it is written again', async () => {
    const { look: tool, seen, open } = watched();
    open();
    const broken = async function* (): AsyncGenerator<readonly StreamEvent[]> {
      yield look(0, 'same');
      await settle();
      throw new PerigeeError('connection-lost', 'gone', { retryable: true });
    };
    const model = scriptedModel([broken, [...look(0, 'same'), finish('tool-calls')], answers('done')]);
    await agent({ model, tools: { look: tool }, clock: new FakeClock(true) }).run('go');
    expect(seen).toHaveLength(2);
    expect(new Set(seen.map(({ key }) => key)).size).toBe(1);
  });

  it('nothing runs on when it is filtered', async () => {
    const { look: tool, seen } = watched();
    const turn = async function* (): AsyncGenerator<readonly StreamEvent[]> {
      yield look(0);
      await settle();
      yield [finish('content-filter')];
    };
    const result = await agent({ model: scriptedModel([turn]), tools: { look: tool } }).run('go');
    expect(seen.map(({ signal }) => signal.aborted)).toEqual([true]);
    expect(result.steps[0]!.results).toMatchObject([{ executed: false, id: 'functions.look:0' }]);
  });

  it.each(['abort', 'pause'] as const)('nothing runs on after a %s', async (how) => {
    const { look: tool, seen } = watched();
    const { turn } = held(look(0), []);
    const controller = new AbortController();
    const run = agent({ model: scriptedModel([turn]), tools: { look: tool } }).run('go', {
      signal: controller.signal,
    });
    await settle();
    if (how === 'abort') controller.abort();
    else run.pause();
    const result = await run;
    expect(seen.map(({ signal }) => signal.aborted)).toEqual([true]);
    expect([result.finishReason, result.messages.length]).toEqual([
      how === 'abort' ? 'aborted' : 'paused',
      1,
    ]);
  });
});

describe('of an answer that is cut', () => {
  it('the whole calls keep their results', async () => {
    const { look: tool, names, open } = watched();
    open();
    const model = scriptedModel([
      [
        says('Two. '),
        ...look(0),
        { type: 'tool-call-start', index: 1, id: 'functions.look:1', name: 'look' },
        { type: 'tool-call-delta', index: 1, delta: '{"na' },
        {
          type: 'tool-call-invalid',
          reason: 'cut',
          index: 1,
          rawId: 'functions.look:1',
          name: 'look',
          arguments: '{"na',
        },
        finish('length'),
      ],
      answers('done'),
    ]);
    const result = await agent({ model, tools: { look: tool } }).run('go');
    expect(names()).toEqual(['0']);
    expect(result.steps[0]!.results.map(({ id, executed }) => [id, executed])).toEqual([
      ['functions.look:0', true],
      ['functions.look:1', false],
    ]);
  });
});

describe('eight calls of 100 ms that are written 50 ms apart', () => {
  it.each([
    ['safe', 8 * 50 + 100 - 50],
    ['never', 7 * 50 + 100],
  ] as const)('are done when it can be done (replay: %s)', async (replay, ms) => {
    const clock = new FakeClock();
    const starts: number[] = [];
    const slow = tool({
      description: '',
      inputSchema: INPUT,
      replay,
      execute: () => {
        starts.push(clock.now());
        return new Promise<string>((resolve) => clock.after(100, () => resolve('ok')));
      },
    });
    const turn = async function* (): AsyncGenerator<readonly StreamEvent[]> {
      for (let index = 0; index < 8; index++) {
        yield calls(index, 'slow', { index });
        if (index < 7) await new Promise<void>((resolve) => clock.after(50, resolve));
      }
      yield [finish('tool-calls')];
    };
    const run = agent({ model: scriptedModel([turn, answers('done')]), tools: { slow }, clock }).run('go');
    let over = false;
    const ended = Promise.resolve(run).then((result) => {
      over = true;
      return result;
    });
    for (let step = 0; !over && step < 100; step++) {
      await settle();
      if (!over) clock.move(10);
    }
    const result = await ended;
    expect(result.durationMs).toBe(ms);
    const each = Array.from({ length: 8 }, (_, index) => (replay === 'safe' ? index * 50 : 350));
    expect(starts).toEqual(each);
  });
});
