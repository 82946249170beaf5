import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type AskAgainOptions, askingAgain, type Target } from '../../src/conform/index.ts';
import {
  type Message,
  type ModelRequest,
  modelStream,
  type Note,
  PerigeeError,
  type StreamEvent,
  type StreamOptions,
  TurnAssembler,
} from '../../src/core/index.ts';
import { hostProfile, modelProfile } from '../../src/profiles/index.ts';
import { type ScriptEntry, scripted } from '../../src/replay/index.ts';

const user: Message = { role: 'user', content: 'hi' };
const parameters = { type: 'object', properties: { n: { type: 'integer' } }, required: ['n'] };
const tools = [{ name: 'run', parameters }, { name: 'look' }];
const usage = { inputTokens: 10, cachedInputTokens: 4, outputTokens: 100 };
const K26: Target = { modelId: 'm', protocol: 'openai-chat', ...profiles('moonshot', 'kimi-k2.6') };
const VLLM: Target = { modelId: 'm', protocol: 'openai-chat', ...profiles('vllm', 'kimi-k2.6') };

function profiles(host: string, model: string) {
  return { host: hostProfile(host)!, model: modelProfile(model)! };
}

function calls(...texts: readonly string[]): string {
  const inner = texts.map((text, at) => {
    const [name, args] = text.split(' ', 2);
    return `<|tool_call_begin|>functions.${name}:${at}<|tool_call_argument_begin|>${args}<|tool_call_end|>`;
  });
  return `<|tool_calls_section_begin|>${inner.join('')}<|tool_calls_section_end|>`;
}

const cutCall = {
  text: '<|tool_calls_section_begin|><|tool_call_begin|>functions.run:0<|tool_call_argument_begin|>{"n":',
  finishReason: 'length',
  usage,
};

async function ask(
  entries: readonly ScriptEntry[],
  request: Partial<ModelRequest>,
  { target = K26, ...options }: AskAgainOptions & { target?: Target } = {},
  streamOptions: StreamOptions = {},
) {
  const model = scripted(entries, { chunkSize: 7 });
  const notes: Note[] = [];
  const whole = { messages: [user], tools, ...request };
  const stream = askingAgain(model, target, options).stream(whole, {
    onNote: (note) => notes.push(note),
    ...streamOptions,
  });
  const events: StreamEvent[] = [];
  const assembler = new TurnAssembler();
  let error: unknown;
  try {
    for await (const event of stream) {
      events.push(event);
      assembler.push(event);
    }
  } catch (thrown) {
    error = thrown;
  }
  const finishes = events.filter(({ type }) => type === 'finish').length;
  const actions = notes.map(({ stage, action }) => `${stage}:${action}`);
  return { model, events, turn: assembler.turn(), finishes, actions, error };
}

test('a reminder calls the tool as the model knows it', async () => {
  const { model } = await ask(['No.', calls('run_x {}')], {
    tools: [{ name: 'run.x' }],
    toolChoice: { name: 'run.x' },
  });
  const last = model.requests[1]?.messages.at(-1);
  expect(last?.content).toContain('No such call was made.');
  expect(last?.content).toContain('"run_x"');
});

describe('a request that none of this concerns', () => {
  test.each([
    ['no tools', { tools: [], toolChoice: 'none' }, K26, { whole: true }],
    ['no choice', {}, K26, {}],
    ['a choice that the host sees to', { toolChoice: 'required' }, VLLM, {}],
    ['no calls', { toolChoice: 'none' }, K26, { whole: true }],
  ] as const)('gets the stream of the model itself: %s', (_, request, target, streamOptions) => {
    const inner = scripted(['a']).stream({ messages: [] });
    const model = askingAgain({ id: 'm', stream: () => inner }, target);
    expect(model.stream({ messages: [user], tools, ...request }, streamOptions)).toBe(inner);
  });

  test('an impossible choice is an invalid request, before anything is sent', async () => {
    const { error, model } = await ask(['a'], { tools: [], toolChoice: 'required' });
    expect(error).toMatchObject({ code: 'invalid-request', param: 'tool_choice' });
    expect(model.requests).toEqual([]);
  });
});

