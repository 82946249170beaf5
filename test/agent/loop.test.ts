import { describe, expect, it } from 'vitest';
import { type AgentEvent, agent, RunError, tool } from '../../src/agent/index.ts';
import { type Finish, PerigeeError } from '../../src/core/index.ts';
import {
  answers,
  calls,
  FakeClock,
  finish,
  gate,
  says,
  scriptedModel,
  settle,
  thinks,
  USAGE,
} from './fixtures.ts';

const echo = tool({
  description: 'Says the same.',
  inputSchema: { type: 'object', properties: { text: { type: 'string' } }, required: ['text'] },
  execute: ({ text }) => text,
});

const PRICES = { input: 1, cachedInput: 0.1, output: 10 };

describe('a run', () => {
  it('calls tools and answers', async () => {
    const model = scriptedModel(
      [
        [thinks('hm'), says('Let me see. '), ...calls(0, 'echo', { text: 'hi' }), finish('tool-calls')],
        answers('It says hi.'),
      ],
      PRICES,
    );
    const result = await agent({ model, instructions: 'Be brief.', tools: { echo } }).run(
      'What does it say?',
    );
    expect(result).toMatchObject({
      text: 'It says hi.',
      finishReason: 'stop',
      explanation: 'The model answered.',
    });
    expect(result.messages).toEqual([
      { role: 'user', content: 'What does it say?' },
      {
        role: 'assistant',
        content: 'Let me see. ',
        reasoning: 'hm',
        toolCalls: [{ id: 'functions.echo:0', name: 'echo', arguments: '{"text":"hi"}' }],
      },
      { role: 'tool', toolCallId: 'functions.echo:0', name: 'echo', content: 'hi' },
      { role: 'assistant', content: 'It says hi.' },
    ]);
    expect(result.newMessages).toEqual(result.messages);
    expect(result.usage).toEqual({ inputTokens: 200, cachedInputTokens: 120, outputTokens: 20 });
    expect(result.cost).toBeCloseTo((80 * 1 + 120 * 0.1 + 20 * 10) / 1e6, 12);
    expect(result.steps.map((step) => [step.index, step.usage])).toEqual([
      [0, USAGE],
      [1, USAGE],
    ]);
    expect(model.requests.map((request) => request.messages.length)).toEqual([2, 4]);
    expect(model.requests[0]?.messages[0]).toEqual({ role: 'system', content: 'Be brief.' });
    expect(model.requests[0]?.tools).toEqual([
      { name: 'echo', description: 'Says the same.', parameters: echo.inputSchema },
    ]);
  });

  it('continues an earlier one', async () => {
    const model = scriptedModel([
      [...calls(0, 'echo', { text: 'a' }), finish('tool-calls')],
      answers('one'),
      [...calls(0, 'echo', { text: 'b' }), finish('tool-calls')],
      answers('two'),
    ]);
    const subject = agent({ model, instructions: 'Be brief.', tools: { echo } });
    const first = await subject.run('1');
    const second = await subject.run('2', { messages: first.messages });
    expect(second.newMessages.map((message) => message.role)).toEqual([
      'user',
      'assistant',
      'tool',
      'assistant',
    ]);
    expect(second.messages.slice(0, first.messages.length)).toEqual(first.messages);
    expect(first.messages).toHaveLength(4);
    expect(model.requests[3]?.messages.filter((message) => message.role === 'system')).toHaveLength(1);
  });

  it('ends at the limit of steps and says so', async () => {
    const model = scriptedModel([[...calls(0, 'echo', { text: 'again' }), finish('tool-calls')]]);
    const limits = { steps: 3, wrapUp: false, repeats: false } as const;
    const result = await agent({ model, tools: { echo }, limits }).run('go');
    expect(result.finishReason).toBe('steps');
    expect(result.explanation).toBe('The limit of 3 steps was reached while the model still called tools.');
    expect(result.steps).toHaveLength(3);
    expect(result.messages.at(-1)).toMatchObject({ role: 'tool', content: 'again' });
  });

  it('ends after 50 steps when no limit is given', async () => {
    const model = scriptedModel([[...calls(0, 'echo', { text: 'again' }), finish('tool-calls')]]);
    const limits = { repeats: false, wrapUp: false } as const;
    expect((await agent({ model, tools: { echo }, limits }).run('go')).steps).toHaveLength(50);
  });

  it('ends when stopWhen says so, with the history whole', async () => {
    const model = scriptedModel([[...calls(0, 'echo', { text: 'again' }), finish('tool-calls')]]);
    const result = await agent({ model, tools: { echo }, stopWhen: ({ step }) => step === 1 }).run('go');
    expect([result.finishReason, result.steps.length, result.messages.at(-1)?.role]).toEqual([
      'stopped',
      2,
      'tool',
    ]);
  });

  it('ends at the output limit with the reason', async () => {
    const reasoning = scriptedModel([[thinks('so long'), finish('length', { truncated: true })]]);
    const cut = await agent({ model: reasoning }).run('go');
    expect(cut).toMatchObject({ finishReason: 'length', text: '', messages: [{ role: 'user' }] });
    expect(cut.explanation).toMatch(/while the model was still reasoning: raise maxTokens/);
    const text = await agent({ model: scriptedModel([[says('It is'), finish('length')]]) }).run('go');
    expect(text).toMatchObject({ finishReason: 'length', text: 'It is' });
    expect(text.messages.at(-1)).toEqual({ role: 'assistant', content: 'It is' });
  });

  it('does not run calls of a filtered answer, and leaves no call without a result', async () => {
    let ran = 0;
    const counted = tool({ description: '', inputSchema: { type: 'object' }, execute: () => ran++ });
    const model = scriptedModel([[...calls(0, 'counted', {}), finish('content-filter')]]);
    const result = await agent({ model, tools: { counted } }).run('go');
    expect([result.finishReason, ran]).toEqual(['content-filter', 0]);
    expect(result.messages.at(-1)).toMatchObject({
      role: 'tool',
      content: expect.stringMatching(/content filter/),
    });
  });

  it('adds up usage and does not invent a cost', async () => {
    const noUsage: Finish = { type: 'finish', reason: 'stop' };
    const result = await agent({ model: scriptedModel([[says('a'), noUsage]], PRICES) }).run('go');
    expect([result.usage.inputTokens, result.cost]).toEqual([0, undefined]);
    expect((await agent({ model: scriptedModel([answers('a')]) }).run('go')).cost).toBeUndefined();
  });
});

