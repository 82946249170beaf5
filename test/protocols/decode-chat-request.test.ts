import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { PerigeeError } from '../../src/core/index.ts';
import { chatFront } from '../../src/protocols/index.ts';

const USER = { role: 'user', content: 'Hi' };

function decode(fields: Record<string, unknown>) {
  return chatFront.decodeRequest({ model: 'kimi', messages: [USER], ...fields });
}

function history(...messages: unknown[]) {
  return decode({ messages }).request.messages;
}

/** The error of a request that must be refused. */
function refusal(fields: Record<string, unknown>): PerigeeError {
  try {
    decode(fields);
  } catch (error) {
    if (error instanceof PerigeeError) return error;
    throw error;
  }
  throw new Error('the request was taken');
}

test('the smallest request is its messages, and the protocol that unknown fields belong to', () => {
  expect(decode({})).toEqual({
    model: 'kimi',
    stream: false,
    request: { messages: [USER], extraProtocol: 'openai-chat' },
    reply: { includeUsage: undefined, legacy: false, custom: new Set(), showReasoning: true },
  });
});

test('content may be an array in every role, and one text is as good as its string', () => {
  const parts = [{ type: 'text', text: 'a' }];
  expect(
    history(
      { role: 'system', content: parts },
      { role: 'developer', content: ['b', { text: 'c' }] },
      { role: 'user', name: 'Ann', content: [...parts, { type: 'image_url', image_url: { url: 'data:x' } }] },
      {
        role: 'user',
        content: [
          { type: 'image_url', image_url: 'data:y' },
          { type: 'video_url', video_url: { url: 'ms://1' } },
        ],
      },
      { role: 'assistant', content: [{ type: 'refusal', refusal: 'No.' }] },
      {
        role: 'assistant',
        content: [
          { type: 'thinking', thinking: 'hm' },
          { type: 'text', text: 'Yes.' },
        ],
      },
      { role: 'assistant', content: null, refusal: 'Never.', parsed: null, audio: null, annotations: [] },
      { role: 'tool', tool_call_id: 7, content: parts },
      { role: 'tool', tool_call_id: 'x', content: null },
      { role: 'user', content: [] },
    ),
  ).toEqual([
    { role: 'system', content: 'a' },
    {
      role: 'system',
      content: [
        { type: 'text', text: 'b' },
        { type: 'text', text: 'c' },
      ],
    },
    {
      role: 'user',
      name: 'Ann',
      content: [
        { type: 'text', text: 'a' },
        { type: 'image', url: 'data:x' },
      ],
    },
    {
      role: 'user',
      content: [
        { type: 'image', url: 'data:y' },
        { type: 'video', url: 'ms://1' },
      ],
    },
    { role: 'assistant', content: 'No.' },
    { role: 'assistant', content: 'Yes.', reasoning: 'hm' },
    { role: 'assistant', content: 'Never.' },
    { role: 'tool', toolCallId: '7', content: 'a' },
    { role: 'tool', toolCallId: 'x', content: '' },
    { role: 'user', content: '' },
  ]);
});

test('calls of the history keep their ids and the bytes of their arguments', () => {
  const odd = '{"a": 1.0,\n "b":"\\u00e9"}';
  const calls = [
    { index: 0, id: 'call_1', type: 'function', function: { name: 'f', arguments: odd } },
    { id: '', function: { name: 'g', arguments: { parsed: true } } },
    { id: 3, type: 'function', function: { name: 'h' } },
    { id: 'c', type: 'custom', custom: { name: 'patch', input: 'a\n"b"' } },
  ];
  expect(history({ role: 'assistant', content: '', tool_calls: calls })).toEqual([
    {
      role: 'assistant',
      content: '',
      toolCalls: [
        { id: 'call_1', name: 'f', arguments: odd },
        { id: '', name: 'g', arguments: '{"parsed":true}' },
        { id: '3', name: 'h', arguments: '{}' },
        { id: 'c', name: 'patch', arguments: '{"input":"a\\n\\"b\\""}' },
      ],
    },
  ]);
  expect(history({ role: 'assistant', content: 'x', tool_calls: null })).toEqual([
    { role: 'assistant', content: 'x' },
  ]);
  expect(history({ role: 'assistant', content: 'x', tool_calls: [] })).toEqual([
    { role: 'assistant', content: 'x' },
  ]);
});

