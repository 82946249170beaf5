const PIXEL =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
const PNG = `data:image/png;base64,${PIXEL}`;
const call = (id: string, name: string, args: string) => ({
  id,
  type: 'function',
  function: { name, arguments: args },
});
const tool = (name: string, parameters?: unknown, more = {}) => ({
  type: 'function',
  function: { name, ...(parameters !== undefined && { parameters }), ...more },
});
const CITY = { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] };
const USER = { role: 'user', content: 'Hello' };
const TURN = [
  USER,
  { role: 'assistant', content: null, tool_calls: [call('call_1', 'get_weather', '{"city":"Paris"}')] },
  { role: 'tool', tool_call_id: 'call_1', content: '21' },
];

/** Of OpenAI Chat clients, as they come and as Moonshot is known to refuse them; without `model` and `stream`. */
export const CHAT_REQUESTS: Record<string, object> = {
  'a developer role': { messages: [{ role: 'developer', content: 'Be brief.' }, USER] },
  'sampling of a default client': {
    messages: [USER],
    temperature: 0.7,
    top_p: 1,
    n: 1,
    presence_penalty: 0.5,
    frequency_penalty: 0.2,
    seed: 1,
  },
  'temperature 0 without thinking': { messages: [USER], temperature: 0, thinking: { type: 'disabled' } },
  'thinking as a boolean': { messages: [USER], thinking: true },
  'thinking false': { messages: [USER], thinking: false },
  'keep all': { messages: [USER], thinking: { type: 'enabled', keep: 'all' } },
  'effort medium': { messages: [USER], reasoning_effort: 'medium' },
  'effort none': { messages: [USER], reasoning_effort: 'none' },
  'effort minimal': { messages: [USER], reasoning_effort: 'minimal' },
  'effort xhigh': { messages: [USER], reasoning_effort: 'xhigh' },
  'dropped reasoning': { messages: TURN, tools: [tool('get_weather', CITY)] },
  'dropped reasoning, thinking on': {
    messages: TURN,
    tools: [tool('get_weather', CITY)],
    thinking: { type: 'enabled' },
  },
  'reasoning null': {
    messages: [TURN[0], { ...TURN[1], reasoning_content: null }, TURN[2]],
    tools: [tool('get_weather', CITY)],
  },
  required: { messages: [USER], tools: [tool('get_weather', CITY)], tool_choice: 'required' },
  'required, no thinking': {
    messages: [USER],
    tools: [tool('get_weather', CITY)],
    tool_choice: 'required',
    thinking: { type: 'disabled' },
  },
  named: {
    messages: [USER],
    tools: [tool('get_weather', CITY)],
    tool_choice: { type: 'function', function: { name: 'get_weather' } },
  },
  'allowed tools': {
    messages: [USER],
    tools: [tool('get_weather', CITY), tool('other', CITY)],
    tool_choice: {
      type: 'allowed_tools',
      allowed_tools: { mode: 'required', tools: [{ type: 'function', function: { name: 'other' } }] },
    },
  },
  'empty tools': { messages: [USER], tools: [], tool_choice: 'auto' },
  'tool choice without tools': { messages: [USER], tool_choice: 'none' },
  'odd names': {
    messages: [USER],
    tools: [
      tool('1st.tool', CITY),
      tool('天气', CITY),
      tool('x'.repeat(100), CITY),
      tool('mcp__a__b', CITY),
      tool('a b', CITY),
    ],
  },
  'a repeated name': { messages: [USER], tools: [tool('a', CITY), tool('a', CITY)] },
  'no parameters': { messages: [USER], tools: [tool('a'), tool('b', {}), tool('c', null)] },
  'strict null': {
    messages: [USER],
    tools: [tool('a', CITY, { strict: null }), tool('b', CITY, { strict: true })],
  },
  'schemas of all kinds': {
    messages: [USER],
    tools: [
      tool('a', {
        $schema: 'http://json-schema.org/draft-07/schema#',
        type: 'object',
        properties: {
          x: { oneOf: [{ type: 'string' }, { type: 'number' }] },
          y: { const: 3 },
          z: true,
          w: { type: ['string', 'null'], format: 'date' },
          v: { allOf: [{ type: 'string' }, { minLength: 2 }] },
          r: { $ref: '#/definitions/D', description: 'd' },
        },
        definitions: { D: { type: 'object', properties: { d: { $ref: '#/definitions/D' } } } },
        additionalProperties: false,
      }),
      tool('b', {
        type: 'object',
        patternProperties: { '^x': { type: 'string' } },
        propertyNames: { pattern: 'x' },
        minProperties: 1,
      }),
      tool('c', {
        anyOf: [
          { type: 'object', properties: { a: { type: 'string' } } },
          { type: 'object', properties: { b: { type: 'string' } } },
        ],
      }),
      tool('d', {
        type: 'object',
        properties: {
          list: { type: 'array', items: [{ type: 'string' }, { type: 'number' }] },
          e: { enum: ['a', 1, null] },
          required: { type: 'string' },
          '': { type: 'string' },
        },
      }),
      tool('e', { type: 'string' }),
      tool('f', {
        type: 'object',
        properties: {
          q: { not: { type: 'string' } },
          m: { type: 'integer', exclusiveMinimum: 0, multipleOf: 2 },
          n: { type: 'string', nullable: true },
        },
        required: ['q', 'missing'],
      }),
    ],
  },
  'response schema': {
    messages: [USER],
    response_format: {
      type: 'json_schema',
      json_schema: {
        name: 'x',
        strict: true,
        schema: {
          $schema: 's',
          type: 'object',
          properties: { a: { oneOf: [{ type: 'string' }, { type: 'null' }] } },
          required: ['a'],
          additionalProperties: false,
        },
      },
    },
  },
  'response json': { messages: [USER], response_format: { type: 'json_object' } },
  'empty text parts': {
    messages: [
      {
        role: 'user',
        content: [
          { type: 'text', text: '' },
          { type: 'text', text: 'Hello' },
        ],
      },
      { role: 'assistant', content: [{ type: 'text', text: '' }], tool_calls: [call('c', 'a', '{}')] },
      { role: 'tool', tool_call_id: 'c', content: [{ type: 'text', text: '' }] },
    ],
  },
  'an empty user message': { messages: [{ role: 'user', content: '' }, USER] },
  'only an empty user message': { messages: [{ role: 'user', content: '' }] },
  'an empty system message': { messages: [{ role: 'system', content: '' }, USER] },
  'an empty system part': { messages: [{ role: 'system', content: [{ type: 'text', text: '' }] }, USER] },
  'no user content parts': { messages: [{ role: 'user', content: [] }, USER] },
  'an empty assistant': { messages: [USER, { role: 'assistant', content: '' }, USER] },
  'a null assistant': { messages: [USER, { role: 'assistant', content: null }, USER] },
  'blank assistant with reasoning': {
    messages: [USER, { role: 'assistant', content: '', reasoning_content: 'hm' }, USER],
  },
  'ends with assistant': { messages: [USER, { role: 'assistant', content: 'I begin' }] },
  'image beside empty text': {
    messages: [
      {
        role: 'user',
        content: [
          { type: 'text', text: '' },
          { type: 'image_url', image_url: { url: PNG } },
        ],
      },
    ],
  },
  'an http image': {
    messages: [
      {
        role: 'user',
        content: [
          { type: 'text', text: 'what' },
          { type: 'image_url', image_url: { url: 'https://example.com/a.png' } },
        ],
      },
    ],
  },
  'an image in a result': {
    messages: [
      TURN[0],
      TURN[1],
      {
        role: 'tool',
        tool_call_id: 'call_1',
        content: [
          { type: 'text', text: 'see' },
          { type: 'image_url', image_url: { url: PNG } },
        ],
      },
    ],
  },
  'an image as a string': { messages: [{ role: 'user', content: [{ type: 'image_url', image_url: PNG }] }] },
  'input_text parts': { messages: [{ role: 'user', content: [{ type: 'input_text', text: 'x' }] }] },
  'an orphan result': { messages: [USER, { role: 'tool', tool_call_id: 'nowhere', content: 'x' }, USER] },
  'a missing result': {
    messages: [
      USER,
      { role: 'assistant', content: 'x', tool_calls: [call('a', 'f', '{}'), call('b', 'f', '{}')] },
      { role: 'tool', tool_call_id: 'b', content: 'x' },
      USER,
    ],
  },
  'no results': {
    messages: [USER, { role: 'assistant', content: null, tool_calls: [call('a', 'f', '{}')] }, USER],
  },
  'a user before the results': {
    messages: [
      USER,
      { role: 'assistant', content: null, tool_calls: [call('a', 'f', '{}')] },
      USER,
      { role: 'tool', tool_call_id: 'a', content: 'x' },
    ],
  },
  'repeated ids in one turn': {
    messages: [
      USER,
      { role: 'assistant', content: null, tool_calls: [call('a', 'f', '{}'), call('a', 'f', '{}')] },
      { role: 'tool', tool_call_id: 'a', content: 'x' },
      { role: 'tool', tool_call_id: 'a', content: 'y' },
    ],
  },
  'empty ids': {
    messages: [
      USER,
      { role: 'assistant', content: null, tool_calls: [call('', 'f', '{}')] },
      { role: 'tool', tool_call_id: 'x', content: 'x' },
    ],
  },
  'bad arguments': {
    messages: [
      USER,
      {
        role: 'assistant',
        content: null,
        tool_calls: [
          call('a', 'f', '{"x":'),
          call('b', 'f', ''),
          call('c', 'f', '"text"'),
          call('d', 'f', '[1]'),
        ],
      },
      ...['a', 'b', 'c', 'd'].map((id) => ({ role: 'tool', tool_call_id: id, content: '' })),
    ],
  },
  'odd names in the history': {
    messages: [
      USER,
      { role: 'assistant', content: null, tool_calls: [call('a', 'x.y z', '{}')] },
      { role: 'tool', tool_call_id: 'a', content: 'x' },
    ],
  },
  'legacy functions': {
    messages: [
      USER,
      { role: 'assistant', content: null, function_call: { name: 'f', arguments: '{}' } },
      { role: 'function', name: 'f', content: 'x' },
    ],
    functions: [{ name: 'f', parameters: CITY }],
    function_call: 'auto',
  },
  'a huge max_tokens': { messages: [USER], max_completion_tokens: 262_144 },
  'a larger max_tokens': { messages: [USER], max_tokens: 10_000_000 },
  'a tiny max_tokens': { messages: [USER], max_tokens: 1 },
  'a long prompt and a large max_tokens': {
    messages: [{ role: 'user', content: 'word '.repeat(150_000) }],
    max_tokens: 131_072,
  },
  'many stops': { messages: [USER], stop: ['a', 'b', 'c', 'd', 'e', 'f', 'x'.repeat(40), '語'.repeat(11)] },
  'fields of OpenAI': {
    messages: [{ ...USER, name: 'Ann' }],
    store: true,
    metadata: { a: 'b' },
    service_tier: 'auto',
    user: 'u',
    parallel_tool_calls: false,
    tools: [tool('a', CITY)],
    logit_bias: {},
    prompt_cache_key: 'k',
    safety_identifier: 's',
    verbosity: 'low',
    modalities: ['text'],
    top_logprobs: null,
    prediction: null,
    reasoning: { effort: 'high' },
  },
  'template arguments': {
    messages: [USER],
    chat_template_kwargs: { thinking: false },
    top_k: 20,
    min_p: 0.1,
    repetition_penalty: 1.05,
  },
  'lone surrogates and NULs': { messages: [{ role: 'user', content: 'a\ud800b\u0000c' }] },
  'refusals and parsed': {
    messages: [
      USER,
      {
        role: 'assistant',
        content: null,
        refusal: 'no',
        parsed: null,
        tool_calls: null,
        annotations: [],
        audio: null,
      },
      USER,
    ],
  },
  'content array everywhere': {
    messages: [
      { role: 'system', content: [{ type: 'text', text: 's' }] },
      { role: 'user', content: [{ type: 'text', text: 'u' }] },
      { role: 'assistant', content: [{ type: 'text', text: 'a' }] },
      { role: 'user', content: [{ type: 'text', text: 'u' }] },
    ],
  },
  'too many tools': {
    messages: [USER],
    tools: Array.from({ length: 140 }, (_, i) => tool(`tool_${i}`, CITY)),
  },
  'a system message only': { messages: [{ role: 'system', content: 'Say something.' }] },
  'tools by a system message': { messages: [{ role: 'system', tools: [tool('dyn', CITY)] }, USER] },
};