describe('calls of one turn', () => {
  it('run side by side; their results go back in call order', async () => {
    const gates = [gate<string>(), gate<string>(), gate<string>()];
    let running = 0;
    const slow = tool({
      description: '',
      inputSchema: { type: 'object' },
      execute: ({ n }) => {
        running++;
        return gates[n]?.promise;
      },
    });
    const model = scriptedModel([
      [0, 1, 2].flatMap((n) => calls(n, 'slow', { n })).concat(finish('tool-calls')),
      answers('done'),
    ]);
    const run = agent({ model, tools: { slow } }).run('go');
    const seen: AgentEvent[] = [];
    const reading = (async () => {
      for await (const event of run) seen.push(event);
    })();
    await settle();
    expect(running).toBe(3);
    for (const n of [2, 0, 1]) {
      gates[n]?.open(`result ${n}`);
      await settle();
    }
    await reading;
    const result = await run;
    expect(seen.filter((event) => event.type === 'tool-result').map((event) => event.output)).toEqual([
      'result 2',
      'result 0',
      'result 1',
    ]);
    expect(result.messages.slice(2, 5)).toEqual(
      [0, 1, 2].map((n) => ({
        role: 'tool',
        toolCallId: `functions.slow:${n}`,
        name: 'slow',
        content: `result ${n}`,
      })),
    );
  });

  it('may be a thousand', async () => {
    const events = Array.from({ length: 1000 }, (_, n) => calls(n, 'echo', { text: `${n}` })).flat();
    const model = scriptedModel([[...events, finish('tool-calls')], answers('done')]);
    const result = await agent({ model, tools: { echo } }).run('go');
    const tools = result.messages.filter((message) => message.role === 'tool');
    expect(tools.map((message) => message.content)).toEqual(Array.from({ length: 1000 }, (_, n) => `${n}`));
    expect(new Set(tools.map((message) => message.toolCallId)).size).toBe(1000);
  });

  const outputs: [string, unknown, string][] = [
    ['a string', 'as "it" is', 'as "it" is'],
    ['an object', { a: [1] }, '{"a":[1]}'],
    ['a number', 0, '0'],
    ['nothing', undefined, 'null'],
    ['a promise', Promise.resolve({ a: 1 }), '{"a":1}'],
    [
      'a cycle',
      (() => {
        const a: { a?: unknown } = {};
        a.a = a;
        return a;
      })(),
      '{"error":"The call was made, but what it gave cannot be written down as text: Converting circular',
    ],
    [
      'a bigint',
      1n,
      '{"error":"The call was made, but what it gave cannot be written down as text: Do not know how',
    ],
  ];
  for (const [name, output, content] of outputs) {
    it(`may give back ${name}`, async () => {
      const gives = tool({ description: '', inputSchema: { type: 'object' }, execute: () => output });
      const model = scriptedModel([[...calls(0, 'gives', {}), finish('tool-calls')], answers('done')]);
      const result = await agent({ model, tools: { gives } }).run('go');
      expect(String(result.messages[2]?.content).startsWith(content)).toBe(true);
    });
  }

  it('may give back megabytes, which are kept; the model sees their head and tail', async () => {
    const big = 'x'.repeat(5_000_000);
    const gives = tool({ description: '', inputSchema: { type: 'object' }, execute: () => big });
    const model = scriptedModel([[...calls(0, 'gives', {}), finish('tool-calls')], answers('done')]);
    const result = await agent({ model, tools: { gives } }).run('go');
    expect(result.steps[0]?.results[0]?.output).toBe(big);
    expect(result.messages[2]?.content).toMatch(
      /^x{8000}\n\[4,9\d\d,\d{3} of 5,000,000 [^\n]*read_result[^\n]*\]\nx{2000,}$/,
    );
    expect(model.requests[1]?.tools?.map(({ name }) => name)).toEqual(['gives', 'read_result']);
    const whole = await agent({
      model: scriptedModel([[...calls(0, 'gives', {}), finish('tool-calls')], answers('done')]),
      tools: { gives },
      context: false,
    }).run('go');
    expect(whole.messages[2]?.content).toBe(big);
  });
});

