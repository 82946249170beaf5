import { describe, expect, test } from 'vitest';
import { type Message, type ModelRequest, PerigeeError } from '../../src/core/index.ts';
import { type DecodeOptions, messagesFront } from '../../src/protocols/index.ts';

const BASE = { model: 'kimi', max_tokens: 1024 };

function decode(fields: Record<string, unknown>, options?: DecodeOptions) {
  return messagesFront.decodeRequest(
    { ...BASE, messages: [{ role: 'user', content: 'Hi' }], ...fields },
    options,
  );
}

function request(fields: Record<string, unknown>, options?: DecodeOptions): ModelRequest {
  return decode(fields, options).request;
}

function history(messages: unknown[], options?: DecodeOptions): readonly Message[] {
  return request({ messages }, options).messages;
}

function refusal(json: unknown): PerigeeError {
  try {
    messagesFront.decodeRequest(json);
  } catch (error) {
    if (error instanceof PerigeeError) return error;
    throw error;
  }
  throw new Error('it was taken');
}

const call = (id: string, name = 'read', input: unknown = {}) => ({ type: 'tool_use', id, name, input });
const result = (id: string, content?: unknown, more = {}) => ({
  type: 'tool_result',
  tool_use_id: id,
  content,
  ...more,
});
const user = (...content: unknown[]) => ({ role: 'user', content });
const assistant = (...content: unknown[]) => ({ role: 'assistant', content });

describe('settings', () => {
  test('a request with every setting is taken apart', () => {
    const decoded = decode({
      stream: true,
      system: 'Be brief.',
      temperature: 0.5,
      top_p: 0.9,
      top_k: 40,
      stop_sequences: ['END'],
      metadata: { user_id: 'someone' },
      thinking: { type: 'enabled', budget_tokens: 2048, display: 'omitted' },
      output_config: {
        effort: 'high',
        format: { type: 'json_schema', schema: { type: 'object' } },
        task_budget: { type: 'tokens', total: 5 },
      },
      tool_choice: { type: 'any', disable_parallel_tool_use: true },
      service_tier: 'auto',
      cache_control: { type: 'ephemeral' },
      fallbacks: null,
      mcp_servers: [],
      container: null,
      thread: null,
    });
    expect(decoded).toEqual({
      model: 'kimi',
      stream: true,
      reply: { hideReasoning: true },
      request: {
        messages: [
          { role: 'system', content: 'Be brief.' },
          { role: 'user', content: 'Hi' },
        ],
        maxTokens: 1024,
        temperature: 0.5,
        topP: 0.9,
        stop: ['END'],
        cacheKey: 'someone',
        thinking: 'on',
        effort: 'high',
        responseFormat: { type: 'json-schema', name: 'answer', schema: { type: 'object' }, strict: true },
        toolChoice: 'required',
        parallelToolCalls: false,
        extra: {
          top_k: 40,
          service_tier: 'auto',
          cache_control: { type: 'ephemeral' },
          thinking: { budget_tokens: 2048 },
          output_config: { task_budget: { type: 'tokens', total: 5 } },
        },
        extraProtocol: 'anthropic-messages',
      },
    });
  });

  test('a plain request has nothing that was not asked for', () => {
    expect(decode({})).toEqual({
      model: 'kimi',
      stream: false,
      reply: { hideReasoning: false },
      request: {
        messages: [{ role: 'user', content: 'Hi' }],
        maxTokens: 1024,
        extraProtocol: 'anthropic-messages',
      },
    });
  });

  test.each([
    [{ type: 'adaptive' }, 'on'],
    [{ type: 'between_tools' }, 'on'],
    [{ type: 'disabled' }, 'off'],
    [null, undefined],
  ])('thinking %j is %s', (thinking, expected) => {
    expect(request({ thinking }).thinking).toBe(expected);
  });

  test.each([
    [{ type: 'auto' }, 'auto'],
    [{ type: 'none' }, 'none'],
    [{ type: 'any' }, 'required'],
    [{ type: 'tool', name: 'read' }, { name: 'read' }],
    [{ type: 'tool', name: 'tool_search_tool_regex' }, 'auto'],
  ])('tool_choice %j is %j', (choice, expected) => {
    expect(request({ tool_choice: choice }).toolChoice).toEqual(expected);
  });

  test('keeping all thinking is said by an edit of context_management, and nothing else of it is lost', () => {
    const keep = { type: 'clear_thinking_20251015', keep: 'all' };
    const alone = request({ thinking: { type: 'adaptive' }, context_management: { edits: [keep] } });
    expect([alone.thinking, alone.extra]).toEqual(['keep', undefined]);
    const both = { edits: [keep, { type: 'clear_tool_uses_20250919' }] };
    const more = request({ context_management: both });
    expect([more.thinking, more.extra]).toEqual(['keep', { context_management: both }]);
    const off = request({ thinking: { type: 'disabled' }, context_management: { edits: [keep] } });
    expect([off.thinking, off.extra]).toEqual(['off', { context_management: { edits: [keep] } }]);
  });

  test("of Claude Code's user id only the session names the conversation", () => {
    const key = (user_id: string) => request({ metadata: { user_id } }).cacheKey;
    expect(key('user_ab12_account_f00_session_1b2-c3')).toBe('1b2-c3');
    expect(key('{"device_id":"d","account_uuid":"a","session_id":"s-1"}')).toBe('s-1');
    expect(key('{"no json')).toBe('{"no json');
  });

  test('the beta name of the output format counts too', () => {
    const format = { type: 'json_schema', schema: { type: 'object', properties: {} } };
    expect(request({ output_format: format }).responseFormat).toMatchObject({ schema: format.schema });
  });
});

