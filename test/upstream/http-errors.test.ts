import type { ServerResponse } from 'node:http';
import { ProxyAgent } from 'undici';
import { expect, test } from 'vitest';
import type { HttpModelOptions } from '../../src/upstream/index.ts';
import { openaiChat } from '../../src/upstream/index.ts';
import {
  answerJson,
  answerStream,
  chunk,
  closedPort,
  failure,
  HELLO,
  outcome,
  serve,
  serveRaw,
  sse,
} from './server.ts';

const KEY = 'sk-very-secret';

/** The failure of one request without retries. */
async function fails(baseUrl: string, options: Partial<HttpModelOptions> = {}) {
  const model = openaiChat({
    baseUrl,
    model: 'kimi-k2.6',
    retries: 0,
    apiKey: KEY,
    apiKeyName: 'MY_KEY',
    ...options,
  });
  const error = await failure(model.stream({ messages: [{ role: 'user', content: 'a private word' }] }));
  expect(error.message).not.toMatch(/sk-very|private/);
  expect(error.remedy).toMatch(/^[A-Z].*\.$/);
  expect(error.message).toContain(new URL(baseUrl).host);
  expect(error.message).toContain('/v1/chat/completions');
  return error;
}

const failing = (status: number, json: unknown) => serve((response) => answerJson(response, status, json));
const streaming = (text: string) => serve((response) => answerStream(response, text));

test('connection refused', async () => {
  const error = await fails(`http://127.0.0.1:${await closedPort()}/v1`);
  expect(error).toMatchObject({ code: 'connection-refused', retryable: true });
  expect(error.remedy).toContain('base URL');
});

test('a host with several addresses, all of which refuse', async () => {
  expect(await fails(`http://localhost:${await closedPort()}/v1`)).toMatchObject({
    code: 'connection-refused',
  });
});

test('a host name that does not exist', async () => {
  const error = await fails('http://nosuchhost.invalid/v1');
  expect(error.code).toBe('dns');
  expect(error.remedy).toContain('spelling');
});

test('https to a port without TLS', async () => {
  const { baseUrl } = await serve((response) => response.end());
  const error = await fails(baseUrl.replace('http:', 'https:'));
  expect(error).toMatchObject({ code: 'tls', retryable: false });
  expect(error.remedy).toContain('http://');
});

test('a certificate that nobody trusts', async () => {
  const { baseUrl, seen } = await serve((response) => response.end(), { tls: true });
  const error = await fails(baseUrl);
  expect(error).toMatchObject({ code: 'tls', retryable: false });
  expect(error.remedy).toContain('NODE_EXTRA_CA_CERTS');
  expect(seen).toHaveLength(0);
});

test('http to a port with TLS', async () => {
  const { baseUrl } = await serve((response) => response.end(), { tls: true });
  const error = await fails(baseUrl.replace('https:', 'http:'));
  expect(['connection-lost', 'bad-request']).toContain(error.code);
});

test('a connection closed, and one reset, before the first byte', async () => {
  for (const close of ['destroy', 'resetAndDestroy'] as const) {
    const error = await fails(await serveRaw((socket) => socket[close]()));
    expect(error).toMatchObject({ code: 'connection-lost', retryable: true });
  }
});

test('a server that does not speak HTTP', async () => {
  const error = await fails(await serveRaw((socket) => socket.end('220 mail ready\r\n')));
  expect(error).toMatchObject({ code: 'connection-lost', retryable: false });
  expect(error.message).toContain('does not answer in HTTP');
});