describe('an answer without the forced call', () => {
  test('is asked again with a reminder, and its text is not shown', async () => {
    const entries = [
      { text: '<think>hm</think>No.', usage },
      { text: calls('run {"n":1}'), usage },
    ];
    const { turn, model, finishes, actions } = await ask(entries, { toolChoice: { name: 'run' } });
    expect(turn).toMatchObject({ content: '', reasoning: 'hm', finishReason: 'tool-calls' });
    expect(turn.calls.map(({ name }) => name)).toEqual(['run']);
    expect(turn.usage).toEqual({ inputTokens: 20, cachedInputTokens: 8, outputTokens: 200 });
    expect(model.requests[1]!.messages).toEqual([
      user,
      { role: 'assistant', content: 'No.', reasoning: 'hm' },
      { role: 'user', content: expect.stringContaining('"run"') },
    ]);
    expect(finishes).toBe(1);
    expect(actions).toEqual(['tool-choice:asked-again']);
  });

  test('that is still not obeyed is handed out as it is', async () => {
    const { turn, finishes, actions } = await ask(['One.', 'Two.'], { toolChoice: 'required' });
    expect(turn).toMatchObject({ content: 'Two.', calls: [], finishReason: 'stop' });
    expect(finishes).toBe(1);
    expect(actions).toEqual(['tool-choice:asked-again', 'tool-choice:not-obeyed']);
  });

  test('is not asked again where the budget ended it', async () => {
    const { turn, actions } = await ask([{ text: 'One', finishReason: 'length' }], {
      toolChoice: 'required',
    });
    expect(turn).toMatchObject({ content: 'One', finishReason: 'length' });
    expect(actions).toEqual(['tool-choice:not-obeyed']);
  });

  test('an empty answer leaves no empty message behind', async () => {
    const { model } = await ask(['', calls('run {"n":1}')], { toolChoice: 'required' });
    expect(model.requests[1]!.messages.map(({ role }) => role)).toEqual(['user', 'user']);
  });

  test('a failure of the second attempt does not lose the first', async () => {
    const fail = () => {
      throw new PerigeeError('overloaded', 'Busy.');
    };
    const { turn, error, actions } = await ask(['One.', fail], { toolChoice: 'required' });
    expect(error).toBeUndefined();
    expect(turn).toMatchObject({ content: 'One.', finishReason: 'stop' });
    expect(actions).toEqual(['tool-choice:asked-again', 'ask-again:failed']);
  });
});

test('text before the forced call is released with it, in order; reasoning at once; the rest live', async () => {
  const inner = scripted([`<think>why</think>First.${calls('run {"n":1}')}`], { chunkSize: 5 });
  const batches: (readonly StreamEvent[])[] = [];
  const stream = askingAgain(inner, K26).stream({ messages: [user], tools, toolChoice: 'required' });
  for await (const batch of stream.batches()) batches.push(batch);
  const types = batches.map((batch) => batch.map(({ type }) => type));
  const first = types.findIndex((batch) => batch.includes('text-delta'));
  expect(
    types
      .slice(0, first)
      .flat()
      .every((type) => type === 'reasoning-delta'),
  ).toBe(true);
  expect(first).toBeGreaterThan(0);
  expect(types[first]).toContain('tool-call-start');
  expect(types.slice(first + 1).flat()).toContain('tool-call-delta');
});

