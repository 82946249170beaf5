import { describe, expect, it } from 'vitest';
import {
  type AgentEvent,
  type AgentOptions,
  type ApprovalPolicy,
  agent,
  type OnApproval,
  type Run,
  type Tool,
  tool,
} from '../../src/agent/index.ts';
import { answers, calls, FakeClock, finish, gate, scriptedModel, settle } from './fixtures.ts';
import { inOtherProcess, newTape, sessionOn, type Tape } from './recorded-session.ts';

const INPUT = { type: 'object' } as const;

/** Calls of tools by these names, in one turn, and an answer. */
function modelCalling(...names: string[]) {
  return scriptedModel([
    [...names.flatMap((name, index) => calls(index, name, {})), finish('tool-calls')],
    answers('done'),
  ]);
}

/** Tools that note when they run. */
function noting(done: string[], tools: Record<string, Partial<Tool>>): Record<string, Tool> {
  return Object.fromEntries(
    Object.entries(tools).map(([name, more]) => [
      name,
      tool({ description: '', inputSchema: INPUT, execute: () => void done.push(name), ...more }),
    ]),
  );
}

/** Which of these calls a person is asked about. */
async function askedAbout(
  tools: Record<string, Partial<Tool>>,
  approval: ApprovalPolicy | undefined,
): Promise<string[]> {
  const asked: string[] = [];
  const done: string[] = [];
  const options: AgentOptions = {
    model: modelCalling(...Object.keys(tools)),
    tools: noting(done, tools),
    onApproval: ({ name }) => {
      asked.push(name);
      return true;
    },
    ...(approval && { approval }),
  };
  await agent(options).run('go');
  expect(done.sort()).toEqual(Object.keys(tools).sort());
  return asked;
}

async function read(run: Run): Promise<AgentEvent[]> {
  const events: AgentEvent[] = [];
  for await (const event of run) events.push(event);
  return events;
}

const waits = (tape: Tape) => tape.records.some(({ name }) => name.endsWith('/approvals'));

describe('a person is asked', () => {
  const tools = { read: { readOnly: true }, write: {}, safe: { replay: 'safe' } } as const;

  it.each([
    [undefined, []],
    ['auto', []],
    ['writes', ['write', 'safe']],
    ['always', ['read', 'write', 'safe']],
    [() => 'ask', ['read', 'write', 'safe']],
    [({ name }: { name: string }) => (name === 'safe' ? 'ask' : 'allow'), ['safe']],
    [async () => 'allow', []],
  ] as const)('by the policy %s about the right calls', async (policy, asked) => {
    expect(await askedAbout(tools, policy as ApprovalPolicy)).toEqual(asked);
  });

  it('by what a tool wishes first, whatever the policy', async () => {
    const wishes = {
      yes: { needsApproval: true },
      no: { needsApproval: false },
      sometimes: { needsApproval: () => false },
      throws: {
        needsApproval: () => {
          throw new Error('?');
        },
      },
      rejects: { needsApproval: () => Promise.reject(new Error('?')) },
    };
    expect(await askedAbout(wishes, 'auto')).toEqual(['yes', 'throws', 'rejects']);
    expect(await askedAbout(wishes, 'always')).toEqual(['yes', 'throws', 'rejects']);
  });

  it.each([
    () => {
      throw new Error('The policy is broken.');
    },
    () => undefined,
    () => false,
    () => null,
    () => ({}),
    'somehow',
  ])('when a policy says nothing clear (%s)', async (policy) => {
    expect(await askedAbout({ write: {} }, policy as unknown as ApprovalPolicy)).toEqual(['write']);
  });

  it('is shown what the tool shows, or why it cannot', async () => {
    const requests: unknown[] = [];
    const onApproval: OnApproval = (request) => {
      requests.push(request.preview);
      return true;
    };
    const tools = noting([], {
      plain: {},
      shown: { preview: async () => '- a\n+ b' },
      broken: {
        preview: () => {
          throw new Error('no file');
        },
      },
    });
    const model = modelCalling('plain', 'shown', 'broken');
    await agent({ model, tools, approval: 'always', onApproval }).run('go');
    expect(requests).toEqual([undefined, '- a\n+ b', '(no preview: no file)']);
  });

  it('never about a call that is refused anyway', async () => {
    const model = scriptedModel([
      [...calls(0, 'write', '[]'), ...calls(1, 'nothing', {}), finish('tool-calls')],
      answers('done'),
    ]);
    const onApproval: OnApproval = () => {
      throw new Error('Nobody is to be asked.');
    };
    const subject = agent({ model, tools: noting([], { write: {} }), approval: 'always', onApproval });
    expect((await subject.run('go')).text).toBe('done');
  });
});

