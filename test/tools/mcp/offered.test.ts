import { expect, it, test } from 'vitest';
import { plainSchema } from '../../../src/tools/foreign/plain-schema.ts';
import { toolName } from '../../../src/tools/foreign/tool-names.ts';
import { splitCommandLine } from '../../../src/tools/mcp/command-line.ts';
import { loadSdk } from '../../../src/tools/mcp/sdk.ts';
import { call, connected, program, resultsOf } from './calls.ts';

it('offers two hundred tools from all pages', async () => {
  const server = await connected(program('many'));
  expect(Object.keys(server.tools)).toEqual(Array.from({ length: 200 }, (_, at) => `tool_${at}`));
  expect(await call(server, 'tool_199')).toBe('called tool_199');
});

it('offers only those that are wanted, and names those there are when there is no such tool', async () => {
  const server = await connected(program('many'), { only: ['tool_7'] });
  expect(Object.keys(server.tools)).toEqual(['tool_7']);
  await expect(connected(program(), { only: ['ecco'] })).rejects.toMatchObject({
    code: 'invalid-options',
    remedy: expect.stringContaining('echo, ') as string,
  });
});

it('does not turn pages for ever', async () => {
  const server = await connected(program('endless'));
  expect(Object.keys(server.tools)).toEqual(['echo']);
});

it('makes names and schemas usable, leaves out what is no tool, and says so', async () => {
  const notes: string[] = [];
  const server = await connected(program('odd'), {
    taken: ['calculator'],
    onNote: (note) => notes.push(note),
  });
  const long = `test_server_${'x'.repeat(52)}`;
  expect(Object.keys(server.tools)).toEqual([
    'test_server_no_spaces__please',
    'test_server_no_spaces__please_2',
    'test_server___',
    'test_server_9lives',
    long,
    '__proto__',
    'test_server_calculator',
    'twice',
    'schema_is_text',
    'schema_is_deep',
    'schema_is_absent',
  ]);
  expect(await call(server, 'test_server___')).toBe('called 数据');
  expect(await call(server, long)).toBe(`called ${'x'.repeat(200)}`);
  expect(server.tools['test_server_no_spaces__please']!.description).toHaveLength(8002);
  expect(server.tools['schema_is_deep']!.jsonSchema).toEqual({ type: 'object' });
  expect(notes.filter((note) => note.includes('without a name'))).toHaveLength(3);
  for (const part of [
    '"twice" twice',
    '"schema_is_text" is none',
    'more than 64 levels',
    '"9lives" is called test_server_9lives',
  ]) {
    expect(notes.filter((note) => note.includes(part))).toHaveLength(1);
  }
  const [result] = await resultsOf(server.tools, ['__proto__', '{}']);
  expect(result!.output).toBe('called __proto__');
});

it('believes hints that ask for care, and the others only when told to', async () => {
  const { tools: plain } = await connected(program());
  expect([plain['echo']!.readOnly, plain['echo']!.replay, plain['cancelled']!.replay]).toEqual([
    undefined,
    'never',
    'never',
  ]);
  expect([plain['flood']!.needsApproval, plain['echo']!.needsApproval]).toEqual([true, undefined]);
  const { tools: trusted } = await connected(program(), { trustHints: true });
  expect([trusted['echo']!.readOnly, trusted['cancelled']!.replay, trusted['wait']!.replay]).toEqual([
    true,
    'safe',
    'never',
  ]);
});

it('tells the model the whole schema and checks what can be checked without danger', async () => {
  const server = await connected(program());
  expect(server.tools['echo']!.jsonSchema).toMatchObject({ properties: { say: { pattern: '^(a+)+$' } } });
  const evil = JSON.stringify({ say: `${'a'.repeat(50_000)}!` });
  const [wrong, right] = await resultsOf(server.tools, ['echo', '{"sai":1}'], ['echo', evil]);
  expect(wrong).toMatchObject({ executed: false, isError: true });
  expect(wrong!.output).toContain('say');
  expect(right).toMatchObject({ executed: true, isError: false });
});