describe('wrong arguments', () => {
  test('are not asked about unless that was opted into', async () => {
    const { turn, model } = await ask([calls('run {"n":"x"}')], {});
    expect(model.requests).toHaveLength(1);
    expect(turn.calls[0]!.arguments).toBe('{"n":"x"}');
  });

  test('come back to the model as the result of their call, and only the last turn is handed out', async () => {
    const entries = [
      { text: `Go.${calls('look {}', 'run {"n":"x"}')}`, usage },
      { text: calls('run {"n":1}'), usage },
    ];
    const { turn, model, finishes, events, actions } = await ask(entries, {}, { argumentRetries: 1 });
    expect(turn.calls.map(({ name, arguments: text }) => [name, text])).toEqual([['run', '{"n":1}']]);
    expect(events.filter(({ type }) => type === 'tool-call-start')).toHaveLength(1);
    expect(turn.usage?.outputTokens).toBe(200);
    expect(finishes).toBe(1);
    expect(actions).toEqual(['arguments:asked-again']);
    const [, assistant, ...results] = model.requests[1]!.messages;
    expect(assistant).toMatchObject({
      role: 'assistant',
      content: 'Go.',
      toolCalls: [{ name: 'look' }, { name: 'run' }],
    });
    expect(results).toMatchObject([
      { role: 'tool', toolCallId: 'functions.look:0', content: expect.stringContaining('Not run') },
      {
        role: 'tool',
        toolCallId: 'functions.run:1',
        content: expect.stringContaining('n must be an integer'),
      },
    ]);
  });

  test('that stay wrong are handed out honestly', async () => {
    const entries = [calls('run {"n":'), calls('run {"n":}')];
    const { turn, model, finishes } = await ask(entries, {}, { argumentRetries: 1 });
    expect(model.requests).toHaveLength(2);
    expect(turn.calls).toMatchObject([{ arguments: '{"n":}', problem: 'invalid-arguments' }]);
    expect(finishes).toBe(1);
  });

  test('right ones are released once they are checked', async () => {
    const { turn, model } = await ask([`Go.${calls('run {"n":1}')}`], {}, { argumentRetries: 1 });
    expect(model.requests).toHaveLength(1);
    expect(turn).toMatchObject({ content: 'Go.', finishReason: 'tool-calls', calls: [{ name: 'run' }] });
  });
});

describe('a call that was cut', () => {
  test('is asked for again with twice the budget where nothing was shown', async () => {
    const entries = [cutCall, { text: calls('run {"n":1}'), usage }];
    const { turn, model, actions, finishes } = await ask(entries, { maxTokens: 100 }, {}, { whole: true });
    expect(model.requests.map(({ maxTokens }) => maxTokens)).toEqual([100, 200]);
    expect(model.requests[1]!.messages).toEqual([user]);
    expect(turn).toMatchObject({ finishReason: 'tool-calls', truncated: false, calls: [{ name: 'run' }] });
    expect(turn.usage?.outputTokens).toBe(200);
    expect(finishes).toBe(1);
    expect(actions).toEqual(['truncation:retried']);
  });

  test('within what host and window allow, or else not at all', async () => {
    const budgets = async (target: Target, maxTokens: number) => {
      const { model } = await ask([cutCall, cutCall], { maxTokens }, { target }, { whole: true });
      return model.requests.map((request) => request.maxTokens);
    };
    expect(await budgets({ ...K26, maxOutput: 150 }, 100)).toEqual([100, 150]);
    expect(await budgets({ ...K26, contextWindow: 130 }, 100)).toEqual([100, 120]);
    expect(await budgets({ ...K26, maxOutput: 100 }, 100)).toEqual([100]);
  });

  test('again is handed out as cut', async () => {
    const { turn, finishes, model } = await ask([cutCall, cutCall], { maxTokens: 100 }, {}, { whole: true });
    expect(model.requests).toHaveLength(2);
    expect(turn).toMatchObject({ finishReason: 'length', truncated: true, calls: [], cut: { name: 'run' } });
    expect(finishes).toBe(1);
  });

  test('is not asked for again while a client watches', async () => {
    const { turn, model } = await ask([cutCall], { maxTokens: 100 });
    expect(model.requests).toHaveLength(1);
    expect(turn.finishReason).toBe('length');
  });

  test('an answer that broke is told of as far as it came, if that is shown to nobody: it was paid for', async () => {
    const broken = new PerigeeError('stream-cut', 'It broke.');
    async function* batches(): AsyncGenerator<readonly StreamEvent[]> {
      yield [{ type: 'text-delta', delta: 'long' }];
      yield [{ type: 'tool-call-start', index: 0, id: 'functions.run:0', name: 'run' }];
      throw broken;
    }
    const model = askingAgain({ id: 'm', stream: () => modelStream(batches) }, K26);
    const events: StreamEvent[] = [];
    const read = async () => {
      const stream = model.stream({ messages: [user], tools }, { whole: true });
      for await (const event of stream) events.push(event);
    };
    await expect(read()).rejects.toBe(broken);
    expect(events.map(({ type }) => type)).toEqual(['text-delta', 'tool-call-start']);
  });

  test('what is no event is an error behind what came before it, and the model is left', async () => {
    let left = false;
    async function* batches() {
      try {
        yield [{ type: 'text-delta', delta: 'long' }] as StreamEvent[];
        yield [undefined] as unknown as StreamEvent[];
      } finally {
        left = true;
      }
    }
    const model = askingAgain({ id: 'm', stream: () => modelStream(batches) }, K26);
    const events: StreamEvent[] = [];
    const read = async () => {
      const stream = model.stream({ messages: [user], tools }, { whole: true });
      for await (const event of stream) events.push(event);
    };
    await expect(read()).rejects.toThrow(TypeError);
    expect([events, left]).toEqual([[{ type: 'text-delta', delta: 'long' }], true]);
  });

  test('whoever leaves while an answer is awaited hears no more of it', async () => {
    let breakOff: (error: unknown) => void = () => {};
    const broken = new Promise<never>((_, reject) => {
      breakOff = reject;
    });
    async function* batches() {
      yield [{ type: 'text-delta', delta: 'long' }] as StreamEvent[];
      await broken;
    }
    const model = askingAgain({ id: 'm', stream: () => modelStream(batches) }, K26);
    const answer = model.stream({ messages: [user], tools }, { whole: true }).batches();
    const iterator = answer[Symbol.asyncIterator]();
    expect(await iterator.next()).toEqual({ done: false, value: [] });
    const asked = iterator.next();
    const left = iterator.return!();
    breakOff(new PerigeeError('overloaded', 'too late'));
    await left;
    expect([await asked, await iterator.next()]).toEqual(Array(2).fill({ done: true, value: undefined }));
  });

  test('a cancelled request stays cancelled', async () => {
    const controller = new AbortController();
    const abort = () => {
      controller.abort();
      return 'late';
    };
    const { error } = await ask(
      [cutCall, abort],
      { maxTokens: 9 },
      {},
      { whole: true, signal: controller.signal },
    );
    expect(error).toMatchObject({ code: 'aborted' });
  });
});

