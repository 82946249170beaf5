import { once } from 'node:events';
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { PerigeeError } from '../../src/core/index.ts';
import {
  ASK,
  directory,
  errorOf,
  generating,
  keyOf,
  kimi,
  post,
  rawConnection,
  readToEnd,
  running,
} from './fixtures.ts';

const PATH = '/chat/completions';

test('a body that says that it is too large is refused before it comes', async () => {
  const { models } = kimi(['Hi']);
  const { port } = await running({ models, limits: { bodyBytes: 1000 } });
  const socket = await rawConnection(port);
  socket.write('POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\ncontent-length: 99999999\r\n\r\n{"model"');
  const [chunk] = await once(socket, 'data');
  expect(String(chunk)).toMatch(/^HTTP\/1\.1 413 .*connection: close.*"gateway-too-large"/is);
});

test('a client that asks before it sends its body is refused without it, or told to go on', async () => {
  const keys = [keyOf('k')];
  const { port } = await running({ models: kimi(['Hi']).models, keys, limits: { bodyBytes: 1000 } });
  const ask = async (length: number, key: string) => {
    const socket = await rawConnection(port);
    socket.write(
      `POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nx-api-key: ${key}\r\nConnection: close\r\nExpect: 100-continue\r\nContent-Length: ${length}\r\n\r\n`,
    );
    return socket;
  };
  expect(await readToEnd(await ask(9, 'wrong'))).toMatch(/^HTTP\/1.1 401 /);
  expect(await readToEnd(await ask(9999, 'k'))).toMatch(/^HTTP\/1.1 413 /);
  const body = JSON.stringify(ASK);
  const socket = await ask(body.length, 'k');
  const [told] = await once(socket, 'data');
  expect(told.toString()).toBe('HTTP/1.1 100 Continue\r\n\r\n');
  socket.write(body);
  expect(await readToEnd(socket)).toMatch(/^HTTP\/1.1 200 /);
});

test('a body that turns out to be too large is refused, plain and compressed', async () => {
  const { model, models } = kimi(['Hi']);
  const { baseURL } = await running({ models, limits: { bodyBytes: 10_000 } });
  const large = JSON.stringify({ ...ASK, padding: 'x'.repeat(200_000) });
  const chunked = new ReadableStream({
    start(controller) {
      controller.enqueue(new TextEncoder().encode(large));
      controller.close();
    },
  });
  const plain = await fetch(baseURL + PATH, { method: 'POST', body: chunked, duplex: 'half' } as RequestInit);
  expect(plain.status).toBe(413);
  expect(await errorOf(plain)).toMatchObject({ code: 'gateway-too-large' });
  const bomb = await fetch(baseURL + PATH, {
    method: 'POST',
    headers: { 'content-encoding': 'gzip' },
    body: gzipSync(large),
  });
  expect(bomb.status).toBe(413);
  expect(model.requests).toHaveLength(0);
});

test('compressed bodies are read, unknown and damaged ones told', async () => {
  const { models } = kimi(['Hi']);
  const { baseURL } = await running({ models });
  const text = JSON.stringify(ASK);
  const send = (encoding: string, body: Uint8Array<ArrayBuffer> | string) =>
    fetch(baseURL + PATH, { method: 'POST', headers: { 'content-encoding': encoding }, body });
  expect((await send('gzip', gzipSync(text))).status).toBe(200);
  expect((await send('deflate', deflateSync(text))).status).toBe(200);
  expect((await send('deflate', deflateRawSync(text))).status).toBe(200);
  expect((await send('br', brotliCompressSync(text))).status).toBe(200);
  expect((await send('identity', text)).status).toBe(200);
  expect((await send('gzip', text)).status).toBe(400);
  const unknown = await send('constructor', text);
  expect(await errorOf(unknown)).toMatchObject({ message: expect.stringContaining('gzip') });
  expect(unknown.status).toBe(415);
});

test('a body that does not come is waited for no longer than allowed', async () => {
  const { models } = kimi(['Hi']);
  const { port, logged } = await running({ models, limits: { bodyMs: 60 } });
  const socket = await rawConnection(port);
  socket.write('POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\ncontent-length: 50\r\n\r\n{"mod');
  const text = await readToEnd(socket);
  expect(text).toMatch(/^HTTP\/1\.1 408 /);
  expect(text).toContain('did not come within 60 ms');
  expect((await logged(1))[0]).toMatchObject({ status: 408 });
});

test('what is no JSON, no object or no request is said, with the place', async () => {
  const { model, models } = kimi(['Hi']);
  const { baseURL } = await running({ models });
  const cases: [body: string, says: RegExp, param?: string][] = [
    ['', /body is empty/],
    ['{"model": "kimi", secret-token}', /not JSON at line 1, column 19/],
    ['[]', /must be a JSON object/],
    ['null', /must be a JSON object/],
    ['{"messages":[]}', /model is missing/],
    ['{"model":"kimi"}', /messages must be an array/, 'messages'],
    ['{"model":"kimi","messages":[]}', /messages is empty/, 'messages'],
    [
      '{"model":"kimi","messages":[{"role":"user","content":7}]}',
      /messages\[0\]\.content/,
      'messages[0].content',
    ],
  ];
  for (const [body, says, param] of cases) {
    const reply = await post(baseURL + PATH, body);
    expect(reply.status, body).toBe(400);
    const error = await errorOf(reply);
    expect(error['message'], body).toMatch(says);
    expect(error['message']).not.toContain('secret-token');
    expect(error['type']).toBe('invalid_request_error');
    if (param !== undefined) expect(error['param']).toBe(param);
  }
  expect(model.requests).toHaveLength(0);
});