describe('an answer', () => {
  const outputs = async (options: Partial<AgentOptions>) => {
    const done: string[] = [];
    const subject = agent({
      model: modelCalling('write'),
      tools: noting(done, { write: {} }),
      approval: 'always',
      ...options,
    });
    const result = await subject.run('go');
    const [first] = result.steps[0]!.results;
    return { done, output: first!.output, executed: first!.executed };
  };

  it('no keeps the call from running, and its note is told to the model', async () => {
    const { done, output, executed } = await outputs({
      onApproval: () => ({ approved: false, note: 'Use the test server.' }),
    });
    expect([done, executed]).toEqual([[], false]);
    expect(output).toMatch(/the user did not approve this call. They said: Use the test server\./);
  });

  it('of a policy keeps the call from running, and its reason is told to the model', async () => {
    const { done, output } = await outputs({ approval: () => ({ deny: 'Only on Mondays.' }) });
    expect(done).toEqual([]);
    expect(output).toMatch(/not allowed\. Only on Mondays\./);
  });

  it.each([undefined, null, 'yes', 1, {}, { approved: 'yes' }])(
    'that is none (%s) ends the run',
    async (said) => {
      const onApproval = () => said as never;
      await expect(outputs({ onApproval })).rejects.toMatchObject({ code: 'invalid-options' });
    },
  );

  it.each([null, 'yes', true, {}, { approved: 'yes' }, { approved: 1 }])(
    'from outside that is no clear yes (%j) is a no',
    async (value) => {
      const tape = newTape();
      tape.delivered.set('run-0/step-0/call-0/approval', value);
      const done: string[] = [];
      const subject = agent({
        model: modelCalling('write'),
        tools: noting(done, { write: {} }),
        approval: 'always',
      });
      const result = await subject.run('go', { session: sessionOn(tape) });
      expect([result.text, done]).toEqual(['done', []]);
    },
  );

  it('may throw: the call goes on waiting and the run ends with that error', async () => {
    for (const onApproval of [
      () => {
        throw new Error('The terminal is gone.');
      },
      () => Promise.reject(new Error('The terminal is gone.')),
    ]) {
      const tape = newTape();
      const done: string[] = [];
      const options = { model: modelCalling('write'), tools: noting(done, { write: {} }) };
      const session = sessionOn(tape);
      const run = agent({ ...options, approval: 'always', onApproval }).run('go', { session });
      const error = await Promise.resolve(run).catch((thrown) => thrown);
      expect(error.message).toMatch(/The terminal is gone/);
      expect(error.result.approvals).toMatchObject([{ name: 'write', id: 'functions.write:0' }]);
      await session.close();
      await settle();
      const again = agent({ ...options, approval: 'always', onApproval: () => true });
      expect((await again.resume({ session: sessionOn(tape) })).text).toBe('done');
      expect(done).toEqual(['write']);
    }
  });

  it('from elsewhere while a person is asked counts, and takes the question back', async () => {
    for (const way of ['rejects', 'resolves', 'hangs']) {
      const tape = newTape();
      const session = sessionOn(tape);
      const done: string[] = [];
      const asked: string[] = [];
      const onApproval: OnApproval = ({ name }, { signal }) => {
        asked.push(name);
        if (name === 'b') return true;
        return new Promise((resolve, reject) => {
          signal.addEventListener('abort', () => {
            if (way === 'rejects') reject(signal.reason);
            else if (way === 'resolves') resolve(false);
          });
          void session.deliver('run-0/step-0/call-0/approval', { approved: true });
        });
      };
      const subject = agent({
        model: modelCalling('a', 'b'),
        tools: noting(done, { a: {}, b: {} }),
        approval: 'always',
        onApproval,
      });
      const result = await subject.run('go', { session });
      expect([way, result.text, done, asked]).toEqual([way, 'done', ['a', 'b'], ['a', 'b']]);
    }
  });

  it('by run.approve counts once', async () => {
    const done: string[] = [];
    const run = agent({
      model: modelCalling('write'),
      tools: noting(done, { write: {} }),
      approval: 'always',
    }).run('go');
    const id = 'functions.write:0';
    const said: boolean[] = [await run.approve(id, true)];
    for await (const event of run) {
      if (event.type !== 'approval-request') continue;
      expect(event).toMatchObject({ step: 0, index: 0, id, name: 'write', arguments: '{}' });
      await expect(run.approve(id, 'yes' as never)).rejects.toMatchObject({ code: 'invalid-options' });
      said.push(await run.approve('functions.other:0', true));
      said.push(await run.approve(id, true), await run.approve(id, false));
    }
    expect([said, done]).toEqual([[false, false, true, false], ['write']]);
    await expect(run.approve(id, true)).rejects.toMatchObject({ code: 'invalid-options' });
  });

  it('stands on record, and is shown as an event', async () => {
    const tape = newTape();
    const onApproval: OnApproval = () => ({ approved: true, note: 'Fine.' });
    const run = agent({
      model: modelCalling('write'),
      tools: noting([], { write: {} }),
      approval: 'always',
      onApproval,
    }).run('go', { session: sessionOn(tape) });
    const events = await read(run);
    expect(events.find(({ type }) => type === 'approval')).toEqual({
      type: 'approval',
      step: 0,
      index: 0,
      id: 'functions.write:0',
      name: 'write',
      approved: true,
      note: 'Fine.',
    });
    const record = tape.records.find(({ name }) => name === 'run-0/step-0/call-0/approval');
    expect(record?.value).toEqual({ approved: true, note: 'Fine.' });
  });
});