test('an answer that stands comes out as it came, however its events were batched', async () => {
  const answer: StreamEvent[] = [
    { type: 'reasoning-delta', delta: 'r' },
    { type: 'text-delta', delta: 'a' },
    { type: 'text-delta', delta: 'b' },
    { type: 'tool-call-start', index: 0, id: 'functions.run:0', name: 'run' },
    { type: 'tool-call-delta', index: 0, delta: '{"n":1}' },
    { type: 'tool-call-end', index: 0 },
    { type: 'finish', reason: 'tool-calls' },
  ];
  const options = fc.constantFrom<[Partial<ModelRequest>, AskAgainOptions, StreamOptions]>(
    [{ toolChoice: 'required' }, {}, {}],
    [{}, { argumentRetries: 1 }, {}],
    [{}, {}, { whole: true }],
  );
  await fc.assert(
    fc.asyncProperty(
      options,
      fc.subarray([1, 2, 3, 4, 5, 6]),
      async ([asked, retries, streamOptions], cuts) => {
        const places = [0, ...cuts, answer.length];
        const model = {
          id: 'm',
          stream: () =>
            modelStream(async function* () {
              for (const [at, to] of places.entries()) if (at > 0) yield answer.slice(places[at - 1], to);
            }),
        };
        const events: StreamEvent[] = [];
        const request = { messages: [user], tools, ...asked };
        for await (const event of askingAgain(model, K26, retries).stream(request, streamOptions))
          events.push(event);
        expect(events).toEqual(answer);
      },
    ),
    { numRuns: 400 },
  );
});

test('whoever waits for a sign of life gets it at once, also while all of the answer is held back', async () => {
  const model = scripted([{ text: 'a text', usage }], { chunkSize: 2 });
  const stream = askingAgain(model, K26).stream({ messages: [user], tools }, { whole: true });
  const batches: number[] = [];
  for await (const batch of stream.batches()) batches.push(batch.length);
  expect(batches[0]).toBe(0);
  expect(batches).toHaveLength(2);
});