test('results whose id a client lost are taken, since they can be matched later', () => {
  expect(
    history(
      { role: 'tool', content: 'a' },
      { role: 'tool', tool_call_id: null, content: 'b' },
      { role: 'tool', tool_call_id: '', name: 'run', content: 'c' },
      { role: 'function', name: 'run', content: 'd' },
    ),
  ).toEqual([
    { role: 'tool', toolCallId: '', content: 'a' },
    { role: 'tool', toolCallId: '', content: 'b' },
    { role: 'tool', toolCallId: '', name: 'run', content: 'c' },
    { role: 'tool', toolCallId: '', name: 'run', content: 'd' },
  ]);
});

test('reasoning is found under every name; a blank stands where a client lost it', () => {
  const one = (fields: object) => history({ role: 'assistant', content: 'x', ...fields })[0];
  const expected = { role: 'assistant', content: 'x', reasoning: 'I think' };
  expect(one({ reasoning_content: 'I think' })).toEqual(expected);
  expect(one({ reasoning: 'I think' })).toEqual(expected);
  expect(one({ reasoning_content: null, reasoning: 'I think' })).toEqual(expected);
  expect(
    one({
      reasoning_details: [
        { type: 'reasoning.text', text: 'I ', signature: 's' },
        { type: 'reasoning.summary', summary: 'think' },
      ],
    }),
  ).toEqual({ ...expected, reasoningSignature: 's' });
  for (const blank of ['', ' ', null])
    expect(one({ reasoning_content: blank })).toEqual({ role: 'assistant', content: 'x' });
});

test('the text and the calls of one answer may come as two messages, but never two thoughts as one', () => {
  const calls = [{ id: 'c', type: 'function', function: { name: 'f', arguments: '{}' } }];
  const toolCalls = [{ id: 'c', name: 'f', arguments: '{}' }];
  const both = (first: object, second: object) =>
    history(
      { role: 'assistant', content: 'x', ...first },
      { role: 'assistant', content: null, tool_calls: calls, ...second },
    );
  const whole = { role: 'assistant', content: 'x', reasoning: 'I think', toolCalls };
  const thought = { reasoning_content: 'I think' };
  expect(both(thought, {})).toEqual([whole]);
  expect(both({}, thought)).toEqual([whole]);
  expect(both(thought, thought)).toEqual([whole]);
  expect(both(thought, { reasoning_content: 'I think again' })).toEqual([
    { role: 'assistant', content: 'x', reasoning: 'I think' },
    { role: 'assistant', content: '', reasoning: 'I think again', toolCalls },
  ]);
});

test('functions of old clients are tools, and their results find their calls', () => {
  const { request, reply } = decode({
    functions: [{ name: 'f', parameters: { type: 'object' } }],
    function_call: { name: 'f' },
    messages: [
      USER,
      { role: 'assistant', content: null, function_call: { name: 'f', arguments: '{"n":1}' } },
      { role: 'function', name: 'f', content: 'one' },
      { role: 'assistant', content: null, function_call: { name: 'f', arguments: '{"n":2}' } },
      { role: 'function', name: 'f', content: 'two' },
    ],
  });
  expect(reply.constructor).toBe(Object);
  expect(reply).toMatchObject({ legacy: true });
  expect(request).toMatchObject({
    tools: [{ name: 'f', parameters: { type: 'object' } }],
    toolChoice: { name: 'f' },
    parallelToolCalls: false,
    messages: [
      USER,
      { toolCalls: [{ id: 'functions.f:0', arguments: '{"n":1}' }] },
      { role: 'tool', toolCallId: 'functions.f:0', content: 'one' },
      { toolCalls: [{ id: 'functions.f:1', arguments: '{"n":2}' }] },
      { role: 'tool', toolCallId: 'functions.f:1', content: 'two' },
    ],
  });
});

