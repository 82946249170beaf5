import { expect, test } from 'vitest';
import type { ModelRequest } from '../../src/core/index.ts';
import { type ChatDialect, encodeChatRequest, encodeCompletionRequest } from '../../src/protocols/index.ts';

const MOONSHOT: ChatDialect = {
  maxTokensField: 'max_completion_tokens',
  thinking: 'thinking-object',
  reasoningRequired: true,
  cacheKeyField: 'prompt_cache_key',
};
const user = { role: 'user', content: 'hi' } as const;
const call = { id: 'functions.f:0', name: 'f', arguments: '{"x": 1.0}' };

function encode(request: Partial<ModelRequest>, dialect?: ChatDialect) {
  return encodeChatRequest({ messages: [user], ...request }, dialect);
}

test('a request says only what it was given', () => {
  expect(encode({})).toEqual({ messages: [{ role: 'user', content: 'hi' }] });
});

test('a conversation keeps arguments byte for byte and results by id', () => {
  const { messages } = encode({
    messages: [
      { role: 'system', content: 's', name: 'boss' },
      user,
      { role: 'assistant', content: 'c', reasoning: 'r', toolCalls: [call] },
      {
        role: 'tool',
        toolCallId: call.id,
        content: [
          { type: 'text', text: 'a' },
          { type: 'text', text: 'b' },
        ],
      },
    ],
  });
  expect(messages).toEqual([
    { role: 'system', content: 's', name: 'boss' },
    { role: 'user', content: 'hi' },
    {
      role: 'assistant',
      content: 'c',
      reasoning_content: 'r',
      tool_calls: [
        { id: 'functions.f:0', type: 'function', function: { name: 'f', arguments: '{"x": 1.0}' } },
      ],
    },
    { role: 'tool', tool_call_id: 'functions.f:0', content: 'ab' },
  ]);
});

test('blank content beside calls is left out, and absent arguments are an empty object', () => {
  const { messages } = encode({
    messages: [{ role: 'assistant', content: ' \n', toolCalls: [{ ...call, arguments: '' }] }],
  });
  expect(messages).toEqual([
    {
      role: 'assistant',
      tool_calls: [{ id: 'functions.f:0', type: 'function', function: { name: 'f', arguments: '{}' } }],
    },
  ]);
  expect(encode({ messages: [{ role: 'assistant', content: '' }] })['messages']).toEqual([
    { role: 'assistant', content: '' },
  ]);
});

test('media go as parts', () => {
  const content = [
    { type: 'text', text: 'see' },
    { type: 'image', url: 'data:a' },
    { type: 'video', url: 'ms://b' },
  ] as const;
  expect(encode({ messages: [{ role: 'user', content }] })['messages']).toEqual([
    {
      role: 'user',
      content: [
        { type: 'text', text: 'see' },
        { type: 'image_url', image_url: { url: 'data:a' } },
        { type: 'video_url', video_url: { url: 'ms://b' } },
      ],
    },
  ]);
});

test('reasoning goes back under the names that the host reads', () => {
  const messages = [{ role: 'assistant', content: 'c', reasoning: 'r' }] as const;
  const encoded = (dialect: ChatDialect) => encode({ messages }, dialect)['messages'];
  expect(encoded({ reasoningFields: ['reasoning_content', 'reasoning'] })).toEqual([
    { role: 'assistant', content: 'c', reasoning_content: 'r', reasoning: 'r' },
  ]);
  expect(encoded({ reasoningFields: [] })).toEqual([{ role: 'assistant', content: 'c' }]);
});

test('where the host requires reasoning beside calls, lost reasoning goes back empty, unless thinking is off', () => {
  const messages = [{ role: 'assistant', content: '', toolCalls: [call] }] as const;
  expect(encode({ messages }, MOONSHOT)['messages']).toMatchObject([{ reasoning_content: '' }]);
  for (const encoded of [encode({ messages, thinking: 'off' }, MOONSHOT), encode({ messages })]) {
    expect(encoded['messages']).not.toMatchObject([{ reasoning_content: '' }]);
  }
});

test('tools always have parameters; without tools there is no choice either', () => {
  const tools = [
    { name: 'f', description: 'd', strict: false },
    { name: 'g', parameters: { type: 'object' } },
  ];
  expect(encode({ tools, toolChoice: { name: 'f' } })).toMatchObject({
    tools: [
      {
        type: 'function',
        function: {
          name: 'f',
          description: 'd',
          parameters: { type: 'object', properties: {} },
          strict: false,
        },
      },
      { type: 'function', function: { name: 'g', parameters: { type: 'object' } } },
    ],
    tool_choice: { type: 'function', function: { name: 'f' } },
  });
  for (const toolChoice of ['auto', 'none', 'required'] as const) {
    expect(encode({ tools, toolChoice })).toMatchObject({ tool_choice: toolChoice });
  }
  expect(Object.keys(encode({ tools: [], toolChoice: 'required' }))).toEqual(['messages']);
});