describe('tools', () => {
  const schema = { type: 'object', properties: { path: { type: 'string' } } };

  test('custom tools keep what can be said of them; caching, deferring and streaming marks are dropped', () => {
    const tools = [
      { name: 'read', description: 'Reads.', input_schema: schema, strict: true, cache_control: {} },
      {
        type: 'custom',
        name: 'write',
        input_schema: schema,
        defer_loading: true,
        eager_input_streaming: true,
        input_examples: [{ path: '/a' }],
        allowed_callers: ['direct'],
      },
      { name: 'bare' },
    ];
    expect(request({ tools }).tools).toEqual([
      { name: 'read', description: 'Reads.', parameters: schema, strict: true },
      { name: 'write', description: 'Examples of arguments:\n{"path":"/a"}', parameters: schema },
      { name: 'bare' },
    ]);
  });

  test.each([
    ['bash_20250124', 'bash', 'command'],
    ['text_editor_20250124', 'str_replace_editor', 'view_range'],
    ['text_editor_20250728', 'str_replace_based_edit_tool', 'insert_text'],
    ['memory_20250818', 'memory', 'old_path'],
    ['computer_20251124', 'computer', 'coordinate'],
  ])('%s is declared with the schema that Claude knows by heart', (type, name, property) => {
    const [tool] = request({ tools: [{ type, name }] }).tools ?? [];
    expect(tool).toMatchObject({ name, parameters: { type: 'object', properties: { [property]: {} } } });
  });

  test('the display of a computer is told', () => {
    const tool = {
      type: 'computer_20250124',
      name: 'computer',
      display_width_px: 800,
      display_height_px: 600,
    };
    expect(request({ tools: [tool] }).tools?.[0]?.description).toContain('800x600');
  });

  test('a search for tools is left out, since all tools are declared', () => {
    const tools = [
      { type: 'tool_search_tool_regex_20251119', name: 'tool_search_tool_regex' },
      { name: 'read', input_schema: schema, defer_loading: true },
    ];
    expect(request({ tools }).tools?.map(({ name }) => name)).toEqual(['read']);
  });

  test.each([
    'web_search_20250305',
    'web_search_20260318',
    'web_fetch_20250910',
    'code_execution_20260521',
    'mcp_toolset',
    'advisor_20260301',
    'browser_toolset_20260801',
    'computer_toolset_20260801',
  ])('%s is refused by name, with what to do', (type) => {
    const error = refusal({
      ...BASE,
      messages: [{ role: 'user', content: 'x' }],
      tools: [{ name: 'read', input_schema: schema }, { type }],
    });
    expect(error).toMatchObject({ code: 'gateway-unsupported', param: 'tools[1].type' });
    expect(error.message).toContain(type);
    expect(error.remedy).toContain('Leave this tool out');
  });

  test('tools that the conversation itself adds and removes are those that are there in the end', () => {
    const definition = (name: string) => ({
      type: 'tool_definition',
      definition: { name, input_schema: schema },
    });
    const { tools } = request({
      tools: [
        { name: 'read', input_schema: schema },
        { name: 'write', input_schema: schema },
      ],
      messages: [
        user({ type: 'text', text: 'x' }),
        {
          role: 'system',
          content: [
            { type: 'tool_addition', tool: definition('added') },
            { type: 'tool_removal', tool: { type: 'tool_reference', name: 'write' } },
            { type: 'tool_removal', tool: { type: 'tool_reference', name: 'read' } },
            { type: 'tool_addition', tool: { type: 'tool_reference', name: 'read' } },
          ],
        },
      ],
    });
    expect(tools?.map(({ name }) => name)).toEqual(['read', 'added']);
  });
});