describe('ids', () => {
  it('that repeat over turns, inside a turn, or are empty become unique, each with its own result', async () => {
    const model = scriptedModel([
      [...calls(0, 'echo', { text: 'a' }, 'functions.echo:0'), finish('tool-calls')],
      [
        ...calls(0, 'echo', { text: 'b' }, 'functions.echo:0'),
        ...calls(1, 'echo', { text: 'c' }, ''),
        finish('tool-calls'),
      ],
      [
        ...calls(0, 'echo', { text: 'd' }, 'x'),
        ...calls(1, 'echo', { text: 'e' }, 'x'),
        finish('tool-calls'),
      ],
      answers('done'),
    ]);
    const given: string[] = [];
    const noting = tool({
      ...echo,
      execute: ({ text }, { toolCallId }) => {
        given.push(toolCallId);
        return text;
      },
    });
    const result = await agent({ model, tools: { echo: noting } }).run('go');
    const called = result.messages.flatMap((message) =>
      message.role === 'assistant' ? (message.toolCalls ?? []) : [],
    );
    const served = result.messages.filter((message) => message.role === 'tool');
    expect(new Set(called.map((call) => call.id)).size).toBe(5);
    expect(served.map((message) => message.toolCallId)).toEqual(called.map((call) => call.id));
    expect(served.map((message) => message.content)).toEqual(['a', 'b', 'c', 'd', 'e']);
    expect(given).toEqual(called.map((call) => call.id));
  });
});

