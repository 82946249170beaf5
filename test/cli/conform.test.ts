import { isDeepStrictEqual } from 'node:util';
import { describe, expect, test } from 'vitest';
import { readVectors } from '../formats/vectors.ts';
import { folderWith, jsonLines, perigee } from './command.ts';

type Line = Record<string, unknown>;

const TURN = {
  role: 'assistant',
  content: '',
  tool_calls: [{ id: 'call_1', type: 'function', function: { name: 'run', arguments: '{}' } }],
};
const CHAT = {
  model: 'kimi-k2.6',
  stream: true,
  temperature: 0,
  max_tokens: 100,
  seed: 7,
  messages: [{ role: 'developer', content: 's' }, { role: 'user', content: 'a' }, TURN],
};

async function conformed(args: readonly string[], json: unknown) {
  const { code, stdout, stderr } = await perigee(['conform', ...args], { input: JSON.stringify(json) });
  expect([code, stderr]).toEqual([0, '']);
  return JSON.parse(stdout) as { request: Line; changes: { stage: string; action: string; text: string }[] };
}

async function lines(objects: readonly unknown[], args: readonly string[] = []) {
  const input = objects.map((line) => `${typeof line === 'string' ? line : JSON.stringify(line)}\n`).join('');
  const { code, stdout } = await perigee(['conform', '--jsonl', ...args], { input });
  return { code, said: jsonLines(stdout) };
}

describe('a request', () => {
  test('is printed as it would be sent, with each change and its reason', async () => {
    const { request, changes } = await conformed(['--host', 'moonshot'], CHAT);
    expect(request).toMatchObject({
      model: 'kimi-k2.6',
      max_completion_tokens: 16_000,
      seed: 7,
      messages: [
        { role: 'system', content: 's' },
        { role: 'user', content: 'a' },
        { role: 'assistant', reasoning_content: '', tool_calls: TURN.tool_calls },
        { role: 'tool', tool_call_id: 'call_1', content: expect.stringContaining('no result') },
      ],
    });
    expect(request).not.toHaveProperty('temperature');
    expect(changes.map(({ stage, action }) => `${stage}:${action}`)).toEqual([
      'history:missing',
      'reasoning:filled',
      'sampling:dropped',
      'budget:raised',
    ]);
    expect(changes[0]!.text).toContain('messages[2].tool_calls[0] has no result');
  });

  test('is read from a file; --model stands for that of the request', async () => {
    const cwd = folderWith({ 'request.json': JSON.stringify(CHAT) });
    const { code, stdout } = await perigee(['conform', '--model', 'kimi-k3', 'request.json'], { cwd });
    expect([code, JSON.parse(stdout).request.model]).toEqual([0, 'kimi-k3']);
  });

  test('of an Anthropic client is recognised by its shape, and its own fields are left out', async () => {
    const { request, changes } = await conformed(
      ['--host', 'vllm', '--model', 'moonshotai/Kimi-K2-Instruct'],
      {
        model: 'claude',
        system: [{ type: 'text', text: 's' }],
        max_tokens: 10,
        temperature: 1,
        metadata: { user_id: 'u' },
        tools: [{ name: 'run', description: 'd', input_schema: { type: 'object' } }],
        tool_choice: { type: 'any' },
        messages: [
          { role: 'user', content: 'a' },
          { role: 'assistant', content: [{ type: 'tool_use', id: 'toolu_1', name: 'run', input: { c: 1 } }] },
          {
            role: 'user',
            content: [
              { type: 'tool_result', tool_use_id: 'toolu_1', content: [{ type: 'text', text: 'ok' }] },
              { type: 'text', text: 'and?' },
            ],
          },
        ],
      },
    );
    expect(request).toMatchObject({
      model: 'moonshotai/Kimi-K2-Instruct',
      temperature: 0.6,
      max_tokens: 10,
      tools: [{ type: 'function', function: { name: 'run', description: 'd' } }],
      messages: [
        { role: 'system', content: 's' },
        { role: 'user', content: 'a' },
        {
          role: 'assistant',
          tool_calls: [{ id: 'functions.run:0', function: { name: 'run', arguments: '{"c":1}' } }],
        },
        { role: 'tool', tool_call_id: 'functions.run:0', content: 'ok' },
        { role: 'user', content: 'and?' },
      ],
    });
    expect(request).not.toHaveProperty('metadata');
    expect(changes.map(({ stage }) => stage)).toEqual(expect.arrayContaining(['ids', 'sampling']));
  });

  test.each<[readonly string[], unknown, number, string]>([
    [['--host', 'nobody'], CHAT, 2, '--host nobody is not known: moonshot, '],
    [[], [], 1, 'the request is not a JSON object'],
    [[], { messages: 'a' }, 1, 'messages must be an array'],
    [[], { messages: [1] }, 1, 'messages[0] must be a message'],
    [[], { messages: [{ role: 'user', content: 'a' }, { role: 'robot' }] }, 1, 'messages[1].role'],
  ])('%j with %j', async (args, json, exitCode, message) => {
    const { code, stdout, stderr } = await perigee(['conform', ...args], { input: JSON.stringify(json) });
    expect([code, stdout]).toEqual([exitCode, '']);
    expect(stderr).toContain(message);
  });
});