/** The same of Anthropic clients. */
export const MESSAGES_REQUESTS: Record<string, object> = {
  'empty user text': { messages: [{ role: 'user', content: '' }] },
  'blank texts': {
    messages: [
      {
        role: 'user',
        content: [
          { type: 'text', text: ' ' },
          { type: 'text', text: 'x' },
        ],
      },
    ],
  },
  'thinking disabled': { messages: [USER], thinking: { type: 'disabled' } },
  'a thinking budget': {
    messages: [USER],
    thinking: { type: 'enabled', budget_tokens: 2000 },
    temperature: 1,
  },
  'adaptive thinking and effort': {
    messages: [USER],
    thinking: { type: 'adaptive' },
    output_config: { effort: 'medium' },
    context_management: { edits: [{ type: 'clear_thinking_20251015', keep: 'all' }] },
  },
  any: { messages: [USER], tools: [{ name: 'a', input_schema: CITY }], tool_choice: { type: 'any' } },
  'one tool, no parallel use': {
    messages: [USER],
    tools: [{ name: 'a', input_schema: CITY }],
    tool_choice: { type: 'tool', name: 'a', disable_parallel_tool_use: true },
  },
  'a result with an image': {
    messages: [
      USER,
      { role: 'assistant', content: [{ type: 'tool_use', id: 'toolu_1', name: 'a', input: {} }] },
      {
        role: 'user',
        content: [
          {
            type: 'tool_result',
            tool_use_id: 'toolu_1',
            content: [{ type: 'image', source: { type: 'base64', media_type: 'image/png', data: PIXEL } }],
          },
          { type: 'text', text: 'and?' },
        ],
      },
    ],
  },
  'an empty result': {
    messages: [
      USER,
      { role: 'assistant', content: [{ type: 'tool_use', id: 'toolu_1', name: 'a', input: {} }] },
      { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'toolu_1' }] },
    ],
  },
  'an unknown result': {
    messages: [
      USER,
      { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'toolu_x', content: 'x' }] },
    ],
  },
  'system in messages': {
    system: [{ type: 'text', text: 's', cache_control: { type: 'ephemeral' } }],
    messages: [USER, { role: 'system', content: 'now' }],
    metadata: { user_id: 'u_session_abc' },
  },
  'a url image': {
    messages: [
      { role: 'user', content: [{ type: 'image', source: { type: 'url', url: 'https://x.y/z.png' } }] },
    ],
  },
  'a document': {
    messages: [
      {
        role: 'user',
        content: [{ type: 'document', source: { type: 'text', media_type: 'text/plain', data: 'hello' } }],
      },
    ],
  },
  'foreign thinking': {
    messages: [
      USER,
      {
        role: 'assistant',
        content: [
          { type: 'thinking', thinking: 'x', signature: 'foreign' },
          { type: 'redacted_thinking', data: 'zzz' },
          { type: 'text', text: '' },
          { type: 'tool_use', id: 't', name: 'a', input: { a: 1 } },
        ],
      },
      { role: 'user', content: [{ type: 'tool_result', tool_use_id: 't', content: 'x', is_error: true }] },
    ],
  },
  'a format': {
    messages: [USER],
    output_config: {
      format: {
        type: 'json_schema',
        schema: { type: 'object', properties: { a: { type: 'string', format: 'email' } } },
      },
    },
  },
  'top_k and stops': {
    messages: [USER],
    top_k: 5,
    top_p: 0.5,
    temperature: 0.2,
    stop_sequences: ['', 'x'.repeat(50)],
  },
  prefill: { messages: [USER, { role: 'assistant', content: '{' }] },
};

