import type OpenAI from 'openai';
import { zodTextFormat } from 'openai/helpers/zod';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { PerigeeError, type StreamEvent } from '../../src/core/index.ts';
import { responsesFront } from '../../src/protocols/index.ts';
import { call, encodeOptions, finish, sdk, streamText, text, thought, turnOf } from './responses.ts';

const ANSWER: StreamEvent[] = [
  thought('hm'),
  text('Hello '),
  text('you'),
  ...call(0, 'read', '{"path":"a"}'),
  finish(),
];
const request = { model: 'kimi-k2.6', input: 'hi' };

test('the SDK takes a whole answer', async () => {
  const client = await sdk(() => ({ json: responsesFront.encodeResponse(turnOf(ANSWER), encodeOptions()) }));
  const response = await client.responses.create(request);
  expect(response.output_text).toBe('Hello you');
  expect(response.status).toBe('completed');
  expect(response.output.map(({ type }) => type)).toEqual(['reasoning', 'message', 'function_call']);
  expect(response.usage?.total_tokens).toBe(16);
});

test('the SDK adds a stream up to the whole answer', async () => {
  const client = await sdk(() => ({ stream: streamText(ANSWER) }));
  const stream = client.responses.stream(request);
  const deltas: string[] = [];
  stream.on('response.output_text.delta', ({ delta, snapshot }) => deltas.push(`${delta}|${snapshot}`));
  const written: string[] = [];
  stream.on('response.function_call_arguments.delta', ({ snapshot }) => written.push(snapshot));
  const final = await stream.finalResponse();
  expect(deltas).toEqual(['Hello |Hello ', 'you|Hello you']);
  expect(written).toEqual(['{"path":"a"}']);
  const whole = responsesFront.encodeResponse(turnOf(ANSWER), encodeOptions());
  expect(final).toMatchObject(whole);
});

test('a text in a form that was asked for is parsed', async () => {
  const format = zodTextFormat(z.object({ answer: z.number() }), 'answer');
  const events = [text('{"answer":'), text('42}'), finish()];
  const asJson = await sdk((body) => ({
    json: responsesFront.encodeResponse(turnOf(events), encodeOptions({ text: body['text'] })),
  }));
  const parsed = await asJson.responses.parse({ ...request, text: { format } });
  expect(parsed.output_parsed).toEqual({ answer: 42 });
  const asStream = await sdk((body) => ({
    stream: streamText(events, encodeOptions({ text: body['text'] })),
  }));
  const final = await asStream.responses.stream({ ...request, text: { format } }).finalResponse();
  expect(final.output_parsed).toEqual({ answer: 42 });
});

test('the SDK throws what went wrong in the middle, also where only the end is awaited', async () => {
  const encoder = responsesFront.createEncoder(encodeOptions());
  const stream =
    encoder.begin() +
    encoder.push(text('half')) +
    encoder.fail(new PerigeeError('connection-lost', 'It broke.'));
  const client = await sdk(() => ({ stream }));
  await expect(client.responses.stream(request).finalResponse()).rejects.toThrow('It broke.');
  const events = await client.responses.create({ ...request, stream: true });
  const seen: string[] = [];
  const read = async () => {
    for await (const event of events) seen.push(event.type);
  };
  await expect(read()).rejects.toMatchObject({
    message: expect.stringContaining('It broke.'),
    code: 'server_error',
  });
  expect(seen).toContain('response.output_text.delta');
});

test('an answer that was cut in a call is incomplete, and its call is not there to be run', async () => {
  const cut: StreamEvent[] = [
    { type: 'tool-call-start', index: 0, id: 'functions.read:0', name: 'read' },
    { type: 'tool-call-delta', index: 0, delta: '{"path":' },
    { type: 'tool-call-invalid', reason: 'cut', index: 0, rawId: 'x', name: 'read', arguments: '{"path":' },
    finish('length'),
  ];
  const client = await sdk((body) =>
    body['stream'] === true
      ? { stream: streamText(cut) }
      : { json: responsesFront.encodeResponse(turnOf(cut), encodeOptions()) },
  );
  const whole = await client.responses.create(request);
  expect(whole).toMatchObject({ status: 'incomplete', output: [] });
  const done: string[] = [];
  for await (const event of await client.responses.create({ ...request, stream: true })) {
    if (event.type.endsWith('.done')) done.push(event.type);
    if (event.type === 'response.incomplete') expect(event.response.output).toEqual([]);
  }
  expect(done).toEqual([]);
  const final = await client.responses.stream(request).finalResponse();
  expect(final.output).toEqual([]);
});

test('a tool task in two steps: what the SDK sends back is the conversation as the model wrote it', async () => {
  const bodies: Record<string, unknown>[] = [];
  const client = await sdk((body) => {
    bodies.push(body);
    const options = encodeOptions(body, { id: `a${bodies.length}` });
    const events = bodies.length === 1 ? ANSWER : [text('done'), finish()];
    return { stream: streamText(events, options) };
  });
  const tools = [
    {
      type: 'function' as const,
      name: 'read',
      parameters: { type: 'object', properties: {} },
      strict: false,
    },
  ];
  const input: OpenAI.Responses.ResponseInput = [{ role: 'user', content: 'read a' }];
  const first = await client.responses.stream({ ...request, input, tools }).finalResponse();
  for (const item of first.output) {
    // What `parse` adds is not part of the protocol, and comes back all the same.
    input.push(item as never);
    if (item.type === 'function_call') {
      input.push({ type: 'function_call_output', call_id: item.call_id, output: 'text of a' });
    }
  }
  const second = await client.responses.stream({ ...request, input, tools }).finalResponse();
  expect(second.output).toMatchObject([{ content: [{ text: 'done' }] }]);
  expect(responsesFront.decodeRequest(bodies[1]).request.messages).toEqual([
    { role: 'user', content: 'read a' },
    {
      role: 'assistant',
      content: 'Hello you',
      reasoning: 'hm',
      toolCalls: [{ id: 'functions.read:0', name: 'read', arguments: '{"path":"a"}' }],
    },
    { role: 'tool', toolCallId: 'functions.read:0', content: 'text of a' },
  ]);
});