describe('conversations', () => {
  test('system blocks become one prompt, without the line for the bill that changes each time', () => {
    const { messages } = request({
      system: [
        { type: 'text', text: 'x-anthropic-billing-header: cc_version=1; cch=ab;' },
        { type: 'text', text: 'You are a coder.', cache_control: { type: 'ephemeral' } },
        { type: 'text', text: 'Be brief.' },
      ],
    });
    expect(messages[0]).toEqual({ role: 'system', content: 'You are a coder.\n\nBe brief.' });
  });

  test('system messages in the middle stay where they are, except those whose time is over', () => {
    expect(
      history([
        user({ type: 'text', text: 'one' }),
        { role: 'system', content: 'gone', clear_at: 'next_user_message' },
        { role: 'system', content: [{ type: 'text', text: 'stays' }] },
        assistant({ type: 'text', text: 'ok' }),
        { role: 'user', content: 'two' },
        { role: 'system', content: 'now', clear_at: 'next_user_message', output_config: { effort: 'max' } },
      ]),
    ).toEqual([
      { role: 'user', content: 'one' },
      { role: 'system', content: 'stays' },
      { role: 'assistant', content: 'ok' },
      { role: 'user', content: 'two' },
      { role: 'system', content: 'now' },
    ]);
  });

  test('results of tools come first, in their order, then what else the user said', () => {
    expect(
      history([
        { role: 'user', content: 'go' },
        assistant(
          { type: 'thinking', thinking: 'I need ', signature: 'unknown' },
          { type: 'thinking', thinking: 'both.', signature: '' },
          { type: 'text', text: 'Reading.' },
          call('toolu_a1_0_0', 'read', { path: '/a' }),
          call('toolu_a1_1_1', 'list'),
        ),
        user(
          { type: 'text', text: '<reminder>' },
          result('toolu_a1_1_1', [{ type: 'text', text: 'one' }, image('x')], { cache_control: {} }),
          result('toolu_a1_0_0', 'text of a'),
          { type: 'text', text: 'Go on.' },
        ),
      ]),
    ).toEqual([
      { role: 'user', content: 'go' },
      {
        role: 'assistant',
        content: 'Reading.',
        reasoning: 'I need both.',
        toolCalls: [
          { id: 'functions.read:0', name: 'read', arguments: '{"path":"/a"}' },
          { id: 'functions.list:1', name: 'list', arguments: '{}' },
        ],
      },
      {
        role: 'tool',
        toolCallId: 'functions.list:1',
        content: [
          { type: 'text', text: 'one' },
          { type: 'image', url: 'data:image/png;base64,x' },
        ],
      },
      { role: 'tool', toolCallId: 'functions.read:0', content: 'text of a' },
      { role: 'user', content: '<reminder>\n\nGo on.' },
    ]);
  });

  test('a failed tool says so in its text as well', () => {
    const contentOf = (content: unknown) =>
      history([assistant(call('c1')), user(result('c1', content, { is_error: true }))])[1];
    expect(contentOf('Timed out')).toMatchObject({ content: 'Error: Timed out', isError: true });
    expect(contentOf('Error: no such file')).toMatchObject({ content: 'Error: no such file' });
    expect(contentOf(undefined)).toMatchObject({ content: 'Error: the tool failed.' });
  });

  test('assistant messages in a row are one, so that no result is parted from its call', () => {
    const messages = history([
      assistant(call('c1', 'a')),
      assistant(call('c2', 'b')),
      user(result('c1', '1'), result('c2', '2')),
    ]);
    expect(messages.map((message) => message.role)).toEqual(['assistant', 'tool', 'tool']);
  });

  test('an id that repeats belongs to the latest call', () => {
    const messages = history([
      assistant(call('toolu_a_3_0', 'a')),
      user(result('toolu_a_3_0', '1')),
      assistant(call('toolu_a_3_0', 'b')),
      user(result('toolu_a_3_0', '2')),
    ]);
    expect(messages.flatMap((message) => (message.role === 'tool' ? [message.toolCallId] : []))).toEqual([
      'functions.a:3',
      'functions.b:3',
    ]);
  });

  test('a result without its call is told as text', () => {
    expect(history([user(result('gone', 'late'), { type: 'text', text: 'And now?' })])).toEqual([
      { role: 'user', content: 'late\n\nAnd now?' },
    ]);
  });

  test('what a client echoes sealed is opened, and counts before what stands beside it', () => {
    const unseal: DecodeOptions['unseal'] = (sealed, reasoning) =>
      sealed.startsWith('ours:')
        ? { reasoning: reasoning || sealed.slice(5), signature: 'of the host' }
        : undefined;
    const [message] = history(
      [
        assistant(
          { type: 'thinking', thinking: '', signature: 'ours:hidden' },
          { type: 'redacted_thinking', data: 'ours: more' },
          { type: 'redacted_thinking', data: 'foreign' },
          call('c1'),
        ),
      ],
      { unseal },
    );
    expect(message).toMatchObject({ reasoning: 'hidden more', reasoningSignature: 'of the host' });
  });

  test('a beginning of the answer stays an assistant message at the end', () => {
    expect(
      history([user({ type: 'text', text: 'x' }), { role: 'assistant', content: '{"a":' }]).at(-1),
    ).toEqual({
      role: 'assistant',
      content: '{"a":',
    });
  });

  test('an assistant message that says nothing is left out', () => {
    expect(
      history([{ role: 'user', content: 'x' }, assistant(), { role: 'user', content: 'y' }]),
    ).toHaveLength(2);
  });

  test('a compaction stands as a summary for what was said before', () => {
    const [first] = history([
      assistant({ type: 'compaction', content: 'They built a boat.' }),
      { role: 'user', content: 'Go on' },
    ]);
    expect(first).toEqual({
      role: 'user',
      content: 'Summary of the conversation so far:\n\nThey built a boat.',
    });
  });
});

