import { describe, expect, it } from 'vitest';
import { EventQueue } from '../../src/agent/event-queue.ts';
import { type AgentEvent, agent, RunError, tool } from '../../src/agent/index.ts';
import { PerigeeError } from '../../src/core/index.ts';
import { answers, calls, FakeClock, finish, gate, says, scriptedModel, settle } from './fixtures.ts';

const echo = tool({
  description: '',
  inputSchema: { type: 'object' },
  execute: ({ text }) => text,
});

function subject() {
  const model = scriptedModel([
    [...calls(0, 'echo', { text: 'a' }, 'call_1'), ...calls(1, 'echo', '{', 'call_2'), finish('tool-calls')],
    answers('done'),
  ]);
  return agent({ model, tools: { echo }, clock: new FakeClock() });
}

async function read<T>(run: AsyncIterable<T>): Promise<T[]> {
  const events: T[] = [];
  for await (const event of run) events.push(event);
  return events;
}

const WHOLE = [
  '0 step-start',
  ...['0 tool-call-start', '0 tool-call-delta', '0 tool-call-delta', '0 tool-call-end'],
  ...['0 tool-call-start', '0 tool-call-delta', '0 tool-call-delta', '0 tool-call-end'],
  ...['0 finish', '0 tool-start', '0 tool-result', '0 tool-result', '0 step-end'],
  ...['1 step-start', '1 text-delta', '1 finish', '1 step-end', 'end'],
];

const names = (events: readonly AgentEvent[]) =>
  events.map((event) => ('step' in event ? `${event.step} ${event.type}` : event.type)).sort();

describe('a run', () => {
  it('gives its events to whoever iterates, and its result to whoever awaits', async () => {
    const run = subject().run('go');
    const events = await read(run);
    expect(names(events)).toEqual([...WHOLE].sort());
    expect(events[0]).toEqual({ type: 'step-start', step: 0, model: 'scripted' });
    expect(events.filter((event) => event.type === 'tool-start')).toEqual([
      {
        type: 'tool-start',
        step: 0,
        index: 0,
        id: 'functions.echo:0',
        name: 'echo',
        arguments: '{"text":"a"}',
      },
    ]);
    const results = events.filter((event) => event.type === 'tool-result').sort((a, b) => a.index - b.index);
    expect(results).toMatchObject([
      { index: 0, id: 'functions.echo:0', output: 'a', isError: false, executed: true },
      { index: 1, id: 'functions.echo:1', isError: true, executed: false, arguments: '{', ms: 0 },
    ]);
    const result = await run;
    expect(events.at(-1)).toEqual({ type: 'end', result });
    expect(result.steps[0]?.results.map((one) => ({ type: 'tool-result', step: 0, ...one }))).toEqual(
      results,
    );
  });

  it('loses no event to a late reader, as long as nobody has awaited', async () => {
    const run = subject().run('go');
    await settle();
    expect(names(await read(run))).toEqual([...WHOLE].sort());
  });

  it('may be awaited and iterated from the same moment', async () => {
    const run = subject().run('go');
    const result = run.then((value) => value.text);
    expect(names(await read(run))).toEqual([...WHOLE].sort());
    expect(await result).toBe('done');
  });

  it('that was awaited first still gives its end', async () => {
    const run = subject().run('go');
    const result = await run;
    expect(await read(run)).toEqual([{ type: 'end', result }]);
  });

  it('goes on when it is left', async () => {
    const run = subject().run('go');
    for await (const event of run) if (event.type === 'tool-start') break;
    expect((await run).text).toBe('done');
  });

  it('can be iterated once', async () => {
    const run = subject().run('go');
    await read(run);
    expect(() => run[Symbol.asyncIterator]()).toThrow(expect.objectContaining({ code: 'invalid-options' }));
  });

  it('starts by itself', async () => {
    const model = scriptedModel([answers('done')]);
    agent({ model }).run('go');
    expect(model.requests).toHaveLength(0);
    await settle();
    expect(model.requests).toHaveLength(1);
  });

  it('shares nothing with the other runs of its agent', async () => {
    const model = scriptedModel([answers('done')]);
    const one = agent({ model });
    const results = await Promise.all(['a', 'b'].map((prompt) => one.run(prompt)));
    expect(results.map((result) => result.messages[0]?.content)).toEqual(['a', 'b']);
  });

  it('does not show the model a history that grows later', async () => {
    const model = scriptedModel([
      [...calls(0, 'echo', { text: 'a' }), finish('tool-calls')],
      answers('done'),
    ]);
    await agent({ model, tools: { echo } }).run('go');
    expect(model.requests[0]?.messages).toHaveLength(1);
  });
});

