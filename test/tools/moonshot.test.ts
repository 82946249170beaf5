import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { agent } from '../../src/agent/index.ts';
import { hostProfile } from '../../src/profiles/index.ts';
import { scripted } from '../../src/replay/index.ts';
import { type MoonshotToolsOptions, moonshotTools, webSearch } from '../../src/tools/index.ts';
import { openaiChat } from '../../src/upstream/index.ts';
import { answerStream, chunk, serve, sse } from '../upstream/server.ts';
import { type FormulaServer, formulaServer, KEY } from './formula-server.ts';

type Fiber = Parameters<typeof formulaServer>[0];

const output = (text: unknown) => ({ status: 'succeeded', context: { output: text } });

async function toolsAt(fiber: Fiber, options: Partial<MoonshotToolsOptions> = {}) {
  const server = await formulaServer(fiber);
  const tools = await moonshotTools({ apiKey: KEY, baseUrl: server.baseUrl, formulas: ['date'], ...options });
  return { ...server, tools };
}

async function date(
  fiber: Fiber,
  options?: Partial<MoonshotToolsOptions>,
  signal = new AbortController().signal,
) {
  const { tools } = await toolsAt(fiber, options);
  const context = { signal, toolCallId: 'a', idempotencyKey: 'a' };
  return (await tools['date']!.execute({ operation: 'now' }, context)) as string;
}

describe('$web_search', () => {
  it('is declared by its name, and the arguments go back as they came', async () => {
    const asked = '{"search_result":{"search_id":"x/1"},"usage":{"total_tokens":13046}}';
    const call = `<|tool_calls_section_begin|><|tool_call_begin|>functions.$web_search:0<|tool_call_argument_begin|>${asked}<|tool_call_end|><|tool_calls_section_end|>`;
    const model = scripted([call, 'Found.']);
    const { steps, text } = await agent({ model, tools: { $web_search: webSearch } }).run('Search.');
    expect(text).toBe('Found.');
    expect(steps[0]!.results).toMatchObject([{ name: '$web_search', output: asked, isError: false }]);
    expect(model.requests[0]!.tools).toMatchObject([{ name: '$web_search', builtin: true }]);
  });

  it('goes to a host and back as Moonshot writes it', async () => {
    const asked = '{"search_result":{"search_id":"x/1"}}';
    const call = { index: 0, id: '$web_search:0', type: 'builtin_function' };
    const called = [
      chunk({ tool_calls: [{ ...call, function: { name: '$web_search', arguments: '' } }] }),
      chunk({ tool_calls: [{ index: 0, function: { arguments: asked } }] }),
      chunk({}, 'tool_calls'),
    ];
    const { baseUrl, seen } = await serve((response, _, count) =>
      answerStream(
        response,
        count === 0 ? sse(...called, '[DONE]') : sse(chunk({ content: 'Found.' }, 'stop'), '[DONE]'),
      ),
    );
    const model = openaiChat({ baseUrl, model: 'kimi-k2.6', dialect: hostProfile('moonshot')!.dialect });
    const tools = { $web_search: webSearch };
    expect((await agent({ model, tools, thinking: 'off' }).run('Search.')).text).toBe('Found.');
    const [first, second] = seen.map(
      ({ body }) => JSON.parse(body) as { tools: unknown; messages: unknown[] },
    );
    expect(first!.tools).toEqual([{ type: 'builtin_function', function: { name: '$web_search' } }]);
    expect(second!.tools).toEqual(first!.tools);
    const [, { tool_calls: calls }, result] = second!.messages as [
      unknown,
      { tool_calls: { id: string }[] },
      object,
    ];
    expect(calls).toMatchObject([{ function: { name: '$web_search', arguments: asked } }]);
    expect(result).toMatchObject({ role: 'tool', tool_call_id: calls[0]!.id, content: asked });
  });

  it('is among the tools when it is asked for, without a key and without a request', async () => {
    const tools = await moonshotTools({ apiKey: '', webSearch: true });
    expect(tools).toEqual({ $web_search: webSearch });
  });
});

