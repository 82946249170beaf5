import { expect, test } from 'vitest';
import { PerigeeError } from '../../src/core/index.ts';
import { responsesFront } from '../../src/protocols/index.ts';
import { asked, decode, type Json } from './responses.ts';

const messagesOf = (input: unknown, options?: Parameters<typeof decode>[1]) =>
  decode({ input }, options).request.messages;

function refusalOf(json: unknown, options?: Parameters<typeof decode>[1]): PerigeeError {
  try {
    responsesFront.decodeRequest(json, options);
  } catch (error) {
    if (error instanceof PerigeeError) return error;
    throw error;
  }
  throw new Error('the request was taken');
}

test('a string is a message of the user, and instructions come first', () => {
  const { model, stream, request, reply } = decode({ instructions: 'Be brief.', stream: true });
  expect({ model, stream }).toEqual({ model: 'kimi-k2.6', stream: true });
  expect(request).toEqual({
    messages: [
      { role: 'system', content: 'Be brief.' },
      { role: 'user', content: 'hi' },
    ],
    extraProtocol: 'openai-responses',
  });
  expect(reply.added).toEqual([{ role: 'user', content: 'hi' }]);
});

test('messages of all roles and parts of all kinds are read', () => {
  expect(
    messagesOf([
      { role: 'developer', content: 'rules' },
      { type: 'message', role: 'system', content: [{ type: 'input_text', text: 'more' }] },
      {
        role: 'user',
        content: [
          { type: 'input_text', text: 'look: ' },
          { type: 'input_image', image_url: 'data:image/png;base64,AA==', detail: 'high' },
          { type: 'input_file', filename: 'a.pdf', file_data: 'data:application/pdf;base64,AA==' },
        ],
      },
      {
        type: 'message',
        role: 'assistant',
        id: 'msg_1',
        status: 'completed',
        content: [
          { type: 'output_text', text: 'I see ', annotations: [] },
          { type: 'refusal', refusal: 'nothing' },
        ],
      },
    ]),
  ).toEqual([
    { role: 'system', content: 'rules' },
    { role: 'system', content: 'more' },
    {
      role: 'user',
      content: [
        { type: 'text', text: 'look: ' },
        { type: 'image', url: 'data:image/png;base64,AA==' },
        { type: 'text', text: '[A file "a.pdf" was attached here; it cannot be shown to you.]' },
      ],
    },
    { role: 'assistant', content: 'I see nothing' },
  ]);
});

test('the items of one answer are one message, and results stand after it wherever they came', () => {
  const reasoning = { type: 'reasoning', id: 'rs_a1_0', summary: [{ type: 'summary_text', text: 'hm' }] };
  const says = { type: 'message', id: 'msg_a1_0', role: 'assistant', content: 'wait' };
  const call = (index: number) => ({
    type: 'function_call',
    call_id: `call_a1_${index}_${index}`,
    name: 'f',
    arguments: `{"n": ${index}}`,
  });
  const output = (index: number) => ({
    type: 'function_call_output',
    call_id: `call_a1_${index}_${index}`,
    output: `r${index}`,
  });
  const expected = [
    { role: 'user', content: 'go' },
    {
      role: 'assistant',
      content: 'wait',
      reasoning: 'hm',
      toolCalls: [
        { id: 'functions.f:0', name: 'f', arguments: '{"n": 0}' },
        { id: 'functions.f:1', name: 'f', arguments: '{"n": 1}' },
      ],
    },
    { role: 'tool', toolCallId: 'functions.f:0', content: 'r0' },
    { role: 'tool', toolCallId: 'functions.f:1', content: 'r1' },
  ];
  const user = { role: 'user', content: 'go' };
  expect(messagesOf([user, reasoning, says, call(0), call(1), output(0), output(1)])).toEqual(expected);
  expect(messagesOf([user, reasoning, says, call(0), output(0), call(1), output(1)])).toEqual(expected);
  const note = { role: 'developer', content: 'note' };
  expect(messagesOf([user, reasoning, says, call(0), call(1), output(0), note, output(1)])).toEqual([
    ...expected,
    { role: 'system', content: 'note' },
  ]);
});

