import { expect, test } from 'vitest';
import { type Message, PerigeeError } from '../../src/core/index.ts';
import { responsesFront } from '../../src/protocols/index.ts';
import { asked, call, decode, encodeOptions, finish, type Json, turnOf } from './responses.ts';

const schema = { type: 'object', properties: { a: { type: 'string' } } };
const f = { type: 'function', name: 'f', description: 'does f', parameters: schema, strict: false };

function refusalOf(fields: Json): PerigeeError {
  try {
    responsesFront.decodeRequest(asked(fields));
  } catch (error) {
    if (error instanceof PerigeeError) return error;
    throw error;
  }
  throw new Error('the request was taken');
}

test('functions are declared as they are, also in the form of Chat Completions and without parameters', () => {
  const tools = [
    f,
    { type: 'function', name: 'g', parameters: null, strict: null },
    { type: 'function', function: { name: 'h', parameters: schema } },
  ];
  expect(decode({ tools }).request.tools).toEqual([
    { name: 'f', description: 'does f', parameters: schema, strict: false },
    { name: 'g', parameters: { type: 'object', properties: {} } },
    { name: 'h', parameters: schema },
  ]);
});

test('a custom tool is declared as a function of one text, with its grammar in words', () => {
  const grammar = { type: 'grammar', syntax: 'lark', definition: 'start: "x"' };
  const [tool] =
    decode({ tools: [{ type: 'custom', name: 'patch', description: 'Edits.', format: grammar }] }).request
      .tools ?? [];
  expect(tool).toMatchObject({
    name: 'patch',
    parameters: {
      properties: { input: { type: 'string' } },
      required: ['input'],
      additionalProperties: false,
    },
  });
  expect(tool?.description).toBe(
    'Edits.\n\n`input` must match this lark grammar from its beginning to its end:\n\nstart: "x"',
  );
});

test('tools in namespaces are flat for the model and come back with both names, whatever the names are', () => {
  const inNamespace = (name: string, ...tools: string[]) => ({
    type: 'namespace',
    name,
    description: `The ${name} tools.`,
    tools: tools.map((each) => ({ type: 'function', name: each, description: each, parameters: schema })),
  });
  const tools = [
    { type: 'function', name: 'mcp__git__log', parameters: schema },
    inNamespace('mcp__git', 'log'),
    inNamespace('mcp__git__', 'show'),
    inNamespace('functions', 'exec'),
  ];
  const { request, reply } = decode({ tools });
  expect(request.tools?.map(({ name, description }) => [name, description])).toEqual([
    ['mcp__git__log', undefined],
    ['mcp__git__log_2', 'The mcp__git tools.\n\nlog'],
    ['mcp__git__show', 'The mcp__git__ tools.\n\nshow'],
    ['exec', 'exec'],
  ]);
  const turn = turnOf([
    ...['mcp__git__log', 'mcp__git__log_2', 'mcp__git__show', 'exec'].flatMap((name, n) =>
      call(n, name, '{}'),
    ),
    finish('tool-calls'),
  ]);
  const { output } = responsesFront.encodeResponse(turn, encodeOptions({ tools }));
  expect((output as Json[]).map(({ namespace, name }) => [namespace, name])).toEqual([
    [undefined, 'mcp__git__log'],
    ['mcp__git', 'log'],
    ['mcp__git__', 'show'],
    [undefined, 'exec'],
  ]);
  const results = (output as Json[]).map(({ call_id }) => ({
    type: 'function_call_output',
    call_id,
    output: 'r',
  }));
  const history = decode({ tools, input: [...(output as Json[]), ...results] }).request.messages;
  expect(history[0]).toMatchObject({ toolCalls: turn.calls.map(({ id, name }) => ({ id, name })) });
  expect(history.slice(1)).toMatchObject(turn.calls.map(({ id }) => ({ role: 'tool', toolCallId: id })));
  expect(reply.tools.get('exec')).toEqual({ kind: 'function', name: 'exec' });
});

test("tools of OpenAI's servers are left out with a note, and refused where the request rests on them", () => {
  const { request, notes } = decode({
    tools: [f, { type: 'web_search' }, { type: 'mcp', server_label: 'x' }],
  });
  expect(request.tools?.map(({ name }) => name)).toEqual(['f']);
  expect(notes?.map(({ stage, action, text }) => [stage, action, /`(.+)`/.exec(text)?.[1]])).toEqual([
    ['fields', 'dropped', 'web_search'],
    ['fields', 'dropped', 'mcp'],
  ]);
  expect(refusalOf({ tools: [{ type: 'web_search' }] })).toMatchObject({
    code: 'gateway-unsupported',
    param: 'tools',
  });
  expect(
    refusalOf({ tools: [f, { type: 'web_search' }], tool_choice: { type: 'web_search' } }),
  ).toMatchObject({
    code: 'gateway-unsupported',
    param: 'tool_choice',
  });
  expect(decode({ tools: [{ type: 'web_search' }], tool_choice: 'none' }).request.tools).toBeUndefined();
});

