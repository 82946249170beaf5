import { describe, expect, test } from 'vitest';
import {
  checkToolChoice,
  type Target,
  toolChoiceBack,
  toolChoiceStage,
  truncationStage,
} from '../../src/conform/index.ts';
import type { Message, ModelRequest, Note, StreamEvent } from '../../src/core/index.ts';
import { hostProfile, modelProfile } from '../../src/profiles/index.ts';

const user: Message = { role: 'user', content: 'hi' };
const tools = [{ name: 'run' }, { name: 'look' }];
const called: readonly Message[] = [
  user,
  { role: 'assistant', content: '', toolCalls: [{ id: 'functions.run:0', name: 'run', arguments: '{}' }] },
  { role: 'tool', toolCallId: 'functions.run:0', content: 'done' },
];

function to(host: string | undefined, model?: string, protocol: Target['protocol'] = 'openai-chat'): Target {
  const profile = host === undefined ? undefined : hostProfile(host);
  const modelOf = model === undefined ? undefined : modelProfile(model);
  return {
    modelId: model ?? 'm',
    protocol,
    ...(profile && { host: profile }),
    ...(modelOf && { model: modelOf }),
  };
}

function stage(request: Partial<ModelRequest>, target: Target) {
  const notes: Note[] = [];
  const whole: ModelRequest = { messages: [user], tools, ...request };
  return { whole, sent: toolChoiceStage(whole, target, (note) => notes.push(note)), notes };
}

describe('a forced call', () => {
  test('of one tool is an instruction where the Anthropic protocol of the host names none', () => {
    const ask = { toolChoice: { name: 'run' }, thinking: 'off' } as const;
    const chat = stage(ask, to('moonshot', 'kimi-k2.6'));
    expect(chat.sent).toBe(chat.whole);
    const { sent, notes } = stage(ask, to('moonshot', 'kimi-k2.6', 'anthropic-messages'));
    // Whether it heeds `any` without thinking is not known.
    expect(sent.toolChoice).toBe('auto');
    expect(stage(ask, to('moonshot', 'kimi-k3', 'anthropic-messages')).sent.toolChoice).toBe('required');
    expect(sent.messages.at(-1)?.content).toContain('"run"');
    expect(notes.map(({ action }) => action)).toEqual(['emulated']);
  });

  test.each([
    ['moonshot', 'kimi-k2.6', 'on', 'auto', 'auto'],
    ['moonshot', 'kimi-k2.6', undefined, 'auto', 'auto'],
    ['moonshot', 'kimi-k2.7-code', undefined, 'auto', 'auto'],
    ['moonshot', 'kimi-k2.6', 'off', 'required', { name: 'run' }],
    ['moonshot', 'kimi-k3', undefined, 'required', 'required'],
    ['openrouter', 'kimi-k2.6', undefined, 'auto', 'auto'],
    ['vllm', 'kimi-k2.6', undefined, 'required', { name: 'run' }],
    ['together', 'kimi-k2-0905-preview', undefined, 'auto', { name: 'run' }],
    ['ollama', undefined, undefined, 'auto', 'auto'],
    [undefined, undefined, undefined, 'required', { name: 'run' }],
    [undefined, undefined, 'off', 'required', { name: 'run' }],
    [undefined, undefined, 'on', 'auto', 'auto'],
    ['moonshot', undefined, 'keep', 'auto', 'auto'],
    ['vllm', undefined, 'on', 'required', { name: 'run' }],
  ] as const)('%s, %s, thinking %s', (host, model, thinking, required, named) => {
    const asked = thinking === undefined ? {} : { thinking };
    expect(stage({ ...asked, toolChoice: 'required' }, to(host, model)).sent.toolChoice).toBe(required);
    const { sent } = stage({ ...asked, toolChoice: { name: 'run' } }, to(host, model));
    expect(sent.toolChoice).toEqual(named);
  });

  test('that a prompt cannot say is always told in words', () => {
    expect(stage({ toolChoice: 'required' }, to('vllm', 'kimi-k2.6', 'completions')).sent.toolChoice).toBe(
      'auto',
    );
  });

  test('is told behind the conversation; history and tools stay as they are', () => {
    const { sent, whole, notes } = stage({ toolChoice: { name: 'run' } }, to('moonshot', 'kimi-k2.6'));
    expect(sent.messages.slice(0, -1)).toEqual(whole.messages);
    expect(sent.messages[0]).toBe(whole.messages[0]);
    expect(sent.messages.at(-1)).toEqual({ role: 'user', content: expect.stringContaining('"run"') });
    expect(sent.tools).toBe(whole.tools);
    expect(sent.thinking).toBeUndefined();
    expect(notes).toMatchObject([{ stage: 'tool-choice', action: 'emulated' }]);
  });

  test('is told before the beginning of an answer that is to be continued', () => {
    const begun: Message = { role: 'assistant', content: 'I' };
    const { sent } = stage({ messages: [user, begun], toolChoice: 'required' }, to('moonshot', 'kimi-k2.6'));
    expect(sent.messages.map(({ role }) => role)).toEqual(['user', 'user', 'assistant']);
  });

  test('where nothing has to change the request is the same object', () => {
    for (const toolChoice of [undefined, 'auto', 'none', 'required'] as const) {
      const { sent, whole, notes } = stage(toolChoice ? { toolChoice } : {}, to('vllm'));
      expect(sent).toBe(whole);
      expect(notes).toEqual([]);
    }
  });

  test('without tools, or of a tool that is not declared, is an invalid request', () => {
    const wrong = { code: 'invalid-request', param: 'tool_choice' };
    expect(() => stage({ tools: [], toolChoice: 'required' }, to('vllm'))).toThrow(
      expect.objectContaining(wrong),
    );
    expect(() => stage({ toolChoice: { name: 'x' } }, to('vllm'))).toThrow(expect.objectContaining(wrong));
    expect(() => checkToolChoice({ messages: [], toolChoice: { name: 'x' }, tools })).toThrow('"x"');
    expect(() => checkToolChoice({ messages: [], toolChoice: 'auto' })).not.toThrow();
  });

  test('that is softened needs no tools, and then no instruction', () => {
    const request = { tools: [], toolChoice: { name: 'run' }, thinking: 'on' } as const;
    const { sent, whole } = stage(request, to('moonshot', 'kimi-k2.6'));
    expect(sent.toolChoice).toBe('auto');
    expect(sent.messages).toBe(whole.messages);
  });
});

