import Anthropic from '@anthropic-ai/sdk';
import { betaTool } from '@anthropic-ai/sdk/helpers/beta/json-schema';
import { describe, expect, test } from 'vitest';
import { PerigeeError, type StreamEvent } from '../../src/core/index.ts';
import { args, end, finish, invalid, reasoning, start, text } from './messages-events.ts';
import { clientOf } from './messages-server.ts';

const ASK = { model: 'kimi', max_tokens: 1000, messages: [{ role: 'user' as const, content: 'Sum up /a' }] };
const USAGE = { inputTokens: 30, cachedInputTokens: 10, outputTokens: 5 };

const CALLING: readonly StreamEvent[] = [
  reasoning('I must '),
  reasoning('read it.'),
  text('Reading.'),
  start(0, 'read'),
  args(0, '{"path":'),
  start(1, 'now'),
  args(0, '"/a"}'),
  end(0),
  end(1),
  { type: 'finish', reason: 'tool-calls', usage: USAGE },
];
const ANSWER: readonly StreamEvent[] = [text('It is '), text('short.'), finish()];

function tools(ran: unknown[]) {
  return [
    betaTool({
      name: 'read',
      description: 'Reads a file.',
      inputSchema: { type: 'object', properties: { path: { type: 'string' } }, required: ['path'] },
      run: (input) => {
        ran.push(input);
        return 'text of a';
      },
    }),
    betaTool({
      name: 'now',
      description: 'Tells the time.',
      inputSchema: { type: 'object' },
      run: (input) => {
        ran.push(input);
        return 'noon';
      },
    }),
  ];
}

describe("Anthropic's SDK as the client", () => {
  test('reads a whole answer', async () => {
    const { client } = await clientOf(() => CALLING);
    const message = await client.messages.create(ASK);
    expect(message.content).toEqual([
      { type: 'thinking', thinking: 'I must read it.', signature: expect.any(String) },
      { type: 'text', text: 'Reading.' },
      { type: 'tool_use', id: 'toolu_a0_0_0', name: 'read', input: { path: '/a' } },
      { type: 'tool_use', id: 'toolu_a0_1_1', name: 'now', input: {} },
    ]);
    expect(message.stop_reason).toBe('tool_use');
    expect(message.usage).toMatchObject({ input_tokens: 20, cache_read_input_tokens: 10, output_tokens: 5 });
  });

  test('puts a stream together to the same answer', async () => {
    const { client } = await clientOf(() => CALLING);
    const whole = await client.messages.create(ASK);
    const { id: _, ...streamed } = await client.messages.stream(ASK).finalMessage();
    const second = (value: unknown) => JSON.parse(JSON.stringify(value).replaceAll('_a0_', '_a1_'));
    const { id: __, _request_id, ...expected } = whole;
    expect(JSON.parse(JSON.stringify(streamed))).toMatchObject(second(expected));
  });

  test.each([
    ['whole answers', {}],
    ['streams', { stream: true }],
    ['streams, tools run at once', { stream: true, runToolsEagerly: true }],
  ])('runs tools in a loop with %s, after its threads were refused', async (_, settings) => {
    const { client, requests, refusals } = await clientOf((_request, count) =>
      count === 0 ? CALLING : ANSWER,
    );
    const ran: unknown[] = [];
    const runner = client.beta.messages.toolRunner({ ...ASK, ...settings, tools: tools(ran) });
    const last = await runner.runUntilDone();
    expect(refusals.map(({ param }) => param)).toEqual(['thread']);
    expect(ran).toEqual([{ path: '/a' }, {}]);
    expect(last.content).toEqual([{ type: 'text', text: 'It is short.' }]);
    expect(requests[1]?.messages).toEqual([
      { role: 'user', content: 'Sum up /a' },
      {
        role: 'assistant',
        content: 'Reading.',
        reasoning: 'I must read it.',
        toolCalls: [
          { id: 'functions.read:0', name: 'read', arguments: '{"path":"/a"}' },
          { id: 'functions.now:1', name: 'now', arguments: '{}' },
        ],
      },
      { role: 'tool', toolCallId: 'functions.read:0', content: 'text of a' },
      { role: 'tool', toolCallId: 'functions.now:1', content: 'noon' },
    ]);
  });

  test('gets the error of a broken stream', async () => {
    const { client } = await clientOf(() => [text('x'), new PerigeeError('overloaded', 'Full.')]);
    const failed = client.messages.stream(ASK).finalMessage();
    await expect(failed).rejects.toMatchObject({ type: 'overloaded_error' });
  });

  test('gets the error of a refused request by class, with the id to report', async () => {
    const { client } = await clientOf(() => {
      throw new PerigeeError('gateway-unauthorized', 'Who are you?');
    });
    const failed = client.messages.create(ASK);
    await expect(failed).rejects.toThrow(Anthropic.AuthenticationError);
    await expect(failed).rejects.toMatchObject({ requestID: 'req_1', type: 'authentication_error' });
  });

  test('counts an answer that the budget ended as ended by it', async () => {
    const { client } = await clientOf(() => [text('half'), finish('length')]);
    expect((await client.messages.stream(ASK).finalMessage()).stop_reason).toBe('max_tokens');
  });
});