describe('a run that fails', () => {
  const broken = () => agent({ model: scriptedModel([new PerigeeError('forbidden', 'No.')]) });

  it('and that nobody looks at is no unhandled rejection', async () => {
    const unhandled: unknown[] = [];
    const note = (reason: unknown) => unhandled.push(reason);
    process.on('unhandledRejection', note);
    try {
      broken().run('go');
      const iterated = broken().run('go');
      await expect(read(iterated)).rejects.toBeInstanceOf(RunError);
      const left = broken().run('go');
      for await (const _ of left) break;
      await settle();
      expect(unhandled).toEqual([]);
    } finally {
      process.off('unhandledRejection', note);
    }
  });

  it('throws the same error to the reader, after the events, and to whoever awaits', async () => {
    const run = broken().run('go');
    const events: AgentEvent[] = [];
    const thrown = await (async () => {
      for await (const event of run) events.push(event);
    })().catch((error: unknown) => error);
    expect(events.map((event) => event.type)).toEqual(['step-start']);
    await expect(run).rejects.toBe(thrown);
  });

  it('because of its prompt does not throw before it is looked at', async () => {
    const run = subject().run(7 as unknown as string);
    await expect(run).rejects.toMatchObject({ code: 'invalid-options' });
  });
});

describe('events that nobody reads', () => {
  it('are dropped once it is known, and held no longer than a bound before that', async () => {
    const awaited = new EventQueue<number>();
    awaited.ignore();
    awaited.push(1);
    awaited.end(2);
    expect(await read(awaited)).toEqual([2]);

    const undecided = new EventQueue<number>();
    for (let i = 0; i < 20_000; i++) undecided.push(i);
    undecided.end(-1);
    expect(await read(undecided)).toEqual([...Array.from({ length: 10_000 }, (_, i) => i), -1]);
  });
});

describe('an agent', () => {
  it('is refused at once when it can never work', () => {
    const model = scriptedModel([answers('')]);
    const wrong: [unknown, string][] = [
      [{}, 'needs a model'],
      [{ model, tools: { a: { description: '', inputSchema: {} } } }, 'Tool "a" has no execute function'],
      [{ model, tools: { a: { ...echo, timeoutMs: -1 } } }, 'timeoutMs of -1'],
      [{ model, tools: { a: { ...echo, inputSchema: undefined } } }, 'no inputSchema'],
      [null, 'needs a model'],
      [{ model, limits: { steps: 0 } }, 'limits.steps is 0'],
      [{ model, limits: { steps: Number.NaN } }, 'limits.steps is NaN'],
      [{ model, limits: { maxRetryAfterMs: '5' } }, 'limits.maxRetryAfterMs is 5'],
      [{ model, limits: { turnRetries: -1 } }, 'limits.turnRetries is -1'],
    ];
    for (const [options, message] of wrong) {
      expect(() => agent(options as Parameters<typeof agent>[0])).toThrow(message);
    }
  });
});

describe('a run', () => {
  it('takes nothing that is no conversation, and says so as a PerigeeError', async () => {
    const worker = agent({ model: scriptedModel([answers('')]) });
    type Prompt = Parameters<typeof worker.run>[0];
    for (const [prompt, options] of [
      [5, undefined],
      [[null], undefined],
      ['go', { messages: [{}] }],
      ['go', { signal: {} }],
    ] as [Prompt, never][]) {
      await expect(worker.run(prompt, options)).rejects.toMatchObject({ code: 'invalid-options' });
    }
    expect((await worker.run('go', null as never)).finishReason).toBe('empty');
  });
});