test('JSON nested without end, prototype keys, NULs and lone surrogates do no harm', async () => {
  const { model, models } = kimi(['Hi']);
  const { baseURL } = await running({ models });
  const deep = '['.repeat(200_000) + ']'.repeat(200_000);
  for (const body of [
    `{"model":"kimi","messages":[{"role":"user","content":${deep}}]}`,
    `{"model":"kimi","messages":[{"role":"assistant","tool_calls":[{"id":"a","function":{"name":"f","arguments":${deep}}}]}]}`,
    deep,
  ]) {
    expect((await post(baseURL + PATH, body)).status).toBe(400);
  }
  const odd = `{"model":"kimi","__proto__":{"stream":true},"constructor":1,"messages":[{"role":"user","content":"a\\u0000b\\ud800c","__proto__":{"role":"system"}}]}`;
  expect((await post(baseURL + PATH, odd)).status).toBe(200);
  expect(model.requests[0]).toMatchObject({
    messages: [{ role: 'user', content: 'a\0b\ud800c' }],
    extra: { constructor: 1 },
  });
});

test('bytes that are no HTTP, and heads without end, get an answer and nothing else', async () => {
  const { models } = kimi(['Hi']);
  const { port, baseURL } = await running({ models });
  const noise = await rawConnection(port);
  noise.write('\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n');
  expect(await readToEnd(noise)).toMatch(/^HTTP\/1\.1 400 /);
  const head = await rawConnection(port);
  head.write(`GET / HTTP/1.1\r\nhost: x\r\nx-long: ${'y'.repeat(100_000)}\r\n\r\n`);
  expect(await readToEnd(head)).toMatch(/^HTTP\/1\.1 431 /);
  expect((await post(baseURL + PATH, ASK)).status).toBe(200);
});

test('bytes that are no HTTP behind a request are never taken for its answer', async () => {
  const model = generating(async function* (_, signal) {
    yield [{ type: 'text-delta', delta: 'begun' }];
    await once(signal, 'abort');
    throw new PerigeeError('aborted', 'cancelled');
  });
  const { port, logged } = await running({ models: directory({ name: 'kimi', model }) });
  for (const stream of [true, false]) {
    const socket = await rawConnection(port);
    const body = JSON.stringify({ ...ASK, stream });
    socket.write(
      `POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
    );
    if (stream) await once(socket, 'data');
    socket.write('GARBAGE\r\n\r\n');
    expect(await readToEnd(socket)).not.toContain('400 Bad Request');
  }
  expect(await logged(2)).toMatchObject([{ status: 499 }, { status: 499 }]);
});

test('a client that leaves in the middle of its body is forgotten', async () => {
  const { model, models } = kimi(['Hi']);
  const { port, logged } = await running({ models });
  const socket = await rawConnection(port);
  socket.write('POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\ncontent-length: 50\r\n\r\n{"mod');
  await new Promise((resolve) => setImmediate(resolve));
  socket.destroy();
  expect((await logged(1))[0]).toMatchObject({ status: 499 });
  expect(model.requests).toHaveLength(0);
});

test('requests that are sent without waiting are answered whole and in their order', async () => {
  const { models } = kimi([async () => ({ text: 'first' }), 'second', 'third'], { chunkSize: 1 });
  const { port } = await running({ models });
  const socket = await rawConnection(port);
  const body = JSON.stringify({ ...ASK, stream: true });
  const head = 'POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\n';
  const request = `${head}content-length: ${body.length}\r\n\r\n${body}`;
  const last = `${head}connection: close\r\ncontent-length: ${body.length}\r\n\r\n${body}`;
  socket.write(request + request + last);
  const answers = (await readToEnd(socket)).split(/(?=HTTP\/1\.1 200 OK)/);
  const said = answers.map((answer) =>
    [...answer.matchAll(/"delta":\{"content":"(.*?)"\}/g)].map(([, delta]) => delta).join(''),
  );
  expect(said).toEqual(['first', 'second', 'third']);
  for (const answer of answers) expect(answer).toMatch(/data: \[DONE\]\n\n\r\n0\r\n\r\n$/);
});

test('a client of HTTP/1.0, which knows no chunks, gets the plain stream', async () => {
  const { models } = kimi(['Hello'], { chunkSize: 1 });
  const { port } = await running({ models });
  const socket = await rawConnection(port);
  const body = JSON.stringify({ ...ASK, stream: true });
  socket.write(`POST /v1/chat/completions HTTP/1.0\r\ncontent-length: ${body.length}\r\n\r\n${body}`);
  const [head = '', text = ''] = (await readToEnd(socket)).split('\r\n\r\n');
  expect(head).not.toMatch(/transfer-encoding/i);
  expect(text).toMatch(/^data: \{[\s\S]*data: \[DONE\]\n\n$/);
});