describe('while a call waits', () => {
  it('those that need nobody run first, and those that clash with it do not', async () => {
    const done: string[] = [];
    const file = [{ resource: 'file', mode: 'write' }] as const;
    const tools = noting(done, {
      waits: { needsApproval: true, accesses: () => file },
      other: {},
      clashes: { accesses: () => file },
      last: { accesses: () => file },
    });
    const run = agent({ model: modelCalling('waits', 'other', 'clashes', 'last'), tools }).run('go');
    for await (const event of run) {
      if (event.type !== 'approval-request') continue;
      expect(done).toEqual(['other']);
      await run.approve(event.id, true);
    }
    expect(done).toEqual(['other', 'waits', 'clashes', 'last']);
  });

  it('a run that is told to leave ends with `waiting`, and goes on in another process', async () => {
    const tape = newTape();
    const done: string[] = [];
    const options = {
      model: modelCalling('a', 'b', 'free'),
      tools: noting(done, { a: { needsApproval: true }, b: { needsApproval: true }, free: {} }),
    };
    const leave = { whenWaiting: 'leave' } as const;
    const left = await agent(options).run('go', { session: sessionOn(tape), ...leave });
    expect([left.finishReason, done]).toEqual(['waiting', ['free']]);
    expect(left.approvals.map(({ name }) => name)).toEqual(['a', 'b']);
    expect(left.messages.filter(({ role }) => role === 'tool')).toHaveLength(3);
    expect(waits(tape)).toBe(true);
    const elsewhere = sessionOn(tape);
    await elsewhere.deliver('run-0/step-0/call-0/approval', { approved: true });
    const still = await agent(options).resume({ session: sessionOn(inOtherProcess(tape)), ...leave });
    expect([still.finishReason, still.approvals.map(({ name }) => name)]).toEqual(['waiting', ['b']]);
    const second = inOtherProcess(tape);
    await sessionOn(second).deliver('run-0/step-0/call-1/approval', { approved: false });
    const result = await agent(options).resume({ session: sessionOn(second), ...leave });
    expect([result.finishReason, done]).toEqual(['stop', ['free', 'a']]);
    expect(result.approvals).toEqual([]);
  });

  it('it goes on waiting in a run that is resumed with a policy that would not ask', async () => {
    const tape = newTape();
    const done: string[] = [];
    const options = { model: modelCalling('a', 'b'), tools: noting(done, { a: {}, b: {} }) };
    const leave = { whenWaiting: 'leave' } as const;
    const approval: ApprovalPolicy = ({ name }) => (name === 'a' ? 'ask' : { deny: 'No.' });
    await agent({ ...options, approval }).run('go', { session: sessionOn(tape), ...leave });
    const auto = agent({ ...options, approval: 'auto' });
    const left = await auto.resume({ session: sessionOn(inOtherProcess(tape)), ...leave });
    expect([left.finishReason, done, left.approvals.map(({ name }) => name)]).toEqual(['waiting', [], ['a']]);
    await sessionOn(tape).deliver('run-0/step-0/call-0/approval', { approved: true });
    const result = await auto.resume({ session: sessionOn(inOtherProcess(tape)) });
    expect([result.finishReason, done]).toEqual(['stop', ['a']]);
  });

  it('no time of the run goes by', async () => {
    const clock = new FakeClock();
    const done: string[] = [];
    const onApproval = () => {
      clock.move(3_600_000);
      return true;
    };
    const result = await agent({
      model: modelCalling('a'),
      tools: noting(done, { a: {} }),
      approval: 'always',
      onApproval,
      clock,
      limits: { timeMs: 1000 },
    }).run('go');
    expect([result.finishReason, done, result.durationMs]).toEqual(['stop', ['a'], 0]);
  });

  it.each(['pause', 'abort'] as const)('a %s ends the run, though nobody ever answers', async (how) => {
    const tape = newTape();
    const done: string[] = [];
    const controller = new AbortController();
    const asked: string[] = [];
    const signals: AbortSignal[] = [];
    const asking = gate();
    const options: AgentOptions = {
      model: modelCalling('a', 'b'),
      tools: noting(done, { a: {}, b: {} }),
      approval: 'always',
      onApproval: ({ name }, { signal }) => {
        asked.push(name);
        signals.push(signal);
        asking.open();
        // As one does who was asked and takes the question back.
        return new Promise((resolve) => signal.addEventListener('abort', () => resolve(false)));
      },
    };
    const run = agent(options).run('go', { session: sessionOn(tape), signal: controller.signal });
    await asking.promise;
    if (how === 'pause') run.pause();
    else controller.abort();
    const result = await run;
    await settle();
    expect(result.finishReason).toBe(how === 'pause' ? 'paused' : 'aborted');
    expect(result.approvals.map(({ name }) => name)).toEqual(['a', 'b']);
    expect([asked, signals[0]!.aborted, tape.delivered.size]).toEqual([['a'], true, 0]);
    const again = agent({ ...options, onApproval: () => true });
    const whole = await again.resume({ session: sessionOn(inOtherProcess(tape)) });
    expect([whole.finishReason, done]).toEqual(['stop', ['a', 'b']]);
  });

  it('nobody is asked by a run that was paused before', async () => {
    const opened = gate();
    const tools = {
      ...noting([], { waits: { needsApproval: true } }),
      free: tool({ description: '', inputSchema: INPUT, execute: () => opened.promise }),
    };
    let asked = 0;
    const onApproval = () => {
      asked++;
      throw new Error('Nobody is there.');
    };
    const run = agent({ model: modelCalling('waits', 'free'), tools, onApproval }).run('go');
    await settle();
    run.pause();
    opened.open();
    const result = await run;
    await settle();
    expect([result.finishReason, asked, result.approvals.length]).toEqual(['paused', 0, 1]);
  });

  it('an abort does not wait for a policy or a preview that never comes', async () => {
    const never = () => new Promise<never>(() => {});
    const ways: [ApprovalPolicy, Partial<Tool>][] = [
      [never, {}],
      ['always', { preview: never }],
    ];
    for (const [approval, write] of ways) {
      const controller = new AbortController();
      const tools = noting([], { write });
      const run = agent({ model: modelCalling('write'), tools, approval }).run('go', {
        signal: controller.signal,
      });
      await settle();
      controller.abort();
      expect((await run).finishReason).toBe('aborted');
    }
  });
});