/** The same of OpenAI Responses clients, Codex among them. */
export const RESPONSES_REQUESTS: Record<string, object> = {
  'empty input': { input: '' },
  'effort and summary': {
    input: 'x',
    reasoning: { effort: 'medium', summary: 'auto' },
    text: { verbosity: 'low' },
    include: ['reasoning.encrypted_content'],
    store: false,
  },
  'effort none': { input: 'x', reasoning: { effort: 'none' } },
  'forced tool': {
    input: 'x',
    tools: [{ type: 'function', name: 'a', parameters: CITY, strict: true }],
    tool_choice: { type: 'function', name: 'a' },
    parallel_tool_calls: false,
  },
  codex: {
    instructions: '',
    input: [
      { type: 'message', role: 'developer', content: [{ type: 'input_text', text: 'rules' }] },
      { type: 'message', role: 'user', content: [{ type: 'input_text', text: 'do it' }] },
      { type: 'reasoning', summary: [], content: null, encrypted_content: 'foreign' },
      { type: 'custom_tool_call', call_id: 'c1', name: 'apply_patch', input: '*** Begin' },
      { type: 'custom_tool_call_output', call_id: 'c1', output: 'ok' },
      { type: 'function_call', call_id: 'c2', name: 'shell', namespace: 'x', arguments: '{"cmd":["ls"]}' },
      { type: 'function_call', call_id: 'c3', name: 'shell', arguments: '{}' },
      { type: 'function_call_output', call_id: 'c3', output: [{ type: 'input_text', text: '' }] },
      {
        type: 'function_call_output',
        call_id: 'c2',
        output: [
          { type: 'input_text', text: 'x' },
          { type: 'input_image', image_url: PNG },
        ],
      },
    ],
    tools: [
      {
        type: 'function',
        name: 'shell',
        parameters: {
          type: 'object',
          properties: {
            cmd: { type: 'array', items: { type: 'string' } },
            opt: { $ref: '#/$defs/o', type: 'object' },
          },
          $defs: { o: { type: 'object', properties: {} } },
        },
        strict: false,
      },
      {
        type: 'custom',
        name: 'apply_patch',
        format: { type: 'grammar', syntax: 'lark', definition: 'start: x' },
      },
      { type: 'web_search' },
      {
        type: 'namespace',
        name: 'mcp',
        description: 'd',
        tools: [{ type: 'function', name: 'do.it', parameters: CITY }],
      },
    ],
    tool_choice: 'auto',
    parallel_tool_calls: true,
    store: false,
    prompt_cache_key: 'k',
    service_tier: 'auto',
    client_metadata: { a: 'b' },
  },
  'a json schema': {
    input: 'x',
    text: {
      format: {
        type: 'json_schema',
        name: 'n',
        schema: {
          type: 'object',
          properties: { a: { const: 1 } },
          required: ['a'],
          additionalProperties: false,
        },
        strict: true,
      },
    },
  },
  'an output without a call': {
    input: [
      { type: 'function_call_output', call_id: 'zz', output: 'x' },
      { role: 'user', content: 'hi' },
    ],
  },
  'an image by url': {
    input: [
      { role: 'user', content: [{ type: 'input_image', image_url: 'https://x.y/z.png', detail: 'auto' }] },
    ],
  },
};