test.each([
  ['thinking-object', 'on', { thinking: { type: 'enabled' } }],
  ['thinking-object', 'off', { thinking: { type: 'disabled' } }],
  ['thinking-object', 'keep', { thinking: { type: 'enabled', keep: 'all' } }],
  ['chat-template-kwargs', 'off', { chat_template_kwargs: { thinking: false } }],
  ['chat-template-kwargs', 'keep', { chat_template_kwargs: { thinking: true, preserve_thinking: true } }],
  ['reasoning-object', 'off', { reasoning: { enabled: false } }],
  ['reasoning-effort', 'off', { reasoning_effort: 'none' }],
  ['reasoning-effort', 'on', {}],
  ['none', 'off', {}],
] as const)('%s switches thinking %s', (kind, thinking, expected) => {
  const { messages: _, ...rest } = encode({ thinking }, { thinking: kind });
  expect(rest).toEqual(expected);
});

test('limits, sampling and the cache key have the host’s names', () => {
  const request = { maxTokens: 9, temperature: 0.6, topP: 0.9, stop: ['x'], cacheKey: 'k' };
  expect(encode(request, MOONSHOT)).toMatchObject({
    max_completion_tokens: 9,
    temperature: 0.6,
    top_p: 0.9,
    stop: ['x'],
    prompt_cache_key: 'k',
  });
  const plain = encode(request);
  expect(plain['max_tokens']).toBe(9);
  expect(plain).not.toHaveProperty('prompt_cache_key');
});

test('extra fields pass through, override, and are merged into template arguments', () => {
  const encoded = encode(
    { thinking: 'off', extra: { seed: 1, chat_template_kwargs: { a: 1 } } },
    { thinking: 'chat-template-kwargs' },
  );
  expect(encoded).toMatchObject({ seed: 1, chat_template_kwargs: { thinking: false, a: 1 } });
});

test('a completion request is the prompt, the sampling fields, and markers kept', () => {
  expect(
    encodeCompletionRequest({ messages: [], maxTokens: 5, stop: ['x'], extra: { seed: 1 } }, 'P'),
  ).toEqual({
    prompt: 'P',
    skip_special_tokens: false,
    max_tokens: 5,
    stop: ['x'],
    seed: 1,
  });
});

test('a response format is written as the protocol has it', () => {
  const schema = { type: 'object' };
  expect(encode({ responseFormat: { type: 'json' } })['response_format']).toEqual({ type: 'json_object' });
  expect(encode({ responseFormat: { type: 'json-schema', name: 'n', schema } })['response_format']).toEqual({
    type: 'json_schema',
    json_schema: { name: 'n', schema },
  });
  const whole = { type: 'json-schema', name: 'n', description: 'd', schema, strict: true } as const;
  const { type, ...described } = whole;
  expect(encode({ responseFormat: whole })['response_format']).toEqual({
    type: 'json_schema',
    json_schema: described,
  });
});

test('an effort goes where the host has a field for it, unless thinking is off', () => {
  const both: ChatDialect = { thinking: 'reasoning-effort', effortField: 'reasoning_effort' };
  expect(encode({ effort: 'high' })).not.toHaveProperty('reasoning_effort');
  expect(encode({ effort: 'high', thinking: 'on' }, both)['reasoning_effort']).toBe('high');
  expect(encode({ effort: 'high', thinking: 'off' }, both)['reasoning_effort']).toBe('none');
});

test('whether several calls may be made is said only to hosts that know the field', () => {
  const tools = [{ name: 'f' }];
  const said = (request: Partial<ModelRequest>, dialect?: ChatDialect) =>
    encode({ tools, ...request }, dialect)['parallel_tool_calls'];
  expect(said({ parallelToolCalls: false })).toBeUndefined();
  expect(said({ parallelToolCalls: false }, { parallelToolCalls: 'known' })).toBe(false);
  expect(said({}, { parallelToolCalls: 'known' })).toBeUndefined();
  expect(said({}, { parallelToolCalls: 'must-ask' })).toBe(true);
  expect(said({ parallelToolCalls: false }, { parallelToolCalls: 'must-ask' })).toBe(false);
  expect(said({ parallelToolCalls: false, tools: [] }, { parallelToolCalls: 'known' })).toBeUndefined();
});