test('tools come in every form; what a host would have to run is refused', () => {
  const grammar = { type: 'grammar', grammar: { syntax: 'lark', definition: 'start: "x"' } };
  const { request, reply } = decode({
    tools: [
      {
        type: 'function',
        function: { name: 'a', description: 'A.', parameters: { type: 'object' }, strict: null },
      },
      { type: 'function', function: { name: 'b', strict: true } },
      { type: 'function', name: 'flat', parameters: null },
      { function: { name: 'typeless', strict: false } },
      { type: 'custom', custom: { name: 'patch', description: 'Patches.', format: grammar } },
    ],
  });
  expect(request.tools).toEqual([
    { name: 'a', description: 'A.', parameters: { type: 'object' } },
    { name: 'b', strict: true },
    { name: 'flat' },
    { name: 'typeless', strict: false },
    {
      name: 'patch',
      description: 'Patches.\n\nThe input must match this grammar (lark):\nstart: "x"',
      parameters: expect.objectContaining({ required: ['input'] }),
    },
  ]);
  expect(reply).toMatchObject({ custom: new Set(['patch']) });
  // What no text can be made of is no syntax; a failure of our own would be the answer otherwise.
  const odd = { type: 'grammar', syntax: { toString: 1 }, definition: 'start: "x"' };
  const [tool] = decode({ tools: [{ type: 'custom', custom: { name: 'c', format: odd } }] }).request.tools!;
  expect(tool?.description).toBe('The input must match this grammar:\nstart: "x"');
  expect(decode({ tools: [] }).request.tools).toBeUndefined();
  expect(decode({ tools: null }).request.tools).toBeUndefined();
  const server = refusal({ tools: [{ type: 'builtin_function', function: { name: '$web_search' } }] });
  expect(server).toMatchObject({ code: 'gateway-unsupported', param: 'tools[0]' });
});

test('tools that a system message brings are tools', () => {
  const tool = { type: 'function', function: { name: 'late' } };
  const { request } = decode({ messages: [USER, { role: 'system', tools: [tool] }] });
  expect(request).toMatchObject({ messages: [USER], tools: [{ name: 'late' }] });
});

test('tool_choice is read in all forms', () => {
  const tools = ['a', 'b'].map((name) => ({ type: 'function', function: { name } }));
  const choice = (tool_choice: unknown) => decode({ tools, tool_choice }).request;
  expect(choice('auto').toolChoice).toBe('auto');
  expect(choice('none').toolChoice).toBe('none');
  expect(choice('required').toolChoice).toBe('required');
  expect(choice('any').toolChoice).toBe('required');
  expect(choice(null).toolChoice).toBeUndefined();
  expect(choice({ type: 'auto' }).toolChoice).toBe('auto');
  expect(choice({ type: 'function', function: { name: 'b' } }).toolChoice).toEqual({ name: 'b' });
  expect(choice({ type: 'function', name: 'b' }).toolChoice).toEqual({ name: 'b' });
  expect(choice({ type: 'custom', custom: { name: 'b' } }).toolChoice).toEqual({ name: 'b' });
  const allowed = { mode: 'required', tools: [{ type: 'function', function: { name: 'b' } }] };
  expect(choice({ type: 'allowed_tools', allowed_tools: allowed })).toMatchObject({
    toolChoice: 'required',
    tools: [{ name: 'b' }],
  });
  for (const wrong of ['sometimes', 7, { type: 'function' }, { type: 'function', function: { name: 'c' } }]) {
    expect(refusal({ tools, tool_choice: wrong })).toMatchObject({
      code: 'invalid-request',
      param: 'tool_choice',
    });
  }
  expect(decode({ tool_choice: { type: 'function', function: { name: 'a' } } }).request.toolChoice).toEqual({
    name: 'a',
  });
});