describe('formulas', () => {
  it('are asked for what they offer, and run with the arguments as text', async () => {
    const { tools, seen } = await toolsAt((call) => output(`ran ${call.name} ${call.arguments}`), {
      formulas: ['date', 'moonshot/base64', 'moonshot/convert:v2', 'date'],
    });
    expect(Object.keys(tools)).toEqual(['date', 'encode', 'decode', 'moonshot_convert_date']);
    expect(tools['date']).toMatchObject({ description: 'does date' });
    const call =
      '<|tool_calls_section_begin|><|tool_call_begin|>functions.date:0<|tool_call_argument_begin|>{"operation":"now"}<|tool_call_end|>' +
      '<|tool_call_begin|>functions.date:1<|tool_call_argument_begin|>{"operation":"then"}<|tool_call_end|><|tool_calls_section_end|>';
    const { steps } = await agent({ model: scripted([call, 'done']), tools }).run('go');
    const [right, wrong] = steps[0]!.results;
    expect(right).toMatchObject({ isError: false, output: 'ran date {"operation":"now"}' });
    expect(wrong).toMatchObject({ executed: false });
    expect(seen.filter(({ line }) => line.startsWith('POST'))).toEqual([
      {
        line: 'POST /v1/formulas/moonshot/date:latest/fibers',
        key: `Bearer ${KEY}`,
        body: '{"name":"date","arguments":"{\\"operation\\":\\"now\\"}"}',
      },
    ]);
  });

  it('give text, JSON, or what only the host can read, which stays whole', async () => {
    expect(await date(() => output('noon'))).toBe('noon');
    expect(await date(() => output({ hour: 12 }))).toBe('{"hour":12}');
    expect(await date(() => output(null))).toBe('');
    const encrypted = 'e'.repeat(90_000);
    const context = { output: '', encrypted_output: encrypted };
    expect(await date(() => ({ status: 'succeeded', context }))).toBe(encrypted);
    expect(await date(() => output(`a${'b'.repeat(999)}c`), { maxOutputBytes: 10 })).toBe(
      'abbbb\n[… 991 bytes left out …]\nbbbbc',
    );
  });

  it.each([
    [{ status: 'failed', error: 'no such month' }, 'moonshot/date:latest failed: no such month'],
    [{ status: 'failed', error: { message: 'no such year' } }, 'failed: no such year'],
    [{ status: 'failed', context: { error: 'no such day' } }, 'failed: no such day'],
    [{ status: 'running' }, 'failed: It ended as "running".'],
    [null, 'failed: It ended as null.'],
    [[], 'failed: It ended as null.'],
  ])('that give back %j have failed', async (fiber, message) => {
    await expect(date(() => fiber)).rejects.toThrow(message);
  });

  it.each<[string, Fiber, Partial<MoonshotToolsOptions>, string | RegExp]>([
    [
      'an error',
      (_, response) => void response.writeHead(500).end('oh'),
      {},
      'could not be run. HTTP 500: oh',
    ],
    [
      'no JSON',
      (_, response) => void response.writeHead(200).end('<html>'),
      {},
      'could not be run. HTTP 200: <html>',
    ],
    ['nothing', () => undefined, { timeoutMs: 300 }, 'could not be run. No answer within 300 ms.'],
    ['a broken connection', (_, response) => void response.destroy(), {}, /could not be run\. \S/],
    [
      'megabytes',
      (_, response) => void response.writeHead(200).end(`"${'x'.repeat(5_000_000)}"`),
      {},
      'The answer has more than 4000000 bytes.',
    ],
    [
      'a way to elsewhere',
      (_, response) => void response.writeHead(307, { location: 'http://127.0.0.1:9/' }).end(),
      {},
      /could not be run\. .*redirect/,
    ],
  ])('are given up at %s', async (_, fiber, options, message) => {
    await expect(date(fiber, options)).rejects.toThrow(message);
  });

  it('are given up with the run', async () => {
    const control = new AbortController();
    const running = date(() => void control.abort(), {}, control.signal);
    await expect(running).rejects.toThrow('could not be run.');
  });
});

describe('formulas that cannot be had', () => {
  const had = (server: FormulaServer, options: Partial<MoonshotToolsOptions>) =>
    moonshotTools({ apiKey: KEY, baseUrl: server.baseUrl, ...options });

  it.each([
    [
      'nobody has',
      { formulas: ['dates'] },
      'endpoint-not-found',
      /moonshot\/dates:latest.*HTTP 404: no such formula$/,
    ],
    ['are empty', { formulas: ['empty'] }, 'connection-lost', 'Its answer holds no tools.'],
    [
      'want another key',
      { formulas: ['date'], apiKey: 'sk-secret' },
      'wrong-api-key',
      /Invalid Authentication: Bearer …$/,
    ],
    ['lead elsewhere', { formulas: ['../users/me'] }, 'invalid-options', 'is not the name of a formula'],
    ['want a key', { formulas: ['date'], apiKey: ' ' }, 'no-api-key', 'need a key'],
    ['are at no URL', { formulas: ['date'], baseUrl: 'moonshot' }, 'invalid-options', 'is not a URL'],
    ['have no time', { timeoutMs: 0 }, 'invalid-options', 'timeoutMs'],
    ['have no room', { maxOutputBytes: -1 }, 'invalid-options', 'maxOutputBytes'],
  ])('because they %s', async (_, options, code, message) => {
    const server = await formulaServer(() => output(''));
    const failing = had(server, options);
    await expect(failing).rejects.toThrow(message);
    await expect(failing).rejects.toMatchObject({ code });
  });

  it('because nobody listens', async () => {
    const free = createServer().listen(0, '127.0.0.1');
    await once(free, 'listening');
    const { port } = free.address() as AddressInfo;
    free.close();
    const failing = moonshotTools({
      apiKey: KEY,
      baseUrl: `http://127.0.0.1:${port}/v1`,
      formulas: ['date'],
    });
    await expect(failing).rejects.toMatchObject({
      code: 'connection-refused',
      retryable: true,
      message: expect.stringContaining(`127.0.0.1:${port}`) as string,
    });
  });
});