describe('turns that say nothing', () => {
  it('are asked for again, and what they cost counts', async () => {
    const model = scriptedModel([[thinks('?'), finish()], [finish('tool-calls')], answers('here')]);
    const run = agent({ model, clock: new FakeClock() }).run('go');
    const retries: AgentEvent[] = [];
    for await (const event of run) if (event.type === 'retry') retries.push(event);
    const result = await run;
    expect(retries).toMatchObject([
      { attempt: 1, waitMs: 0, error: { code: 'empty-turns' } },
      { attempt: 2, waitMs: 0, error: { code: 'empty-turns' } },
    ]);
    expect(result).toMatchObject({ text: 'here', finishReason: 'stop', usage: { inputTokens: 300 } });
    expect(result.messages).toHaveLength(2);
    expect(model.requests[2]).toEqual(model.requests[0]);
  });

  it('end the run when they stay empty', async () => {
    const model = scriptedModel([[says(' \n'), finish()]]);
    const result = await agent({ model, limits: { turnRetries: 1 } }).run('go');
    expect(result).toMatchObject({ finishReason: 'empty', messages: [{ role: 'user' }] });
    expect(model.requests).toHaveLength(2);
  });

  it('finish "tool-calls" with text and no call is an answer', async () => {
    const model = scriptedModel([[says('It is 4.'), finish('tool-calls')]]);
    expect(await agent({ model }).run('go')).toMatchObject({ finishReason: 'stop', text: 'It is 4.' });
  });

  it('finish "length" with whole calls runs them', async () => {
    const model = scriptedModel([[...calls(0, 'echo', { text: 'hi' }), finish('length')], answers('done')]);
    const result = await agent({ model, tools: { echo } }).run('go');
    expect(result.messages[2]).toMatchObject({ content: 'hi' });
  });
});