test('where ids do not tell, an answer is over with its results, or when a new thought follows a text', () => {
  const thinks = (text: string) => ({
    type: 'reasoning',
    summary: [{ type: 'summary_text', text }],
    content: null,
  });
  const says = (text: string) => ({
    type: 'message',
    role: 'assistant',
    content: [{ type: 'output_text', text }],
  });
  const calls = { type: 'function_call', call_id: 'c1', name: 'f', arguments: '{}' };
  const output = { type: 'function_call_output', call_id: 'c1', output: 'r' };
  expect(
    messagesOf([
      thinks('a'),
      says('A'),
      calls,
      output,
      thinks('b'),
      says('B'),
      thinks('c'),
      says('C'),
      says('D'),
    ]),
  ).toMatchObject([
    { content: 'A', reasoning: 'a', toolCalls: [{ id: 'c1' }] },
    { role: 'tool', toolCallId: 'c1' },
    { content: 'B', reasoning: 'b' },
    { content: 'C', reasoning: 'c' },
    { content: 'D' },
  ]);
});

test('sealed reasoning is opened; what is not ours leaves the text beside it', () => {
  const item = (sealed: string) => ({
    type: 'reasoning',
    summary: [{ type: 'summary_text', text: 'short' }],
    encrypted_content: sealed,
  });
  const says = { role: 'assistant', content: 'x' };
  const unseal = (sealed: string, reasoning: string) =>
    sealed === 'ours' ? { reasoning: `${reasoning}er`, signature: 's' } : undefined;
  expect(messagesOf([item('ours'), says], { unseal })).toEqual([
    { role: 'assistant', content: 'x', reasoning: 'shorter', reasoningSignature: 's' },
  ]);
  expect(messagesOf([item('theirs'), says], { unseal })).toEqual([
    { role: 'assistant', content: 'x', reasoning: 'short' },
  ]);
  const written = { type: 'reasoning', summary: [], content: [{ type: 'reasoning_text', text: 'raw' }] };
  expect(messagesOf([written, says])).toEqual([{ role: 'assistant', content: 'x', reasoning: 'raw' }]);
});

test('results may be texts, parts, failures of older Codex or nothing, and one without a call is still told', () => {
  const calls = [0, 1, 2, 3].map((n) => ({
    type: 'function_call',
    call_id: `c${n}`,
    name: 'f',
    arguments: '{}',
  }));
  const output = (n: number, value: unknown) => ({
    type: 'function_call_output',
    call_id: `c${n}`,
    output: value,
  });
  const { request, notes } = decode({
    input: [
      ...calls,
      output(0, 'text'),
      output(1, [
        { type: 'input_text', text: 'a picture' },
        { type: 'input_image', image_url: 'data:image/png;base64,AA==' },
      ]),
      output(2, { content: 'no such file', success: false }),
      output(3, null),
      output(9, 'late'),
    ],
  });
  expect(request.messages.slice(1)).toEqual([
    { role: 'tool', toolCallId: 'c0', content: 'text' },
    {
      role: 'tool',
      toolCallId: 'c1',
      content: [
        { type: 'text', text: 'a picture' },
        { type: 'image', url: 'data:image/png;base64,AA==' },
      ],
    },
    { role: 'tool', toolCallId: 'c2', content: 'no such file', isError: true },
    { role: 'tool', toolCallId: 'c3', content: '' },
    {
      role: 'user',
      content: [
        { type: 'text', text: 'The result of an earlier tool call:\n' },
        { type: 'text', text: 'late' },
      ],
    },
  ]);
  expect(notes).toHaveLength(1);
});

test('items of tools that clients or OpenAI ran never make a request fail', () => {
  const { request, notes } = decode({
    input: [
      {
        type: 'local_shell_call',
        id: 'l1',
        call_id: 'c1',
        action: { type: 'exec', command: ['ls'], env: {} },
      },
      { type: 'local_shell_call_output', id: 'l1', output: 'a b' },
      { type: 'shell_call', call_id: 'c2', action: { commands: ['ls'] } },
      {
        type: 'shell_call_output',
        call_id: 'c2',
        output: [{ stdout: 'out', stderr: 'err', outcome: { type: 'exit', exit_code: 1 } }],
      },
      { type: 'apply_patch_call', call_id: 'c3', operation: { type: 'delete_file', path: 'a' } },
      { type: 'apply_patch_call_output', call_id: 'c3', status: 'failed', output: 'no a' },
      { type: 'computer_call', id: 'u', call_id: 'c4', action: { type: 'screenshot' } },
      {
        type: 'computer_call_output',
        call_id: 'c4',
        output: { type: 'computer_screenshot', image_url: 'data:image/png;base64,AA==' },
      },
      { type: 'mcp_call', id: 'm1', server_label: 'wiki', name: 'ask', arguments: '{"q":1}', output: 'yes' },
      { type: 'code_interpreter_call', id: 'i1', code: '1+1', outputs: [{ type: 'logs', logs: '2' }] },
      { type: 'web_search_call', id: 'w1', status: 'completed', action: { type: 'search', query: 'x' } },
      { type: 'image_generation_call', id: 'g1', status: 'completed', result: 'AAAA' },
      { type: 'mcp_list_tools', id: 'm2', server_label: 'wiki', tools: [] },
      { type: 'compaction', encrypted_content: 'xyz' },
      { type: 'agent_message', author: 'helper', content: [{ type: 'input_text', text: 'found it' }] },
      { type: 'something_new', data: {} },
    ],
  });
  const told = request.messages.map((message) =>
    message.role === 'assistant'
      ? message.toolCalls?.map(({ name, arguments: text }) => `${name} ${text}`).join()
      : message.content,
  );
  expect(told).toEqual([
    'local_shell {"command":["ls"],"env":{}}',
    'a b',
    'shell {"commands":["ls"]}',
    'out\nerr\n[exit code 1]',
    'apply_patch {"type":"delete_file","path":"a"}',
    'no a',
    'computer {"type":"screenshot"}',
    [{ type: 'image', url: 'data:image/png;base64,AA==' }],
    'wiki__ask {"q":1}',
    'yes',
    'code_interpreter {"code":"1+1"}',
    '2',
    'found it',
  ]);
  expect(notes?.map(({ text }) => text)).toHaveLength(5);
});