test('a proxy that wants a password', async () => {
  const { baseUrl } = await serve(() => {});
  const { server, baseUrl: proxyUrl } = await serve(() => {});
  server.on('connect', (_, socket) => socket.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n'));
  const dispatcher = new ProxyAgent({ uri: new URL(proxyUrl).origin, proxyTunnel: true });
  const error = await fails(baseUrl, { dispatcher });
  expect(error).toMatchObject({ code: 'connection-refused', retryable: false });
  expect(error.message).toContain('the proxy on the way refused with 407');
});

test('an answer whose head has no end', async () => {
  const error = await fails(
    await serveRaw((socket) => socket.write(`HTTP/1.1 200 OK\r\nx: ${'a'.repeat(200_000)}`)),
  );
  expect(error).toMatchObject({ code: 'connection-lost', retryable: false });
  expect(error.message).toContain('the head of its answer is longer than 16 kB');
});

test('silence before the answer', async () => {
  const { baseUrl } = await serve(() => {});
  const error = await fails(baseUrl, { silenceMs: 60 });
  expect(error.code).toBe('silence');
  expect(error.remedy).toContain('silenceMs');
});

test('silence in mid-stream comes after everything that was sent', async () => {
  const { baseUrl } = await serve((response) => response.write(sse(chunk({ content: 'Hel' }))));
  const model = openaiChat({ baseUrl, model: 'm', silenceMs: 60, retries: 0 });
  const { turn, error } = await outcome(model.stream({ messages: [] }));
  expect(turn.content).toBe('Hel');
  expect(error?.code).toBe('silence');
});

test('silence after the finish reason does not take a whole answer away', async () => {
  const { baseUrl } = await serve((response) =>
    response.write(sse(chunk({ content: 'Hello' }), chunk({}, 'stop'))),
  );
  const model = openaiChat({ baseUrl, model: 'm', silenceMs: 60, retries: 0 });
  const { turn, error } = await outcome(model.stream({ messages: [] }));
  expect(error).toBeUndefined();
  expect(turn).toMatchObject({ content: 'Hello', finishReason: 'stop' });
});

test.each([
  [
    401,
    { error: { type: 'invalid_authentication_error', message: 'Invalid Authentication' } },
    'wrong-api-key',
    /MY_KEY.*api\.moonshot\.ai, api\.moonshot\.cn and api\.kimi\.com/,
  ],
  [403, { error: { type: 'permission_denied_error', message: 'API not open' } }, 'forbidden', /MY_KEY/],
  [404, { detail: 'Not Found' }, 'endpoint-not-found', /\/v1/],
  [
    400,
    { error: { message: "tool_choice 'required' is incompatible with thinking enabled" } },
    'bad-request',
    /thinking off/,
  ],
  [
    400,
    {
      error: {
        message:
          'thinking is enabled but reasoning_content is missing in assistant tool call message at index 2',
      },
    },
    'bad-request',
    /reasoning/,
  ],
  [
    400,
    { error: { message: 'Your request exceeded model token limit: 262144' } },
    'context-too-long',
    /Shorten/,
  ],
  [413, { message: 'Request exceeds the maximum size' }, 'context-too-long', /media/],
  [429, { error: { type: 'exceeded_current_quota_error', message: 'no money' } }, 'quota-exceeded', /Top up/],
  [429, { error: { type: 'engine_overloaded_error', message: 'busy' } }, 'overloaded', /moment/],
  [500, { error: { message: 'oops' } }, 'server-error', /later/],
  [503, 'down', 'overloaded', /moment/],
])('status %i with %j', async (status, json, code, remedy) => {
  const { baseUrl } = await failing(status, json);
  const error = await fails(baseUrl);
  expect(error).toMatchObject({ code, status });
  expect(error.remedy).toMatch(remedy);
});

test('401 without a key names the variable to set', async () => {
  const { baseUrl } = await failing(401, {});
  const error = await fails(baseUrl, { apiKey: ' ' });
  expect(error.code).toBe('no-api-key');
  expect(error.remedy).toContain('MY_KEY');
});

test('a host that repeats the key does not get it into the message', async () => {
  const { baseUrl } = await failing(401, { error: { message: `Incorrect API key provided: ${KEY}.` } });
  expect((await fails(baseUrl)).message).toContain('Incorrect API key provided: …');
  const mid = await streaming(sse({ error: { message: `bad ${KEY}` } }));
  expect((await fails(mid.baseUrl)).message).toContain('bad …');
});

test('429 carries how long to wait', async () => {
  const { baseUrl } = await serve((response) => answerJson(response, 429, {}, { 'retry-after': '7' }));
  expect(await fails(baseUrl)).toMatchObject({ code: 'rate-limited', retryable: true, retryAfterMs: 7000 });
});

test('an unknown model is told the models that the host lists, Kimi’s first', async () => {
  const { baseUrl, seen } = await serve((response, { path }) => {
    if (path === '/v1/models')
      answerJson(response, 200, { data: [{ id: 'other' }, { id: 'kimi-k3' }, { id: 5 }] });
    else
      answerJson(response, 404, {
        error: { type: 'resource_not_found_error', message: 'Not found the model' },
      });
  });
  const error = await fails(baseUrl);
  expect(error).toMatchObject({ code: 'model-not-found' });
  expect(error.remedy).toBe('Choose another model than kimi-k2.6; this host has kimi-k3, other.');
  expect(seen[1]).toMatchObject({
    method: 'GET',
    path: '/v1/models',
    headers: { authorization: `Bearer ${KEY}` },
  });
});

test('the list is not asked for when it is known, and not needed when it cannot be had', async () => {
  const { baseUrl, seen } = await failing(404, { error: { message: 'The model `x` does not exist.' } });
  expect((await fails(baseUrl, { knownModels: ['a'] })).remedy).toContain('this host has a.');
  expect(seen).toHaveLength(1);
  expect((await fails(baseUrl)).remedy).toBe('Choose another model than kimi-k2.6.');
});

test('a web page, whatever its status and type', async () => {
  const page = '<!doctype html><html><head><title>Log in</title></head></html>';
  for (const type of ['text/html', 'application/json', 'text/event-stream']) {
    const { baseUrl } = await serve((response) =>
      response.writeHead(200, { 'content-type': type }).end(page),
    );
    const error = await fails(baseUrl);
    expect(error.code).toBe('not-json');
    expect(error.message).toContain('a web page titled "Log in"');
  }
  const { baseUrl } = await serve((response) => response.writeHead(502).end(page));
  expect(await fails(baseUrl)).toMatchObject({ code: 'server-error' });
});

test.each([
  ['an empty body', '', 'stream-cut', 'before the first byte'],
  ['text that begins like a field', 'database is down', 'not-json', 'plain text: database is down'],
  ['plain text', 'upstream connect error', 'not-json', 'plain text: upstream connect error'],
  ['JSON of something else', '{"ok":true}', 'not-json', 'no choices'],
  ['half a response', '{"choices":[{"mess', 'not-json', 'broken JSON'],
  ['an error as JSON', '{"error":{"message":"no"}}', 'stream-error', 'no'],
  ['broken JSON in an event', 'data: {"choices":[\n\ndata: [DONE]\n\n', 'not-json', 'event 1'],
  ['a word', 'dark', 'not-json', 'plain text: dark'],
  ['only keep-alives', ': ping\n\n: ping\n\n', 'stream-cut', 'before [DONE]'],
  ['half an event', 'data: {"choices":[{"del', 'stream-cut', 'in the middle of an event'],
])('%s', async (_, body, code, words) => {
  const { baseUrl } = await streaming(body);
  const error = await fails(baseUrl);
  expect(error.code).toBe(code);
  expect(error.message).toContain(words);
});

test.each(['d', 'data', 'data:', 'ev', 'event', 'i', 'retry'])('a stream cut after %s', async (head) => {
  const { baseUrl } = await streaming(head);
  expect(await fails(baseUrl)).toMatchObject({ code: 'stream-cut', retryable: true });
});

test('an error in mid-stream comes after what was sent, and a call begun there is cut', async () => {
  const call = { index: 0, id: 'functions.f:0', function: { name: 'f', arguments: '{"a":' } };
  for (const error of [
    sse({ error: { message: 'parser failed', code: 500 } }),
    'event: error\ndata: parser failed\n\n',
  ]) {
    const { baseUrl } = await streaming(
      sse(chunk({ content: 'Ok.' }), chunk({ tool_calls: [call] })) + error + HELLO,
    );
    const result = await outcome(
      openaiChat({ baseUrl, model: 'm' }).stream({ messages: [], tools: [{ name: 'f' }] }),
    );
    expect(result.error).toMatchObject({ code: 'stream-error' });
    expect(result.error?.message).toContain('parser failed');
    expect(result.turn).toMatchObject({ content: 'Ok.', calls: [], cut: { name: 'f', arguments: '{"a":' } });
    expect(result.events.some((event) => event.type === 'finish')).toBe(false);
  }
});

test.each([
  ['an end', (response: ServerResponse) => response.end()],
  ['a closed socket', (response: ServerResponse) => response.socket?.end()],
  ['a reset', (response: ServerResponse) => response.socket?.resetAndDestroy()],
])('%s before [DONE] is a cut stream, unless a finish reason was seen', async (_, end) => {
  const cutAfter = async (text: string) => {
    const { baseUrl } = await serve((response) =>
      response.write(text, () => setImmediate(() => end(response))),
    );
    return outcome(openaiChat({ baseUrl, model: 'm', retries: 0 }).stream({ messages: [] }));
  };
  const cut = await cutAfter(sse(chunk({ content: 'Hel' })));
  expect(cut.turn.content).toBe('Hel');
  expect(cut.error).toMatchObject({ code: 'stream-cut', retryable: true });
  const whole = await cutAfter(sse(chunk({ content: 'Hello' }), chunk({}, 'stop')));
  expect(whole.error).toBeUndefined();
  expect(whole.turn).toMatchObject({ content: 'Hello', finishReason: 'stop' });
});

test('what arrived before a reset is not lost to a slow reader', async () => {
  const pieces = Array.from({ length: 50 }, (_, n) => chunk({ content: `${n} ` }));
  const { baseUrl } = await serve((response) => {
    response.write(sse(pieces[0]), () =>
      response.write(sse(...pieces.slice(1)), () => response.socket?.resetAndDestroy()),
    );
  });
  const stream = openaiChat({ baseUrl, model: 'm', retries: 0 }).stream({ messages: [] });
  let text = '';
  await expect(async () => {
    for await (const event of stream) {
      // The next turn of the loop comes only after everything that the network brought.
      await new Promise((resolve) => setImmediate(resolve));
      if (event.type === 'text-delta') text += event.delta;
    }
  }).rejects.toMatchObject({ code: 'stream-cut' });
  expect(text.split(' ')).toHaveLength(51);
});

test.each([
  'Client sent an HTTP request to an HTTPS server.',
  '<html><head><title>400 The plain HTTP request was sent to HTTPS port</title></head></html>',
])('a TLS port that answers http:// with words is told to be one: %s', async (body) => {
  const { baseUrl } = await serve((response) => response.writeHead(400).end(body));
  const error = await fails(baseUrl);
  expect(error.code).toBe('bad-request');
  expect(error.remedy).toContain('https://');
});