describe('--jsonl', () => {
  const vectors = readVectors('request', 'ids_out');

  test('has what the vectors expect of requests and of ids', async () => {
    const { code, said } = await lines(
      vectors.map(({ expected: _, ...rest }) => ({ ...rest, id: rest.name })),
    );
    expect(code).toBe(0);
    expect(said).toHaveLength(vectors.length);
    vectors.forEach(({ name, expected }, at) => {
      const { one_of: choices, assistant_content_in: contents, ...exact } = expected as Line;
      const line = said[at]!;
      expect(line).toMatchObject({ id: name, name, ...exact });
      if (choices) {
        const said = (choice: Line) => Object.keys(choice).map((key) => [key, line[key]]);
        const chosen = (choices as Line[]).filter((choice) =>
          isDeepStrictEqual(Object.fromEntries(said(choice)), choice),
        );
        expect(chosen).not.toEqual([]);
      }
      if (contents) {
        expect((contents as unknown[][])[0]).toContain((line['assistant_content'] as unknown[])[0]);
      }
    });
  });

  test('describes what would be sent, not what came', async () => {
    const raw = {
      thinking: { type: 'enabled' },
      tool_choice: 'none',
      tools: [{ type: 'function', function: { name: 'run', parameters: {} } }],
      messages: [TURN, { role: 'user', content: 'a' }, { role: 'assistant', content: 'b' }],
    };
    const { said } = await lines([{ raw, format: 'request' }]);
    expect(said[0]).toMatchObject({
      assistant_ids: ['functions.run:0'],
      tool_ids: ['functions.run:0'],
      assistant_reasoning: ['', null],
      assistant_reasoning_present: [true, false],
      assistant_content: ['', 'b'],
      assistant_arguments: ['{}'],
      assistant_arguments_valid_json: [true],
      thinking: { type: 'enabled' },
      tool_choice: 'none',
      tool_names: ['run'],
      tool_names_match: '^[A-Za-z_][A-Za-z0-9_-]{0,63}$',
      tool_names_unique: true,
      tool_names_reversible: true,
      no_orphan_tool_messages: true,
      every_call_has_result: true,
      request: { thinking: { type: 'enabled' } },
    });
  });

  test('results without ids find their calls; those of no call become text', async () => {
    const call = (id: unknown) => ({ ...TURN.tool_calls[0], id });
    const of = (...messages: object[]) => ({
      raw: { messages: [{ role: 'user', content: 'a' }, ...messages] },
    });
    const { code, said } = await lines([
      of(
        { ...TURN, tool_calls: [call(''), call('')] },
        ...['1', '2'].map((content) => ({ role: 'tool', content })),
      ),
      of({ ...TURN, tool_calls: [call(null)] }, { role: 'tool', tool_call_id: null, content: 'x' }),
      of({ role: 'function', name: 'run', content: 'x' }, { role: 'user', content: 'b' }),
    ]);
    expect(code).toBe(0);
    expect(said.map(({ assistant_ids: ids }) => ids)).toEqual([
      ['functions.run:0', 'functions.run:1'],
      ['functions.run:0'],
      [],
    ]);
    for (const line of said) {
      expect(line).toMatchObject({
        tool_ids: line['assistant_ids'],
        no_orphan_tool_messages: true,
        every_call_has_result: true,
      });
    }
    const { messages } = said[0]!['request'] as { messages: Line[] };
    expect(messages.filter(({ role }) => role === 'tool').map(({ content }) => content)).toEqual(['1', '2']);
  });

  test('thinking among the contents makes no Anthropic request of a chat request', async () => {
    const content = [
      { type: 'thinking', thinking: 'why' },
      { type: 'text', text: 't' },
    ];
    const messages = [
      { role: 'user', content: 'a' },
      { ...TURN, content },
      { role: 'tool', tool_call_id: 'call_1', content: 'x' },
    ];
    const { said } = await lines([
      { raw: { messages } },
      { raw: { anthropic: false, messages: messages.slice(0, 1) } },
    ]);
    expect(said[0]).toMatchObject({ assistant_reasoning: ['why'], assistant_content: ['t'] });
    expect(said[1]).not.toHaveProperty('error');
  });

  test('a choice that the gateway refuses is told, and the rest is shown', async () => {
    const messages = [{ role: 'user', content: 'a' }];
    const named = { type: 'function', function: { name: 'run' } };
    const { code, said } = await lines([
      { raw: { model: 'kimi-k3', tool_choice: 'required', messages } },
      { raw: { model: 'kimi-k2.6', thinking: { type: 'disabled' }, tool_choice: named, messages } },
      { raw: { model: 'kimi-k2.6', tool_choice: named, messages } },
    ]);
    expect(code).toBe(0);
    expect(said.map((line) => line['tool_choice'])).toEqual(['required', named, 'auto']);
    for (const line of said) {
      expect(line['changes']).toContainEqual(
        expect.objectContaining({ stage: 'tool-choice', action: 'refused' }),
      );
    }
  });

  test('ids never repeat those that the history has, or is sent with', async () => {
    const ids = async (history_ids: unknown[], ...emitted: object[]) =>
      (await lines([{ format: 'response-ids', raw: { history_ids, emitted } }])).said[0]!['ids'];
    const run = (raw_id?: unknown) => ({ raw_id, name: 'run' });
    expect(await ids(['functions_run_0', 'functions_run_1'], run('functions.run:0'))).toEqual([
      'functions.run:2',
    ]);
    expect(await ids(['functions.run:0', 'functions.run:0'], run('functions.run:1'))).toEqual([
      'functions.run:2',
    ]);
    expect(await ids(['functions.run:5'], run('functions.run:6'), run())).toEqual([
      'functions.run:6',
      'functions.run:2',
    ]);
  });

  test('lines may end as on Windows, begin with a mark, be empty or hold megabytes', async () => {
    const big = JSON.stringify({
      id: 2,
      raw: { messages: [{ role: 'user', content: 'x'.repeat(5_000_000) }] },
    });
    const input = `\ufeff{"id":1,"schema":"{}"}\r\n\r\n  \n${big}\n[]\nnull\n{"id":3,"format":"mfjs","raw":"{"}`;
    const { code, stdout } = await perigee(['conform', '--jsonl'], { input });
    const said = jsonLines(stdout) as Line[];
    expect(code).toBe(1);
    expect(said.map(({ id, error }) => [id, typeof error])).toEqual([
      [1, 'object'],
      [2, 'undefined'],
      [undefined, 'boolean'],
      [undefined, 'boolean'],
      [3, 'string'],
    ]);
  });

  test('hostile nesting costs its own line alone', async () => {
    const deep = (depth: number) => `${'['.repeat(depth)}${']'.repeat(depth)}`;
    const raw = (field: string) => `{"messages":[{"role":"user","content":"a"}],"${field}":${deep(100_000)}}`;
    const args = { ...TURN.tool_calls[0], function: { name: 'run', arguments: deep(100_000) } };
    const { code, said } = await lines([
      { id: 1, raw: raw('tools') },
      { id: 2, raw: raw('extra') },
      { id: 3, raw: { messages: [{ ...TURN, tool_calls: [args] }] } },
    ]);
    expect(code).toBe(1);
    expect(said.map((line) => line['error_code'])).toEqual(['invalid-request', 'invalid-request', undefined]);
    expect(said[2]!['assistant_arguments']).toEqual(['{}']);
  });

  test('a faulty line gives an error and exit code 1, and those after it are still read', async () => {
    const { code, said } = await lines([
      '{',
      { id: 1, raw: '{' },
      { id: 2, format: 'mystery', raw: '{}' },
      { id: 3, format: 'response-ids', raw: '{"emitted":[{}]}' },
      { id: 4, raw: { messages: [{ role: 'user', content: 'a' }] } },
      { id: 5, raw: { history_ids: [], emitted: [{ raw_id: 'x', name: 'run' }] } },
      { id: 6, messages: [{ role: 'user', content: 'a' }] },
    ]);
    expect(code).toBe(1);
    expect(said.map(({ id, error }) => [id, error])).toEqual([
      [undefined, true],
      [1, true],
      [2, true],
      [3, true],
      [4, undefined],
      [5, undefined],
      [6, undefined],
    ]);
    expect(said[3]!['error_message']).toMatch(/^line 4: emitted\[0\] is not \{raw_id, name\}/);
    expect(said[5]!['ids']).toEqual(['functions.run:0']);
    expect(said[6]!['request']).toEqual({ messages: [{ role: 'user', content: 'a' }] });
  });

  test('a schema is judged, and given in the form that is sent', async () => {
    const deep = (levels: number): object =>
      levels === 0 ? { type: 'string' } : { type: 'object', properties: { a: deep(levels - 1) } };
    const { code, said } = await lines([
      { id: 'a', schema: '{"type":"object","properties":{"a":{"type":"string"}}}' },
      { id: 'b', schema: '{"type":"object","properties":{"a":{"oneOf":[{"const":1},{"type":"null"}]}}}' },
      { id: 'c', schema: '{"type":' },
      { id: 'd', schema: deep(9) },
    ]);
    expect(code).toBe(0);
    expect(said[0]).toEqual({
      id: 'a',
      valid: true,
      error: null,
      schema: { type: 'object', properties: { a: { type: 'string' } } },
    });
    expect(said.slice(1).map(({ id, valid }) => [id, valid])).toEqual([
      ['b', false],
      ['c', false],
      ['d', false],
    ]);
    expect(said[1]!['error']).toContain('oneOf');
    const again = await lines(said.map(({ schema }) => ({ schema })));
    expect(again.said.map(({ valid }) => valid)).toEqual([true, true, true, true]);
  });
});
