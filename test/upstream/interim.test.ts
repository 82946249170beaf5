import type { Socket } from 'node:net';
import { describe, expect, test } from 'vitest';
import { openaiChat, rawUpstream } from '../../src/upstream/index.ts';
import { HELLO, outcome, serve, serveRaw } from './server.ts';

const CONTINUE = 'HTTP/1.1 100 Continue\r\n\r\n';
const HINTS = 'HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n';
const ANSWER = `HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ncontent-length: ${HELLO.length}\r\n\r\n${HELLO}`;

const request = { messages: [{ role: 'user', content: 'hi' }] } as const;

async function contentFrom(baseUrl: string, times = 1): Promise<(string | undefined)[]> {
  const model = openaiChat({ baseUrl, model: 'm', retries: 0, knownModels: [] });
  const contents: (string | undefined)[] = [];
  for (let i = 0; i < times; i++) {
    const { turn, error } = await outcome(model.stream(request));
    contents.push(error?.message ?? turn.content);
  }
  return contents;
}

/** Sends each part in a packet of its own, once the one before is on its way. */
function inParts(socket: Socket, parts: readonly string[]): void {
  const [first, ...rest] = parts;
  if (first === undefined) return;
  socket.setNoDelay(true);
  socket.write(first, 'latin1', () => setImmediate(() => inParts(socket, rest)));
}

describe('a host that says 100 Continue though nobody waits for it', () => {
  test.each([
    ['once', [CONTINUE + ANSWER]],
    ['several times, with hints in between', [CONTINUE + CONTINUE + HINTS + ANSWER]],
    ['with header fields', [`HTTP/1.1 100 Continue\r\nx-a: b\r\n\r\n${ANSWER}`]],
    ['byte by byte', [...(CONTINUE + ANSWER.slice(0, 40)), ANSWER.slice(40)]],
    ['by itself', [CONTINUE, ANSWER]],
  ])('%s is read past it', async (_, parts) => {
    const baseUrl = await serveRaw((socket) => inParts(socket, parts));
    expect(await contentFrom(baseUrl)).toEqual(['Hello']);
  });

  test('may do so before each answer of one connection', async () => {
    const { baseUrl, server } = await serve((response) => {
      response.writeContinue();
      response.writeHead(200, { 'content-type': 'text/event-stream' }).end(HELLO);
    });
    let connections = 0;
    server.on('connection', () => connections++);
    expect(await contentFrom(baseUrl, 3)).toEqual(['Hello', 'Hello', 'Hello']);
    expect(connections).toBeLessThan(3);
  });

  test('two million times is not kept: reading on would never come to an end', async () => {
    const many = Buffer.from(CONTINUE.repeat(2000));
    const baseUrl = await serveRaw((socket) => {
      let left = 1000;
      const more = () => {
        while (left-- > 0) if (!socket.write(many)) return void socket.once('drain', more);
        socket.write(ANSWER);
      };
      more();
    });
    expect(await contentFrom(baseUrl)).toEqual(['Hello']);
  });

  test('is no answer by itself', async () => {
    const baseUrl = await serveRaw((socket) => socket.end(CONTINUE));
    expect(await contentFrom(baseUrl)).toEqual([expect.stringContaining('closed the connection')]);
  });
});

test('a body that reads like 100 Continue comes through byte for byte', async () => {
  const body = CONTINUE.repeat(3);
  const baseUrl = await serveRaw((socket) =>
    inParts(socket, [
      `HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: ${body.length}\r\n\r\n`,
      CONTINUE,
      CONTINUE + CONTINUE,
    ]),
  );
  const sender = rawUpstream({ baseUrl, model: 'm', protocol: 'openai-chat' });
  const answer = await sender.send('{}', new AbortController().signal);
  let text = '';
  for await (const bytes of answer.body) text += Buffer.from(bytes).toString('latin1');
  expect(text).toBe(body);
});