test('allowed tools that are not declared are refused by name: otherwise the model would have no tool at all', () => {
  const tools = [{ type: 'function', function: { name: 'a' } }];
  for (const mode of ['auto', 'required']) {
    const allowed = { mode, tools: [{ type: 'function', function: { name: 'A' } }] };
    expect(refusal({ tools, tool_choice: { type: 'allowed_tools', allowed_tools: allowed } })).toMatchObject({
      code: 'invalid-request',
      param: 'tool_choice.allowed_tools',
      message: expect.stringContaining('names "A", which is not among the tools'),
    });
  }
});

test('a number that is larger than any is not called a number', () => {
  expect(refusal(JSON.parse('{"temperature":1e999}')).message).toBe(
    'temperature must be a number, and is larger than a number can be.',
  );
});

test('thinking is switched by the words of Moonshot, OpenAI, OpenRouter and engines', () => {
  const thinking = (fields: Record<string, unknown>) => {
    const { request } = decode(fields);
    return [request.thinking, request.effort, request.extra];
  };
  expect(thinking({ thinking: { type: 'enabled' } })).toEqual(['on', undefined, undefined]);
  expect(thinking({ thinking: { type: 'enabled', keep: 'all' } })).toEqual(['keep', undefined, undefined]);
  expect(thinking({ thinking: { type: 'enabled', keep: null, effort: 'max' } })).toEqual([
    'on',
    'max',
    undefined,
  ]);
  expect(thinking({ thinking: { type: 'disabled' } })).toEqual(['off', undefined, undefined]);
  expect(thinking({ reasoning_effort: 'high' })).toEqual([undefined, 'high', undefined]);
  expect(thinking({ reasoning_effort: 'none' })).toEqual(['off', undefined, undefined]);
  expect(thinking({ reasoning: { enabled: false } })).toEqual(['off', undefined, undefined]);
  expect(thinking({ reasoning: { effort: 'low', exclude: true } })).toEqual([undefined, 'low', undefined]);
  expect(thinking({ chat_template_kwargs: { thinking: false, other: 1 } })).toEqual([
    'off',
    undefined,
    { chat_template_kwargs: { other: 1 } },
  ]);
  expect(thinking({ chat_template_kwargs: { thinking: true, preserve_thinking: true } })).toEqual([
    'keep',
    undefined,
    undefined,
  ]);
  expect(refusal({ thinking: 'yes' }).param).toBe('thinking');
  expect(refusal({ thinking: { type: 'maybe' } }).param).toBe('thinking.type');
});

test('budgets, sampling, stops, formats and the name of the conversation have their places', () => {
  expect(
    decode({
      max_tokens: 10,
      max_completion_tokens: 262_144,
      temperature: 0,
      top_p: 0.5,
      stop: ['a', ''],
      parallel_tool_calls: false,
      n: 1,
      prompt_cache_key: 'conversation',
      response_format: {
        type: 'json_schema',
        json_schema: { name: 'x', strict: true, schema: { type: 'object' } },
      },
      stream: true,
      stream_options: { include_usage: true },
      store: null,
      user: 'u',
      seed: 7,
    }),
  ).toMatchObject({
    stream: true,
    reply: { includeUsage: true },
    request: {
      maxTokens: 262_144,
      temperature: 0,
      topP: 0.5,
      stop: ['a'],
      parallelToolCalls: false,
      cacheKey: 'conversation',
      responseFormat: { type: 'json-schema', name: 'x', strict: true, schema: { type: 'object' } },
      extra: { user: 'u', seed: 7 },
      extraProtocol: 'openai-chat',
    },
  });
  expect(decode({ stop: 'a' }).request.stop).toEqual(['a']);
  expect(decode({ max_tokens: -1, n: null, stop: null, temperature: null }).request).toEqual(
    decode({}).request,
  );
  expect(decode({ response_format: { type: 'json_object' } }).request.responseFormat).toEqual({
    type: 'json',
  });
  expect(decode({ response_format: { type: 'text' } }).request.responseFormat).toBeUndefined();
});