describe('none', () => {
  test('takes the tools away where it is ignored', () => {
    const { sent, notes } = stage({ toolChoice: 'none' }, to('fireworks', 'kimi-k2.5'));
    expect(sent).toEqual({ messages: [user] });
    expect(notes).toHaveLength(1);
  });

  test('keeps them where calls stand in the history, and everywhere else', () => {
    for (const [messages, host] of [
      [called, 'together'],
      [[user], 'moonshot'],
      [[user], 'openrouter'],
    ] as const) {
      const { sent, whole } = stage({ messages, toolChoice: 'none' }, to(host, 'kimi-k2.6'));
      expect(sent).toBe(whole);
    }
  });
});

const start = (index: number, name: string): StreamEvent => ({
  type: 'tool-call-start',
  index,
  id: `functions.${name}:${index}`,
  name,
});
const delta = (index: number): StreamEvent => ({ type: 'tool-call-delta', index, delta: '{}' });
const end = (index: number): StreamEvent => ({ type: 'tool-call-end', index });
const call = (index: number, name: string) => [start(index, name), delta(index), end(index)];
const text: StreamEvent = { type: 'text-delta', delta: 'a' };
const finish: StreamEvent = { type: 'finish', reason: 'tool-calls' };
const cut: StreamEvent = {
  type: 'tool-call-invalid',
  reason: 'cut',
  index: 1,
  rawId: '',
  name: 'look',
  arguments: '',
};

function back(request: Partial<ModelRequest>, events: readonly StreamEvent[]) {
  const notes: Note[] = [];
  const whole = { messages: [user], tools, ...request };
  const filter = toolChoiceBack(whole, whole, to(undefined), (note) => notes.push(note));
  const out: StreamEvent[] = [];
  for (const event of events) filter!.push(event, out);
  return { out, actions: notes.map(({ action }) => action) };
}

describe('an answer is held to what was asked', () => {
  test('where nothing was asked there is no stage', () => {
    for (const toolChoice of [undefined, 'auto', 'required'] as const) {
      const request = { messages: [], tools, ...(toolChoice && { toolChoice }) };
      expect(toolChoiceBack(request, request, to(undefined), () => {})).toBeUndefined();
    }
  });

  test('none: calls are dropped, and the answer just stopped', () => {
    const { out, actions } = back({ toolChoice: 'none' }, [text, ...call(0, 'run'), finish]);
    expect(out).toEqual([text, { type: 'finish', reason: 'stop' }]);
    expect(actions).toEqual(['dropped']);
  });

  test('a named tool: calls of others are dropped, the rest is counted anew', () => {
    const events = [start(0, 'look'), start(1, 'run'), delta(0), delta(1), end(0), end(1), finish];
    const { out } = back({ toolChoice: { name: 'run' } }, events);
    expect(out).toEqual([{ ...start(1, 'run'), index: 0 }, delta(0), end(0), finish]);
  });

  test('a named tool that has another name on the host', () => {
    const original = { messages: [], tools, toolChoice: { name: 'look' } };
    const sent = { ...original, tools: [{ name: 'run' }, { name: 'look_1' }] };
    const out: StreamEvent[] = [];
    toolChoiceBack(original, sent, to(undefined), () => {})!.push(start(0, 'look_1'), out);
    expect(out).toHaveLength(1);
  });

  test('single calls: the first is passed on as it comes, what was begun after it is dropped', () => {
    const events = [start(0, 'run'), start(1, 'look'), delta(1), delta(0), end(1), end(0), finish];
    const { out, actions } = back({ parallelToolCalls: false }, events);
    expect(out).toEqual([...call(0, 'run'), finish]);
    expect(out[0]).toBe(events[0]);
    expect(actions).toEqual(['dropped']);
  });

  test('single calls: that a dropped call was cut is nothing to the client', () => {
    const events = [
      ...call(0, 'run'),
      start(1, 'look'),
      cut,
      { type: 'finish', reason: 'length', truncated: true },
    ];
    expect(back({ parallelToolCalls: false }, events as StreamEvent[]).out).toEqual([
      ...call(0, 'run'),
      finish,
    ]);
  });
});