test('a reference is replaced by the stored item; an unknown thought is missed, anything else refused', () => {
  const stored: Json = {
    type: 'message',
    id: 'msg_a1_0',
    role: 'assistant',
    content: [{ type: 'output_text', text: 'A' }],
  };
  const recallItem = (id: string) => (id === 'msg_a1_0' ? stored : undefined);
  const reference = (id: string) => ({ type: 'item_reference', id });
  const messages = messagesOf(
    [reference('rs_a1_0'), { id: 'msg_a1_0' }, reference('msg_a1_1'), { role: 'user', content: 'b' }],
    { recallItem },
  );
  expect(messages).toEqual([
    { role: 'assistant', content: 'A' },
    { role: 'user', content: 'b' },
  ]);
  const refused = refusalOf(asked({ input: [reference('msg_x_0')] }), { recallItem });
  expect(refused).toMatchObject({ code: 'invalid-request', param: 'input[0].id' });
  expect(`${refused.message} ${refused.remedy}`).toContain('store: false');
});

test('a stored conversation is gone on with, without its instructions, and results find its calls', () => {
  const recall = (id: string) =>
    id === 'resp_a1'
      ? [
          { role: 'user' as const, content: 'go' },
          {
            role: 'assistant' as const,
            content: '',
            toolCalls: [
              { id: 'call_a1_0_0', name: 'f', arguments: '{}' },
              { id: 'call_a1_0_1', name: 'g', arguments: '{}' },
            ],
          },
        ]
      : undefined;
  const input = [
    { type: 'function_call_output', call_id: 'call_a1_0_1', output: 'of g' },
    { type: 'function_call_output', call_id: 'call_a1_0_0', output: 'of f' },
  ];
  const { request, reply } = decode(
    { input, previous_response_id: 'resp_a1', instructions: 'new' },
    { recall },
  );
  expect(request.messages).toMatchObject([
    { role: 'system', content: 'new' },
    { content: 'go' },
    { toolCalls: [{ id: 'functions.f:0' }, { id: 'functions.g:0' }] },
    { toolCallId: 'functions.g:0', content: 'of g' },
    { toolCallId: 'functions.f:0', content: 'of f' },
  ]);
  expect(reply.added).toEqual(request.messages.slice(3));
  const refused = refusalOf(asked({ previous_response_id: 'resp_b' }), { recall });
  expect(refused).toMatchObject({ code: 'invalid-request', param: 'previous_response_id' });
  expect(responsesFront.encodeError(refused, 'r1')).toMatchObject({
    status: 400,
    headers: { 'x-request-id': 'r1' },
    body: { error: { code: 'previous_response_not_found', param: 'previous_response_id' } },
  });
});