describe('a call in which the output was cut', () => {
  const CUTS = [
    '',
    '{',
    '{"path":"/a","te',
    '{"path":"/a"',
    '{"path":"\\',
    '{"path":"\\u00',
    '{"a":tr',
    '{"a":12',
  ];
  const cut = (written: string): readonly StreamEvent[] => [
    start(0, 'read'),
    args(0, written),
    invalid(0, 'cut', written),
    finish('length'),
  ];

  test.each(CUTS)('after %j has no input that could be read from the final message', async (written) => {
    const { client } = await clientOf(() => cut(written));
    const message = await client.messages.stream(ASK).finalMessage();
    expect(message.stop_reason).toBe('max_tokens');
    expect(() => message.content.map((block) => block.type === 'tool_use' && block.input)).toThrow(
      SyntaxError,
    );
  });

  test('is told as an error to those who watch the input grow', async () => {
    const { client } = await clientOf(() => cut('{"path":"/a"'));
    const inputs: unknown[] = [];
    const stream = client.messages.stream(ASK).on('inputJson', (_, input) => inputs.push(input));
    await expect(stream.finalMessage()).rejects.toThrow(Anthropic.AnthropicError);
    expect(inputs).toEqual([{ path: '/a' }]);
  });

  test.each([
    ['with whole answers', {}],
    ['with streams', { stream: true }],
    ['as soon as they are there', { stream: true, runToolsEagerly: true }],
  ])('is not run by a runner that runs tools %s', async (_, settings) => {
    for (const written of CUTS) {
      const { client } = await clientOf(() => cut(written));
      const ran: unknown[] = [];
      const runner = client.beta.messages.toolRunner({ ...ASK, ...settings, tools: tools(ran) });
      expect((await runner.runUntilDone()).stop_reason).toBe('max_tokens');
      expect(ran).toEqual([]);
    }
  });

  test('is not in a whole answer', async () => {
    const { client } = await clientOf(() => [text('Wait'), ...cut('{"path":"/a"')]);
    const { content, stop_reason } = await client.messages.create(ASK);
    expect([content, stop_reason]).toEqual([[{ type: 'text', text: 'Wait' }], 'max_tokens']);
  });

  test('is never closed, so that clients that run calls at the end of their block do not run it', async () => {
    const { client } = await clientOf(() => cut('{"path":"/a"'));
    const seen: string[] = [];
    for await (const event of await client.messages.create({ ...ASK, stream: true })) seen.push(event.type);
    expect(seen).toEqual([
      'message_start',
      'content_block_start',
      'content_block_delta',
      'content_block_delta',
      'message_delta',
      'message_stop',
    ]);
  });

  test('cannot be taken for whole where the model itself closed it too early', async () => {
    const written = '{"path":"/a","text":"ha';
    const { client } = await clientOf(() => [
      start(0, 'read'),
      args(0, written),
      invalid(0, 'invalid-arguments', written),
      finish(),
    ]);
    const ran: unknown[] = [];
    const runner = client.beta.messages.toolRunner({ ...ASK, stream: true, tools: tools(ran) });
    await expect(runner.runUntilDone()).rejects.toThrow(/Unable to parse tool parameter JSON/);
    expect(ran).toEqual([]);
  });
});
