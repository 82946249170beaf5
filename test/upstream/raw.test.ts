import { once } from 'node:events';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { rawUpstream } from '../../src/upstream/index.ts';
import { serve, serveRaw } from './server.ts';

const never = new AbortController().signal;

async function textOf(body: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const bytes of body) chunks.push(bytes);
  return Buffer.concat(chunks).toString();
}

function to(baseUrl: string, protocol: 'openai-chat' | 'anthropic-messages' = 'openai-chat') {
  return rawUpstream({
    baseUrl,
    protocol,
    model: 'kimi',
    apiKey: 'sk-of-the-host',
    headers: { 'X-Team': 'a' },
  });
}

describe('a raw request', () => {
  test('goes out byte for byte, with the key and the headers of the upstream', async () => {
    const host = await serve((response) => response.end('{}'));
    const body = '{ "model":"kimi",\n "extra": 1e2, "model": "twice", "text": "\\u00e9é\\ud83d" }';
    await textOf((await to(host.baseUrl).send(body, never)).body);
    expect(host.seen[0]).toMatchObject({
      method: 'POST',
      path: '/v1/chat/completions',
      body,
      headers: { authorization: 'Bearer sk-of-the-host', 'x-team': 'a', 'content-type': 'application/json' },
    });
  });

  test.each(['', '/', '/v1', '/v1/', '/v1/messages'])(
    'finds the path of Anthropic Messages at a base URL that ends in %j',
    async (end) => {
      const host = await serve((response) => response.end('{}'));
      const base = host.baseUrl.replace(/\/v1$/, `/anthropic${end}`);
      await textOf((await to(base, 'anthropic-messages').send('{}', never)).body);
      expect(host.seen[0]).toMatchObject({
        path: '/anthropic/v1/messages',
        headers: { 'anthropic-version': '2023-06-01', 'x-api-key': 'sk-of-the-host' },
      });
    },
  );
});

describe('a raw answer', () => {
  test('comes back byte for byte, markers and broken events included', async () => {
    const sent = 'data: {"a": <|tool_call_begin|>\r\n\r\n: x\n\ndata: \u00e9\n\ndata: [DONE]\n\n';
    const host = await serve((response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      for (const byte of Buffer.from(sent)) response.write(Buffer.of(byte));
      response.end();
    });
    const answer = await to(host.baseUrl).send('{}', never);
    expect(answer.status).toBe(200);
    expect(await textOf(answer.body)).toBe(sent);
  });

  test('is a refusal as the host wrote it', async () => {
    const host = await serve((response) => response.writeHead(429, { 'Retry-After': '7' }).end('slow down'));
    const answer = await to(host.baseUrl).send('{}', never);
    expect([answer.status, answer.headers['retry-after'], await textOf(answer.body)]).toEqual([
      429,
      '7',
      'slow down',
    ]);
  });

  test('keeps no header that is about the connection, the length or a session', async () => {
    const host = await serve((response) => {
      response.setHeader('Set-Cookie', 'session=1');
      response.setHeader('X-RateLimit-Remaining', '3');
      response.setHeader('Content-Encoding', 'gzip');
      response.setHeader('Content-Type', 'application/json');
      response.end(gzipSync('{"a":1}'));
    });
    const answer = await to(host.baseUrl).send('{}', never);
    expect(answer.headers).toEqual({ 'content-type': 'application/json', 'x-ratelimit-remaining': '3' });
    expect(await textOf(answer.body)).toBe('{"a":1}');
  });
});

describe('what goes wrong', () => {
  test('an answer that breaks off gives what came and then says so', async () => {
    const baseUrl = await serveRaw((socket) => {
      socket.write('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf', () => socket.destroy());
    });
    const got: string[] = [];
    const read = async () => {
      for await (const bytes of (await to(baseUrl).send('{}', never)).body)
        got.push(String(Buffer.from(bytes)));
    };
    await expect(read()).rejects.toMatchObject({ code: 'stream-cut' });
    expect(got.join('')).toBe('half');
  });

  test('cancelling closes the connection, before the answer and in it', async () => {
    const host = await serve((response, _, count) => {
      if (count > 0) response.write('begun');
    });
    for (const begun of [false, true]) {
      const gone = once(host.server, 'connection').then(([socket]) => once(socket, 'close'));
      const asked = once(host.server, 'request');
      const controller = new AbortController();
      const sent = to(host.baseUrl).send('{}', controller.signal);
      if (begun) {
        const body = (await sent).body[Symbol.asyncIterator]();
        await body.next();
        const next = body.next();
        controller.abort();
        await expect(next).rejects.toMatchObject({ code: 'aborted' });
      } else {
        await asked;
        controller.abort();
        await expect(sent).rejects.toMatchObject({ code: 'aborted' });
      }
      await gone;
    }
  });

  test('a reader that leaves early closes the connection', async () => {
    const host = await serve((response) => void response.write('begun'));
    const gone = once(host.server, 'connection').then(([socket]) => once(socket, 'close'));
    for await (const _ of (await to(host.baseUrl).send('{}', never)).body) break;
    await gone;
    expect(host.seen).toHaveLength(1);
  });

  test('no secret stands in an error', async () => {
    const raw = rawUpstream({
      baseUrl: 'http://127.0.0.1:1/v1?key=query-secret',
      protocol: 'openai-chat',
      model: 'kimi',
      apiKey: 'sk-of-the-host',
    });
    const error = await raw.send('{}', never).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'connection-refused' });
    expect(String(error)).not.toMatch(/query-secret|sk-of/);
  });

  test('a base URL that is none is refused at once', () => {
    expect(() => to('localhost')).toThrow(expect.objectContaining({ code: 'invalid-options' }));
  });
});

test('a refusal that repeats the key comes without it, all else as it is', async () => {
  const host = await serve((response, { headers }) => {
    response.writeHead(401, { 'content-type': 'application/json' });
    response.write(`{"error":"é, no key ${headers.authorization!.slice(0, 12)}`);
    response.end(`${headers.authorization!.slice(12)}"}`);
  });
  const { status, body } = await to(host.baseUrl).send('{}', never);
  expect([status, await textOf(body)]).toEqual([401, '{"error":"é, no key Bearer …"}']);
});
