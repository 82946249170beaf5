import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { expect, test } from 'vitest';
import type { StreamEvent } from '../../src/core/index.ts';
import { openaiChat } from '../../src/upstream/index.ts';
import { chunk, outcome, serve, serveRaw, sse } from './server.ts';

const TEXT = 'x'.repeat(60_000);
const EVENTS = 1000;

test('a host that sends faster than the answer is read is made to wait, and nothing is lost', async () => {
  let sent = 0;
  const { baseUrl } = await serve(async (response) => {
    for (; sent < EVENTS; sent++) {
      if (!response.write(sse(chunk({ content: TEXT })))) await once(response, 'drain');
    }
    response.end(sse(chunk({}, 'stop'), '[DONE]'));
  });
  const model = openaiChat({ baseUrl, model: 'm', retries: 0 });
  const batches = model.stream({ messages: [] }).batches()[Symbol.asyncIterator]();
  let length = 0;
  const read = (result: IteratorResult<readonly StreamEvent[]>) => {
    for (const event of result.done ? [] : result.value) {
      if (event.type === 'text-delta') length += event.delta.length;
    }
  };
  read(await batches.next());
  await quiet(() => sent);
  expect(sent).toBeLessThan(EVENTS / 2);
  for (let result = await batches.next(); !result.done; result = await batches.next()) read(result);
  expect(length).toBe(EVENTS * TEXT.length);
});

test('a reader that leaves while too much waits hangs up', async () => {
  let closed: Promise<unknown> | undefined;
  const { baseUrl } = await serve(async (response: ServerResponse) => {
    closed = once(response, 'close');
    const goesOn = () => !response.destroyed;
    while (goesOn()) {
      if (!response.write(sse(chunk({ content: TEXT }))))
        await Promise.race([once(response, 'drain'), closed]);
    }
  });
  const model = openaiChat({ baseUrl, model: 'm', retries: 0 });
  const batches = model.stream({ messages: [] }).batches()[Symbol.asyncIterator]();
  await batches.next();
  await batches.return?.();
  await closed;
  expect(await batches.next()).toEqual({ done: true, value: undefined });
});

test('a character that is cut anywhere between two packets arrives whole, also behind a byte order mark', async () => {
  const bytes = Buffer.from(
    `\ufeff${sse(chunk({ content: 'aé😀' }), chunk({ content: 'ü' }), chunk({}, 'stop'), '[DONE]')}`,
  );
  for (let at = 1; at < bytes.length; at += 7) {
    const baseUrl = await serveRaw((socket) => {
      socket.setNoDelay(true);
      socket.write('HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n');
      socket.write(bytes.subarray(0, at), () => setImmediate(() => socket.end(bytes.subarray(at))));
    });
    const { turn } = await outcome(openaiChat({ baseUrl, model: 'm', retries: 0 }).stream({ messages: [] }));
    expect(turn.content).toBe('aé😀ü');
  }
});

/** Until a count stands still. */
async function quiet(count: () => number): Promise<void> {
  let last = -1;
  for (let same = 0; same < 500; same++) {
    await new Promise((resolve) => setImmediate(resolve));
    if (count() !== last) same = 0;
    last = count();
  }
}