describe('a call that the budget cut', () => {
  const unfinished: StreamEvent = {
    type: 'tool-call-invalid',
    reason: 'invalid-arguments',
    index: 0,
    rawId: '',
    name: 'run',
    arguments: '{"a": "b',
  };
  const usage = (outputTokens: number) => ({ inputTokens: 5, cachedInputTokens: 0, outputTokens });

  function last(request: Partial<ModelRequest>, finishWith: Partial<StreamEvent>, event = unfinished) {
    const notes: Note[] = [];
    const whole = { messages: [user], tools, ...request };
    const check = truncationStage(whole, whole, to(undefined), (note) => notes.push(note))!;
    const out: StreamEvent[] = [];
    const input = [start(0, 'run'), event, { ...finish, ...finishWith } as StreamEvent];
    for (const one of input) check.push(one, out);
    return { out: out.slice(-2), input: input.slice(-2), notes };
  }

  test('is cut also where the host says that calls were made', () => {
    for (const told of [{}, { usage: usage(100) }, { usage: usage(0) }]) {
      const { out, notes } = last({ maxTokens: 100 }, told);
      expect(out).toMatchObject([{ reason: 'cut' }, { reason: 'length', truncated: true }]);
      expect(notes).toMatchObject([{ stage: 'truncation', action: 'cut' }]);
    }
  });

  test('is cut where nothing is known of room, neither a limit nor a count', () => {
    for (const told of [{}, { usage: usage(0) }]) {
      const { out } = last({}, told);
      expect(out).toMatchObject([{ reason: 'cut' }, { reason: 'length', truncated: true }]);
    }
  });

  test('is only wrong where there was room left, or where a count has no limit to reach', () => {
    for (const request of [{ maxTokens: 100 }, {}]) {
      const { out, input } = last(request, { usage: usage(20) });
      expect(out).toEqual(input);
    }
  });

  test('is only wrong where its brackets are closed', () => {
    const { out, input } = last({ maxTokens: 100 }, {}, {
      ...unfinished,
      arguments: '{"a": b}',
    } as typeof unfinished);
    expect(out).toEqual(input);
  });

  test('is cut inside of a string that holds its object', () => {
    const { out } = last({ maxTokens: 100 }, {}, {
      ...unfinished,
      arguments: '"{\\"a\\": \\"b',
    } as typeof unfinished);
    expect(out).toMatchObject([{ reason: 'cut' }, { reason: 'length', truncated: true }]);
  });

  describe('before its arguments, though its tool needs some', () => {
    const parameters = { type: 'object', properties: { a: {} }, required: ['a'] };
    function bare(maxTokens: number, told: Partial<StreamEvent>, deltas = ['{}']) {
      const whole = { messages: [user], tools: [{ name: 'run', parameters }, { name: 'look' }], maxTokens };
      const check = truncationStage(whole, whole, to(undefined), () => {})!;
      const written = deltas.map((delta) => ({ type: 'tool-call-delta', index: 0, delta }) as const);
      const input = [start(0, 'run'), ...written, end(0), { ...finish, ...told } as StreamEvent];
      const out: StreamEvent[] = [];
      for (const one of input) check.push(one, out);
      return { out, input };
    }

    test('is not handed out as one with an empty object', () => {
      const { out } = bare(100, { usage: usage(100) } as Partial<StreamEvent>);
      expect(out).toEqual([
        start(0, 'run'),
        {
          type: 'tool-call-invalid',
          reason: 'cut',
          index: 0,
          rawId: 'functions.run:0',
          name: 'run',
          arguments: '',
        },
        { ...finish, usage: usage(100), reason: 'length', truncated: true },
      ]);
    });

    test.each([
      ['the host counted room left', { usage: usage(20) }, ['{}']],
      ['the host counted nothing', {}, ['{', '}']],
      ['there are arguments', { usage: usage(100) }, ['{', '"a":', '1}']],
    ])('but passes as it came where %s', (_, told, deltas) => {
      const { out, input } = bare(100, told as Partial<StreamEvent>, deltas);
      expect(out).toEqual(input);
    });
  });
});