test('whether the model must call is said in all forms', () => {
  const tools = [f, { ...f, name: 'g' }, { type: 'custom', name: 'patch' }, { type: 'shell' }];
  const chosen = (tool_choice: unknown) => decode({ tools, tool_choice }).request;
  for (const word of ['auto', 'none', 'required']) expect(chosen(word).toolChoice).toBe(word);
  expect(chosen(null).toolChoice).toBeUndefined();
  expect(chosen({ type: 'function', name: 'g' }).toolChoice).toEqual({ name: 'g' });
  expect(chosen({ type: 'function', function: { name: 'g' } }).toolChoice).toEqual({ name: 'g' });
  expect(chosen({ type: 'custom', name: 'patch' }).toolChoice).toEqual({ name: 'patch' });
  expect(chosen({ type: 'shell' }).toolChoice).toEqual({ name: 'shell' });
  const some = chosen({ type: 'allowed_tools', mode: 'required', tools: [{ type: 'function', name: 'g' }] });
  expect([some.toolChoice, some.tools?.map(({ name }) => name)]).toEqual(['required', ['g']]);
  expect(refusalOf({ tools, tool_choice: { type: 'function', name: 'nope' } })).toMatchObject({
    code: 'invalid-request',
    param: 'tool_choice',
  });
  expect(refusalOf({ tools, tool_choice: 'maybe' })).toMatchObject({ param: 'tool_choice' });
});

test('a request as Codex sends it is taken', () => {
  const bookmarks = {
    type: 'namespace',
    name: 'mcp__bookmarks',
    description: 'Bookmarks.',
    tools: [
      {
        type: 'function',
        name: 'add',
        description: 'Adds one.',
        strict: false,
        parameters: schema,
        defer_loading: true,
      },
    ],
  };
  const { request, notes } = decode({
    instructions: '',
    input: [
      {
        type: 'additional_tools',
        role: 'developer',
        tools: [
          {
            type: 'namespace',
            name: 'functions',
            description: 'Tools.',
            tools: [{ type: 'custom', name: 'exec', description: 'Runs.', format: { type: 'text' } }],
          },
          { type: 'tool_search', execution: 'client', description: 'Finds tools.', parameters: schema },
          { type: 'web_search', external_web_access: true },
        ],
      },
      { type: 'message', role: 'developer', content: [{ type: 'input_text', text: 'rules' }] },
      { type: 'message', role: 'user', content: [{ type: 'input_text', text: 'go' }] },
      {
        type: 'reasoning',
        summary: [{ type: 'summary_text', text: 'find first' }],
        content: null,
        encrypted_content: 'e',
      },
      {
        type: 'tool_search_call',
        call_id: 'call_a1_0_0',
        execution: 'client',
        status: 'completed',
        arguments: { a: 'bookmarks' },
      },
      {
        type: 'tool_search_output',
        call_id: 'call_a1_0_0',
        execution: 'client',
        status: 'completed',
        tools: [bookmarks],
      },
      {
        type: 'custom_tool_call',
        call_id: 'call_a2_1_0',
        name: 'exec',
        input: 'ls "a"\n',
        status: 'completed',
      },
      {
        type: 'function_call',
        call_id: 'call_a2_2_1',
        namespace: 'mcp__bookmarks',
        name: 'add',
        arguments: '{"a":"x"}',
      },
      {
        type: 'custom_tool_call_output',
        call_id: 'call_a2_1_0',
        output: [{ type: 'input_text', text: 'b c' }],
      },
      { type: 'function_call_output', call_id: 'call_a2_2_1', output: 'added' },
    ],
    tools: [],
    tool_choice: 'auto',
    parallel_tool_calls: true,
    reasoning: { effort: 'medium', summary: 'auto' },
    store: false,
    stream: true,
    include: ['reasoning.encrypted_content'],
    prompt_cache_key: '0199-thread',
  });
  expect(request.tools?.map(({ name }) => name)).toEqual(['exec', 'tool_search', 'mcp__bookmarks__add']);
  expect(request.messages).toEqual([
    { role: 'system', content: 'rules' },
    { role: 'user', content: 'go' },
    {
      role: 'assistant',
      content: '',
      reasoning: 'find first',
      toolCalls: [{ id: 'functions.tool_search:0', name: 'tool_search', arguments: '{"a":"bookmarks"}' }],
    },
    {
      role: 'tool',
      toolCallId: 'functions.tool_search:0',
      content: 'These tools can be called now: mcp__bookmarks__add.',
    },
    {
      role: 'assistant',
      content: '',
      toolCalls: [
        { id: 'functions.exec:1', name: 'exec', arguments: '{"input":"ls \\"a\\"\\n"}' },
        { id: 'functions.mcp__bookmarks__add:2', name: 'mcp__bookmarks__add', arguments: '{"a":"x"}' },
      ],
    },
    { role: 'tool', toolCallId: 'functions.exec:1', content: 'b c' },
    { role: 'tool', toolCallId: 'functions.mcp__bookmarks__add:2', content: 'added' },
  ] satisfies Message[]);
  expect(request.extra).toBeUndefined();
  expect(notes?.map(({ action }) => action)).toEqual(['dropped']);
});