test('what is wrong is named with its place, what cannot be served with a way out', () => {
  const cases: [Record<string, unknown>, code: string, param: string][] = [
    [{ messages: 'Hi' }, 'invalid-request', 'messages'],
    [{ messages: [USER, null] }, 'invalid-request', 'messages[1]'],
    [{ messages: [USER, { role: 'robot' }] }, 'invalid-request', 'messages[1].role'],
    [{ messages: [{ role: 'user' }] }, 'invalid-request', 'messages[0].content'],
    [{ messages: [{ role: 'user', content: [USER, 7] }] }, 'invalid-request', 'messages[0].content[0]'],
    [
      { messages: [{ role: 'user', content: [{ type: 'text' }] }] },
      'invalid-request',
      'messages[0].content[0].text',
    ],
    [
      { messages: [{ role: 'assistant', tool_calls: [{ id: 'a' }] }] },
      'invalid-request',
      'messages[0].tool_calls[0].function.name',
    ],
    [
      { messages: [{ role: 'user', content: [{ type: 'input_audio' }] }] },
      'gateway-unsupported',
      'messages[0].content[0]',
    ],
    [
      { messages: [{ role: 'user', content: [{ type: 'file' }] }] },
      'gateway-unsupported',
      'messages[0].content[0]',
    ],
    [
      { messages: [{ role: 'assistant', content: 'a', partial: true }] },
      'gateway-unsupported',
      'messages[0].partial',
    ],
    [{ tools: {} }, 'invalid-request', 'tools'],
    [{ tools: [{ type: 'function', function: {} }] }, 'invalid-request', 'tools[0].function.name'],
    [
      { tools: [{ type: 'function', function: { name: 'a', parameters: 'x' } }] },
      'invalid-request',
      'tools[0].function.parameters',
    ],
    [{ n: 2 }, 'gateway-unsupported', 'n'],
    [{ logprobs: true }, 'gateway-unsupported', 'logprobs'],
    [{ modalities: ['text', 'audio'] }, 'gateway-unsupported', 'modalities'],
    [{ web_search_options: {} }, 'gateway-unsupported', 'web_search_options'],
    [{ max_tokens: 0 }, 'invalid-request', 'max_tokens'],
    [{ max_completion_tokens: 1.5 }, 'invalid-request', 'max_completion_tokens'],
    [{ temperature: 'hot' }, 'invalid-request', 'temperature'],
    [{ stop: [1] }, 'invalid-request', 'stop[0]'],
    [{ stream: 'yes' }, 'invalid-request', 'stream'],
    [{ response_format: { type: 'xml' } }, 'invalid-request', 'response_format.type'],
    [{ response_format: { type: 'json_schema' } }, 'invalid-request', 'response_format.json_schema.schema'],
    [{ model: '' }, 'invalid-request', 'model'],
  ];
  for (const [fields, code, param] of cases) {
    const error = refusal(fields);
    expect([error.code, error.param, error.status], JSON.stringify(fields)).toEqual([code, param, 400]);
    expect(error.remedy, param).toMatch(/\w/);
  }
});

test('every request of the vectors is taken', () => {
  const vectors = JSON.parse(readFileSync(new URL('../vectors/request.json', import.meta.url), 'utf8')) as {
    name: string;
    raw: string;
  }[];
  expect(vectors.length).toBeGreaterThan(10);
  for (const { name, raw } of vectors) {
    const wire = JSON.parse(raw) as { messages: unknown[]; anthropic?: unknown };
    if (wire.anthropic !== undefined) continue;
    const { request } = chatFront.decodeRequest({ model: 'kimi', ...wire });
    expect(request.messages, name).toHaveLength(wire.messages.length);
  }
});
