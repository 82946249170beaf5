import { Server } from '@modelcontextprotocol/sdk/server/index.js';
import { CallToolRequestSchema, ListToolsRequestSchema } from '@modelcontextprotocol/sdk/types.js';

const object = { type: 'object' };
const text = (said) => ({ content: [{ type: 'text', text: said }] });

/** What each tool does, by its name. */
const CALLS = {
  echo: (input) => text(JSON.stringify(input)),
  'look up/it': () => text('looked up'),
  fail: () => ({ ...text('there is no such file'), isError: true }),
  fail_silently: () => ({ content: [], isError: true }),
  refuse: () => {
    throw new Error('not today');
  },
  die() {
    process.stderr.write('out of \u001b[31mluck\u001b[0m\n');
    process.exit(3);
  },
  async wait(_, { signal }) {
    await new Promise((resolve) => signal.addEventListener('abort', resolve));
    cancelled++;
    return text('too late');
  },
  cancelled: () => text(String(cancelled)),
  async report(_, { sendNotification, _meta }) {
    for (let progress = 1; progress <= 5; progress++) {
      await new Promise((resolve) => setTimeout(resolve, 400));
      const params = { progressToken: _meta.progressToken, progress };
      await sendNotification({ method: 'notifications/progress', params });
    }
    return text('done');
  },
  huge: () => text(`begin ${'x'.repeat(5_000_000)} end`),
  flood() {
    process.stdout.write('y'.repeat(3_000_000));
    return new Promise(() => {});
  },
  noise() {
    process.stdout.write('this is no JSON\n{"neither":\n[]\n{"jsonrpc":"2.0","id":99999,"result":{}}\n\n');
    return text('after the noise');
  },
  async change(_, { sendNotification }) {
    await sendNotification({ method: 'notifications/tools/list_changed' });
    return text('changed');
  },
  environment: () => text(JSON.stringify(process.env)),
  kinds: () => ({
    content: [
      { type: 'text', text: 'a picture:' },
      { type: 'image', mimeType: 'image/png', data: 'AAAA' },
      { type: 'resource', resource: { uri: 'file:///a.txt', text: 'its text' } },
      { type: 'resource', resource: { uri: 'file:///b.bin', mimeType: 'x/y', blob: 'AAAAAAAA' } },
      { type: 'resource_link', uri: 'file:///c.txt', name: 'c' },
    ],
    structuredContent: { count: 123 },
  }),
  said_as_json: () => ({ ...text('{ "a\\n": [1, null] }'), structuredContent: { 'a\n': [1, null] } }),
  said_in_words: () => ({ ...text('line\n"3"'), structuredContent: { content: 'line\n"3"', count: 3 } }),
  half_said: () => ({ ...text('2 rows'), structuredContent: { rows: ['a', 'b'] } }),
  said_alone: () => ({ content: [], structuredContent: { count: 3 } }),
};
let cancelled = 0;

const HINTS = {
  echo: { readOnlyHint: true },
  cancelled: { idempotentHint: true },
  flood: { destructiveHint: true },
};
const SCHEMAS = {
  echo: { ...object, properties: { say: { type: 'string', pattern: '^(a+)+$' } }, required: ['say'] },
};

/** A server of the SDK. `mode`: `many` for 200 tools on 4 pages, `odd` for tools that are described badly. */
export function mcpServer(mode) {
  const server = new Server(
    { name: 'test server', version: '1' },
    { capabilities: { tools: { listChanged: true } } },
  );
  server.setRequestHandler(ListToolsRequestSchema, ({ params }) => {
    if (mode === 'many') {
      const page = Number(params?.cursor ?? 0);
      const tools = Array.from({ length: 50 }, (_, at) => ({
        name: `tool_${page * 50 + at}`,
        inputSchema: object,
      }));
      return { tools, ...(page < 3 && { nextCursor: String(page + 1) }) };
    }
    if (mode === 'endless') return { tools: [{ name: 'echo', inputSchema: object }], nextCursor: 'again' };
    if (mode === 'odd') return { tools: odd() };
    const tools = Object.keys(CALLS).map((name) => ({
      name,
      inputSchema: SCHEMAS[name] ?? object,
      ...(HINTS[name] && { annotations: HINTS[name] }),
    }));
    return { tools };
  });
  server.setRequestHandler(CallToolRequestSchema, ({ params }, extra) => {
    return Object.hasOwn(CALLS, params.name)
      ? CALLS[params.name](params.arguments, extra)
      : text(`called ${params.name}`);
  });
  return server;
}

function odd() {
  let deep = {};
  for (let level = 0; level < 200; level++) deep = { properties: { a: deep } };
  return [
    { name: 'no spaces, please', description: 'd'.repeat(20_000), inputSchema: object },
    { name: 'no spaces  please', inputSchema: object },
    { name: '数据', inputSchema: object },
    { name: '9lives', inputSchema: object },
    { name: 'x'.repeat(200), inputSchema: object },
    { name: '__proto__', inputSchema: object },
    { name: 'calculator', inputSchema: object },
    { name: 'twice', inputSchema: object },
    { name: 'twice', inputSchema: object },
    { name: 'schema_is_text', inputSchema: 'object' },
    { name: 'schema_is_deep', inputSchema: deep },
    { name: 'schema_is_absent' },
    { name: 5 },
    null,
    { inputSchema: object },
  ];
}