describe('abort', () => {
  it('before the start asks nothing', async () => {
    const model = scriptedModel([answers('')]);
    const result = await agent({ model }).run('go', { signal: AbortSignal.abort() });
    expect(result).toMatchObject({ finishReason: 'aborted', text: '', messages: [{ role: 'user' }] });
    expect(model.requests).toHaveLength(0);
  });

  it('in mid-answer stops the stream, keeps the text and what was used', async () => {
    const controller = new AbortController();
    let seen: AbortSignal | undefined;
    const model = scriptedModel([
      [...calls(0, 'echo', { text: 'a' }), finish('tool-calls')],
      async function* (_, options) {
        seen = options?.signal;
        yield [says('So fa')];
        await new Promise(() => {});
      },
    ]);
    const run = agent({ model, tools: { echo } }).run('go', { signal: controller.signal });
    const events: AgentEvent[] = [];
    for await (const event of run) {
      events.push(event);
      if (event.type === 'text-delta') controller.abort(new Error('enough'));
    }
    const result = await run;
    expect(seen?.reason).toEqual(new Error('enough'));
    expect(result).toMatchObject({ finishReason: 'aborted', text: 'So fa', usageIsEstimated: true });
    // The first turn as the host counted it, and the second as far as it came: the prompt again and two tokens.
    expect(result.usage).toMatchObject({ cachedInputTokens: 60, outputTokens: 12 });
    expect(result.usage.inputTokens).toBeGreaterThan(200);
    expect(result.messages.map((message) => message.role)).toEqual(['user', 'assistant', 'tool']);
    expect(events.at(-1)).toEqual({ type: 'end', result });
  });

  it('while tools run gives each call a result, so that the history can be continued', async () => {
    const controller = new AbortController();
    const late = gate<string>();
    let signal: AbortSignal | undefined;
    const tools = {
      quick: tool({ description: '', inputSchema: { type: 'object' }, execute: () => 'quick' }),
      slow: tool({
        description: '',
        inputSchema: { type: 'object' },
        execute: (_, context) => {
          signal = context.signal;
          return late.promise;
        },
      }),
    };
    const model = scriptedModel([
      [...calls(0, 'slow', {}), ...calls(1, 'quick', {}), finish('tool-calls')],
      answers(''),
    ]);
    const run = agent({ model, tools }).run('go', { signal: controller.signal });
    await settle();
    controller.abort();
    const result = await run;
    late.open('too late');
    await settle();
    expect(signal?.aborted).toBe(true);
    expect(result.finishReason).toBe('aborted');
    expect(result.messages.slice(2)).toEqual([
      {
        role: 'tool',
        toolCallId: 'functions.slow:0',
        name: 'slow',
        content: expect.stringContaining('aborted while this call was running'),
      },
      { role: 'tool', toolCallId: 'functions.quick:1', name: 'quick', content: 'quick' },
    ]);
    expect(model.requests).toHaveLength(1);
  });

  it('by a tool keeps the calls after it from starting', async () => {
    const controller = new AbortController();
    let ran = 0;
    const tools = {
      stops: tool({ description: '', inputSchema: { type: 'object' }, execute: () => controller.abort() }),
      counts: tool({ description: '', inputSchema: { type: 'object' }, execute: () => ran++ }),
    };
    const model = scriptedModel([
      [...calls(0, 'stops', {}), ...calls(1, 'counts', {}), finish('tool-calls')],
      answers(''),
    ]);
    const result = await agent({ model, tools }).run('go', { signal: controller.signal });
    expect([result.finishReason, ran]).toEqual(['aborted', 0]);
    expect(result.messages[3]?.content).toMatch(/aborted before this call began/);
  });

  it('while it waits to ask again does not wait on', async () => {
    const controller = new AbortController();
    const clock = new FakeClock();
    const busy = new PerigeeError('overloaded', 'Too busy.', { retryable: true });
    const run = agent({ model: scriptedModel([busy]), clock }).run('go', { signal: controller.signal });
    await settle();
    expect(clock.pending).toBe(1);
    controller.abort();
    expect(await run).toMatchObject({ finishReason: 'aborted' });
    expect(clock.pending).toBe(0);
  });

  it('while a hook or a check hangs ends the run', async () => {
    const never = () => new Promise<never>(() => {});
    const stuck = tool({
      description: '',
      inputSchema: { '~standard': { version: 1, vendor: 'own', validate: never } },
      jsonSchema: { type: 'object' },
      execute: () => '',
    });
    const model = () => scriptedModel([[...calls(0, 'stuck', {}), finish('tool-calls')]]);
    for (const more of [
      { prepareStep: never },
      { stopWhen: never, tools: { stuck: echo } },
      { tools: { stuck } },
    ]) {
      const controller = new AbortController();
      const run = agent({ model: model(), tools: { stuck }, ...more }).run('go', {
        signal: controller.signal,
      });
      await settle();
      controller.abort();
      expect(await run).toMatchObject({ finishReason: 'aborted' });
    }
  });

  it('leaves no listener on a signal that outlives the run', async () => {
    const controller = new AbortController();
    let listeners = 0;
    const { signal } = controller;
    const add = signal.addEventListener.bind(signal);
    const remove = signal.removeEventListener.bind(signal);
    signal.addEventListener = (...args: Parameters<typeof add>) => {
      listeners++;
      add(...args);
    };
    signal.removeEventListener = (...args: Parameters<typeof remove>) => {
      listeners--;
      remove(...args);
    };
    await subject().run('go', { signal });
    expect(listeners).toBe(0);
  });
});