function image(data: string) {
  return { type: 'image', source: { type: 'base64', media_type: 'image/png', data } };
}

describe('blocks that Kimi cannot be shown as they are', () => {
  const said = (...blocks: unknown[]) => history([user(...blocks)])[0]?.content;

  test('documents are read as text; a PDF is named and not read', () => {
    const source = { type: 'text', media_type: 'text/plain', data: 'The text.' };
    expect(said({ type: 'document', title: 'Notes', source })).toBe('Document: Notes\n\nThe text.');
    expect(said({ type: 'document', source: { type: 'content', content: 'Inner.' } })).toBe('Inner.');
    const pdf = { type: 'base64', media_type: 'application/pdf', data: 'JVBE' };
    expect(said({ type: 'document', title: 'Bill', source: pdf })).toMatch(/"Bill" was left out.*PDF/);
    expect(said({ type: 'document', source: { type: 'url', url: 'https://x/y.pdf' } })).toMatch(/left out/);
  });

  test('images go as they are, uploaded ones are named', () => {
    const source = { type: 'url', url: 'https://x/y.png' };
    expect(said({ type: 'image', source })).toEqual([{ type: 'image', url: 'https://x/y.png' }]);
    expect(said({ type: 'image', source: { type: 'file', file_id: 'f1' } })).toMatch(/left out/);
  });

  test.each([
    [{ type: 'tool_reference', tool_name: 'mcp__x' }, 'The tool mcp__x can be called now.'],
    [
      { type: 'search_result', title: 'T', source: 'https://s', content: [{ type: 'text', text: 'found' }] },
      'Search result: T, https://s\nfound',
    ],
    [{ type: 'hologram', data: 1 }, /A block of the type "hologram" was left out/],
    [{ type: 'browser_state', tabs: [{ tab_id: '1' }] }, /Open tabs of the browser: \[/],
  ])('in a result of a tool %j is text', (block, expected) => {
    const [, tool] = history([assistant(call('c1')), user(result('c1', [block]))]);
    expect(tool?.content).toEqual(typeof expected === 'string' ? expected : expect.stringMatching(expected));
  });

  test('what server tools did earlier is told in the assistant message', () => {
    const [message] = history([
      assistant(
        { type: 'text', text: 'Looking.' },
        { type: 'server_tool_use', id: 's1', name: 'web_search', input: { query: 'kimi' } },
        {
          type: 'web_search_tool_result',
          tool_use_id: 's1',
          content: [{ type: 'web_search_result', title: 'Kimi', url: 'https://k', encrypted_content: 'zzz' }],
        },
        { type: 'mcp_tool_result', tool_use_id: 'm1', content: [{ type: 'text', text: 'from mcp' }] },
        { type: 'fallback', from: {}, to: {} },
        {
          type: 'bash_code_execution_tool_result',
          content: { type: 'bash_code_execution_tool_result_error', error_code: 'unavailable' },
        },
      ),
    ]);
    expect(message?.content).toContain('[web_search was called with {"query":"kimi"}]');
    expect(message?.content).toContain('[Result of web_search]\nKimi: https://k');
    expect(message?.content).toContain('[Result of mcp]\nfrom mcp');
    expect(message?.content).toContain('Error: unavailable');
    expect(message?.content).not.toContain('zzz');
  });
});

test('max_tokens 0 asks for no answer, as Anthropic warms a cache', () => {
  const { request } = messagesFront.decodeRequest({
    model: 'm',
    max_tokens: 0,
    messages: [{ role: 'user', content: 'x' }],
  });
  expect(request.maxTokens).toBe(0);
});

describe('what is refused says where and why', () => {
  const messages = [{ role: 'user', content: 'x' }];

  test.each([
    [null, 'The body'],
    [{ messages }, 'model'],
    [{ model: 'm' }, 'messages'],
    [{ model: 'm', messages: [] }, 'messages'],
    [{ model: 'm', messages: ['x'] }, 'messages[0]'],
    [{ model: 'm', messages: [{ role: 'tool', content: 'x' }] }, 'messages[0].role'],
    [{ model: 'm', messages: [{ role: 'user' }] }, 'messages[0].content'],
    [{ model: 'm', messages: [user({ type: 'text' })] }, 'messages[0].content[0].text'],
    [{ model: 'm', messages: [user({})] }, 'messages[0].content[0].type'],
    [{ model: 'm', messages: [assistant({ type: 'tool_use', name: 'x' })] }, 'messages[0].content[0].id'],
    [{ model: 'm', messages, max_tokens: -1 }, 'max_tokens'],
    [{ model: 'm', messages, max_tokens: 0.5 }, 'max_tokens'],
    [{ model: 'm', messages, max_tokens: 1e300 }, 'max_tokens'],
    [{ model: 'm', messages, max_tokens: '9' }, 'max_tokens'],
    [{ model: 'm', messages, stream: 'yes' }, 'stream'],
    [{ model: 'm', messages, stop_sequences: [1] }, 'stop_sequences[0]'],
    [{ model: 'm', messages, tools: {} }, 'tools'],
    [{ model: 'm', messages, tools: [{ input_schema: {} }] }, 'tools[0].name'],
    [{ model: 'm', messages, tool_choice: { type: 'some' } }, 'tool_choice.type'],
    [{ model: 'm', messages, output_config: { format: { type: 'xml' } } }, 'output_config.format.type'],
  ])('%j: %s', (json, param) => {
    expect(refusal(json)).toMatchObject({ code: 'invalid-request', param });
  });

  test.each(['thread', 'mcp_servers', 'container', 'compaction'])(
    '%s needs servers of Anthropic',
    (field) => {
      const value =
        field === 'mcp_servers' ? [{ type: 'url', url: 'https://m', name: 'm' }] : { type: 'create' };
      expect(refusal({ ...BASE, messages, [field]: value })).toMatchObject({
        code: 'gateway-unsupported',
        param: field,
      });
    },
  );

  test('a thread is refused in the words by which the SDK falls back', () => {
    const error = refusal({ ...BASE, messages, thread: { type: 'create' } });
    const { status, body } = messagesFront.encodeError(error, 'req_1');
    expect(status).toBe(400);
    expect(body).toMatchObject({
      type: 'error',
      request_id: 'req_1',
      error: { type: 'invalid_request_error', details: { error_code: 'thread_unsupported_request' } },
    });
  });

  test('nothing is nested so deeply that it breaks', () => {
    const deep = JSON.parse(`${'{"a":'.repeat(50_000)}1${'}'.repeat(50_000)}`) as unknown;
    const error = refusal({ ...BASE, messages: [assistant(call('c1', 'x', deep))] });
    expect(error).toMatchObject({ code: 'invalid-request', param: 'messages[0].content[0].input' });
    let document: unknown = 'x';
    for (let i = 0; i < 50_000; i++) {
      document = [{ type: 'document', source: { type: 'content', content: document } }];
    }
    expect(history([{ role: 'user', content: document }])).toHaveLength(1);
  });

  test('names of prototypes are only names', () => {
    const json = JSON.parse(
      '{"model":"m","messages":[{"role":"user","content":"x"}],"__proto__":{"a":1},"constructor":2}',
    ) as unknown;
    const { extra } = messagesFront.decodeRequest(json).request;
    expect(Object.keys(extra ?? {})).toEqual(['__proto__', 'constructor']);
    expect(Object.getPrototypeOf(extra)).toBe(Object.prototype);
  });
});