describe('models that fail', () => {
  const overloaded = new PerigeeError('overloaded', 'Too busy.', { retryable: true, status: 503 });

  it('are asked again, waiting longer each time or as long as the host says', async () => {
    const limited = new PerigeeError('rate-limited', 'Slow down.', { retryable: true, retryAfterMs: 7000 });
    const cut = async function* () {
      yield [says('half'), ...calls(0, 'echo', { text: 'never' })];
      throw new PerigeeError('stream-cut', 'Cut.', { retryable: true });
    };
    const model = scriptedModel([overloaded, cut, limited, answers('at last')]);
    const clock = new FakeClock(true);
    let ran = 0;
    const counted = tool({ ...echo, execute: () => ran++ });
    const run = agent({ model, clock, tools: { echo: counted }, limits: { turnRetries: 3 } }).run('go');
    const events: AgentEvent[] = [];
    for await (const event of run) events.push(event);
    const result = await run;
    expect(clock.waits).toEqual([1000, 2000, 7000]);
    expect(events.filter((event) => event.type === 'retry').map((event) => event.error.code)).toEqual([
      'overloaded',
      'stream-cut',
      'rate-limited',
    ]);
    expect([result.text, result.messages.length, ran]).toEqual(['at last', 2, 0]);
  });

  it('end the run with an error that carries what was done', async () => {
    const model = scriptedModel([[...calls(0, 'echo', { text: 'done' }), finish('tool-calls')], overloaded]);
    const error = await agent({ model, tools: { echo }, clock: new FakeClock(true) })
      .run('go')
      .then(
        () => undefined,
        (thrown: unknown) => thrown,
      );
    expect(error).toBeInstanceOf(RunError);
    expect(error).toMatchObject({ code: 'overloaded', status: 503, retryable: true, message: 'Too busy.' });
    const { result } = error as RunError;
    expect(result).toMatchObject({ finishReason: 'error', explanation: 'Too busy.', usage: USAGE });
    expect(result.messages.at(-1)).toMatchObject({ role: 'tool', content: 'done' });
    expect(model.requests).toHaveLength(4);
  });

  it('are not asked again when that cannot help', async () => {
    const model = scriptedModel([new PerigeeError('wrong-api-key', 'No.', { status: 401 })]);
    await expect(agent({ model }).run('go')).rejects.toMatchObject({
      name: 'RunError',
      code: 'wrong-api-key',
    });
    expect(model.requests).toHaveLength(1);
  });

  it('are not waited for when nobody was ever there, but when they go away in a run', async () => {
    const refused = new PerigeeError('connection-refused', 'Nobody there.', { retryable: true });
    const never = scriptedModel([refused]);
    const clock = new FakeClock(true);
    await expect(agent({ model: never, clock }).run('go')).rejects.toMatchObject({
      code: 'connection-refused',
    });
    expect([never.requests.length, clock.waits]).toEqual([1, []]);
    const restarts = scriptedModel([
      [...calls(0, 'echo', { text: 'hi' }), finish()],
      refused,
      answers('back'),
    ]);
    const { text } = await agent({ model: restarts, tools: { echo }, clock }).run('go');
    expect([text, clock.waits]).toEqual(['back', [1000]]);
  });

  it('are not waited for longer than the limit, however long the host asks', async () => {
    const later = new PerigeeError('rate-limited', 'Tomorrow.', { retryable: true, retryAfterMs: 3_600_000 });
    const clock = new FakeClock(true);
    const model = scriptedModel([later, answers('waited')]);
    await expect(agent({ model, clock }).run('go')).rejects.toMatchObject({ retryAfterMs: 3_600_000 });
    expect(clock.waits).toEqual([]);
    const patient = agent({
      model: scriptedModel([later, answers('waited')]),
      clock,
      limits: { maxRetryAfterMs: 1e7 },
    });
    expect((await patient.run('go')).text).toBe('waited');
  });

  it('by ending without a finish count as cut', async () => {
    const model = scriptedModel([[says('half')]]);
    const run = agent({ model, clock: new FakeClock(true) }).run('go');
    await expect(run).rejects.toMatchObject({ code: 'stream-cut', result: { text: 'half' } });
    expect(model.requests).toHaveLength(3);
  });

  it('by finishing with an error count what that cost', async () => {
    const model = scriptedModel([[says('half'), finish('error')], answers('whole')]);
    const result = await agent({ model, clock: new FakeClock(true) }).run('go');
    expect([result.text, result.usage.inputTokens]).toEqual(['whole', 200]);
  });

  it('by throwing anything else end the run with that as the cause', async () => {
    const bug = new TypeError('x is not a function');
    await expect(agent({ model: scriptedModel([bug]) }).run('go')).rejects.toMatchObject({
      code: 'stream-error',
      message: expect.stringMatching(/x is not a function/),
      cause: { cause: bug },
    });
  });

  it('by writing events of calls that never began are not believed', async () => {
    const model = scriptedModel([
      [
        { type: 'tool-call-delta', index: 7, delta: '{}' },
        { type: 'tool-call-end', index: 7 },
        { type: 'tool-call-invalid', reason: 'undeclared', index: 9, rawId: 'x', arguments: '{}' },
        ...answers('fine'),
      ],
    ]);
    expect(await agent({ model }).run('go')).toMatchObject({ text: 'fine', finishReason: 'stop' });
  });

  it('by counting calls from a billion are served in the order of their numbers', async () => {
    const model = scriptedModel([
      [...calls(1e9, 'echo', { text: 'b' }), ...calls(3, 'echo', { text: 'a' }), finish('tool-calls')],
      answers('fine'),
    ]);
    const result = await agent({ model, tools: { echo } }).run('go');
    expect(result.messages.slice(2, 4).map((message) => message.content)).toEqual(['a', 'b']);
  });
});