test.each([
  ['a pattern', { type: 'string', pattern: '(a+)+$', minLength: 2 }, { type: 'string', minLength: 2 }],
  [
    'a reference is followed',
    { properties: { a: { $ref: '#/$defs/A~1B' } }, $defs: { 'A/B': { type: 'number' } } },
    { properties: { a: { type: 'number' } } },
  ],
  [
    'a reference to nowhere',
    { properties: { a: { $ref: '#/nowhere' }, b: { $ref: 'http://x' } } },
    { properties: { a: {}, b: {} } },
  ],
  ['a circle', { properties: { a: { $ref: '#' } } }, { properties: { a: { properties: { a: {} } } } }],
  [
    'one of several',
    { oneOf: [{ type: 'string' }, { type: 'null' }] },
    { anyOf: [{ type: 'string' }, { type: 'null' }] },
  ],
  ['not', { not: { pattern: 'x' }, if: {}, else: false }, {}],
  [
    'names by a pattern',
    { patternProperties: { '^x': {} }, additionalProperties: false, required: ['x'] },
    { required: ['x'] },
  ],
  [
    'no other names',
    { properties: {}, additionalProperties: false },
    { properties: {}, additionalProperties: false },
  ],
  ['a tuple', { items: [{ type: 'string' }] }, {}],
  [
    'values of no sense',
    { type: 'text', minimum: 'a', required: true, properties: 5, enum: 1, multipleOf: 0 },
    {},
  ],
])('of a schema with %s is checked what is sure', (_, schema, plain) => {
  expect(plainSchema(schema as Record<string, unknown>)).toEqual(plain);
});

test('a schema that grows without measure when it is followed is not checked', () => {
  const $defs: Record<string, unknown> = { a0: { type: 'string' } };
  for (let at = 1; at < 60; at++) {
    const before = { $ref: `#/$defs/a${at - 1}` };
    $defs[`a${at}`] = { allOf: [before, before] };
  }
  expect(plainSchema({ type: 'object', allOf: [{ $ref: '#/$defs/a30' }], $defs })).toEqual({
    type: 'object',
  });
});

test.each([
  ['npx -y  server .', 'npx', ['-y', 'server', '.'], {}],
  [
    `A=1 B='two words' run "a \\"b\\" \\n" c\\ d ''`,
    'run',
    ['a "b" \\n', 'c d', ''],
    { A: '1', B: 'two words' },
  ],
  ['run A=1 "$HOME" ~ #x', 'run', ['A=1', '$HOME', '~', '#x'], {}],
  ['"my program"/x', 'my program/x', [], {}],
])('the command line %s', (line, command, args, env) => {
  expect(splitCommandLine(line)).toEqual({ command, args, env });
});

test.each([
  ['', 'it names no program'],
  ['A=1', 'it names no program'],
  ['run "a', 'a " has no end'],
  ["run 'a", "a ' has no end"],
  ['run a\\', 'a \\ has no end'],
  ['a | b', '| has no meaning'],
  ['a && b', '& has no meaning'],
  ['a `b`', '` has no meaning'],
])('the command line %s is refused', (line, why) => {
  expect(() => splitCommandLine(line)).toThrow(why);
});

test('a command line is shown without the values in it', () => {
  expect(() => splitCommandLine('TOKEN=sk-secret run --key=sk-secret "')).toThrow(
    'The command line "TOKEN=… run --key=… \\"" cannot be used',
  );
});

test('names are usable, different and the same every time', () => {
  const taken = new Set(['a']);
  const take = (name: string) => toolName('7 of 9', name, (candidate) => taken.has(candidate));
  expect(take('b')).toBe('b');
  expect(take('a')).toBe('_7_of_9_a');
  taken.add('_7_of_9_a');
  expect(take('a')).toBe('_7_of_9_a_2');
  const long = take('é'.repeat(500));
  taken.add(long);
  expect([long.length, take('é'.repeat(500)).slice(-2), take('é'.repeat(500)).length]).toEqual([
    64,
    '_2',
    64,
  ]);
});

test('without the SDK the error names the command that installs it', async () => {
  await expect(loadSdk(() => Promise.reject(new Error('Cannot find package')))).rejects.toMatchObject({
    code: 'missing-package',
    remedy: 'Run `npm install @modelcontextprotocol/sdk`.',
  });
});