test('settings are read under their names here, and what has no place goes to an upstream of this protocol', () => {
  const schema = { type: 'object', properties: {} };
  const { request, reply } = decode({
    max_output_tokens: 100,
    temperature: 0.5,
    top_p: 0.9,
    parallel_tool_calls: false,
    reasoning: { effort: 'high', summary: 'auto' },
    text: { format: { type: 'json_schema', name: 'n', schema, strict: true }, verbosity: 'low' },
    prompt_cache_key: 'session',
    truncation: 'auto',
    service_tier: 'auto',
    metadata: { a: 'b' },
    user: null,
    store: false,
    include: ['reasoning.encrypted_content'],
    client_metadata: { x: 1 },
    new_field: { x: 1 },
  });
  expect(request).toEqual({
    messages: [{ role: 'user', content: 'hi' }],
    maxTokens: 100,
    temperature: 0.5,
    topP: 0.9,
    parallelToolCalls: false,
    effort: 'high',
    responseFormat: { type: 'json-schema', name: 'n', schema, strict: true },
    cacheKey: 'session',
    extra: { truncation: 'auto', new_field: { x: 1 }, text: { verbosity: 'low' } },
    extraProtocol: 'openai-responses',
  });
  expect(reply).toMatchObject({ store: false, sealed: true });
  expect(reply.echo).toMatchObject({ metadata: { a: 'b' }, temperature: 0.5, store: false });
  expect(decode({ reasoning: { effort: 'none' } }).request.thinking).toBe('off');
});

test('what cannot be served is refused with what to do instead, and what is wrong with its place', () => {
  const cases: [Json, string, string][] = [
    [{ background: true }, 'gateway-unsupported', 'background'],
    [{ conversation: 'conv_1' }, 'gateway-unsupported', 'conversation'],
    [{ prompt: { id: 'p' } }, 'gateway-unsupported', 'prompt'],
    [
      { input: [{ role: 'user', content: [{ type: 'input_image', file_id: 'f' }] }] },
      'gateway-unsupported',
      'input[0].content[0].file_id',
    ],
    [
      { input: [{ role: 'user', content: [{ type: 'input_audio' }] }] },
      'gateway-unsupported',
      'input[0].content[0]',
    ],
    [{ model: '' }, 'invalid-request', 'model'],
    [{ input: [] }, 'invalid-request', 'input'],
    [{ input: 5 }, 'invalid-request', 'input'],
    [{ input: [{ role: 'king', content: '' }] }, 'invalid-request', 'input[0].role'],
    [{ input: [{ type: 'function_call', call_id: 'c' }] }, 'invalid-request', 'input[0].name'],
    [{ max_output_tokens: 0 }, 'invalid-request', 'max_output_tokens'],
    [{ temperature: 'hot' }, 'invalid-request', 'temperature'],
    [{ text: { format: { type: 'yaml' } } }, 'invalid-request', 'text.format.type'],
    [{ tools: [{ type: 'function' }] }, 'invalid-request', 'tools[0].name'],
    [{ tools: [{ type: 'function', name: 'f', parameters: 'x' }] }, 'invalid-request', 'tools[0].parameters'],
    [{ tool_choice: 'required' }, 'invalid-request', 'tool_choice'],
  ];
  for (const [fields, code, param] of cases) expect(refusalOf(asked(fields))).toMatchObject({ code, param });
  expect(refusalOf([])).toMatchObject({ code: 'invalid-request' });
});

test('texts without ids belong to the answer that was thinking before them, as the AI SDK sends them', () => {
  const messages = messagesOf([
    { role: 'user', content: [{ type: 'input_text', text: 'hi' }] },
    { type: 'reasoning', id: 'rs_a1_0', summary: [{ type: 'summary_text', text: 'First. ' }] },
    { role: 'assistant', content: 'One' },
    { type: 'reasoning', id: 'rs_a1_1', summary: [{ type: 'summary_text', text: 'Second.' }] },
    { role: 'assistant', content: ', two.' },
    { type: 'function_call', call_id: 'call_a1_0_0', name: 'read', arguments: '{}' },
    { type: 'function_call_output', call_id: 'call_a1_0_0', output: 'x' },
    { role: 'assistant', content: 'Done.' },
    { role: 'assistant', content: 'Really.' },
  ]);
  expect(messages.slice(1)).toEqual([
    {
      role: 'assistant',
      content: 'One, two.',
      reasoning: 'First. Second.',
      toolCalls: [{ id: 'functions.read:0', name: 'read', arguments: '{}' }],
    },
    { role: 'tool', toolCallId: 'functions.read:0', content: 'x' },
    { role: 'assistant', content: 'Done.' },
    { role: 'assistant', content: 'Really.' },
  ]);
});

test('what is asked for and not done is said: probabilities, and that a conversation be cut to fit', () => {
  const { notes, reply, request } = decode({
    include: ['message.output_text.logprobs', 'reasoning.encrypted_content'],
    truncation: 'auto',
  });
  expect(notes?.map(({ text }) => text)).toEqual([
    'Left out of `include`: `message.output_text.logprobs`. The probabilities of tokens are not handed on.',
  ]);
  expect(request.extra).toEqual({ truncation: 'auto' });
  expect([reply.sealed, reply.echo['truncation']]).toEqual([true, 'disabled']);
});
