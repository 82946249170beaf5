// What a coding agent sends over Anthropic Messages: a long system prompt, 25 tools with 72 kB of schemas, and the conversation.

let requests = 0;
/** Claude Code's begins with a line for Anthropic's bills, which is another in each request. */
const system = () => [
  {
    type: 'text',
    text: `x-anthropic-billing-header: cc_version=2.1.332; cc_entrypoint=cli; cch=${++requests};`,
  },
  { type: 'text', text: 'You are an agent that works on code.', cache_control: { type: 'ephemeral' } },
  { type: 'text', text: 'Look before you change anything, and say what you did. '.repeat(250) },
];
const TOOLS = [weather(), ...Array.from({ length: 24 }, (_, number) => tool(number))];

function weather() {
  const properties = {
    city: { type: 'string' },
    days: { type: 'integer' },
    units: { enum: ['metric', 'imperial'] },
  };
  return { name: 'get_weather', input_schema: { type: 'object', properties, required: ['city'] } };
}

/** Three kilobytes, with what such schemas have in them. */
function tool(number) {
  const properties = {};
  for (let field = 0; field < 12; field++) {
    const description = `What the tool ${number} does with its field ${field}; it says so at some length, as they do.`;
    properties[`field_${field}`] =
      field % 4 === 0
        ? { description, anyOf: [{ type: 'string' }, { type: 'array', items: { type: 'string' } }] }
        : field % 4 === 1
          ? { description, type: ['integer', 'null'], minimum: 0 }
          : field % 4 === 2
            ? { description, $ref: '#/$defs/place' }
            : { description, type: 'object', additionalProperties: { type: 'string' } };
  }
  const place = { type: 'object', properties: { file: { type: 'string' }, line: { type: 'integer' } } };
  return {
    name: `tool_${number}`,
    description: 'Does one thing well, and tells what came of it. '.repeat(15),
    input_schema: {
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      type: 'object',
      properties,
      required: ['field_0'],
      additionalProperties: false,
      $defs: { place },
    },
  };
}

/** The messages of OpenAI Chat as Claude Code sends them. */
export function agentBody(model, stream, messages) {
  return {
    model,
    messages: messages.map(message),
    system: system(),
    tools: TOOLS,
    metadata: { user_id: 'user_bench' },
    max_tokens: 32_000,
    stream,
  };
}

function message({ role, content, tool_calls: calls, tool_call_id: id }) {
  // As the gateway itself writes them.
  const toolu = (called) => `toolu_bench_${called.split(':').at(-1)}_0`;
  if (role === 'tool') {
    return { role: 'user', content: [{ type: 'tool_result', tool_use_id: toolu(id), content }] };
  }
  if (role !== 'assistant') return { role, content: [{ type: 'text', text: content }] };
  const blocks = calls.map(({ id: called, function: { name, arguments: input } }) => ({
    type: 'tool_use',
    id: toolu(called),
    name,
    input: JSON.parse(input),
  }));
  return { role, content: [{ type: 'text', text: 'I look it up.' }, ...blocks] };
}
