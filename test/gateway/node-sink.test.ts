import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import net from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { NodeSink } from '../../src/gateway/edges/node-sink.ts';

const HEADERS = () => ['content-type', 'text/plain'];

/** Serves each request with a sink of its own. */
async function served(
  answer: (sink: NodeSink, response: http.ServerResponse) => void | Promise<void>,
  slowMs = 60_000,
): Promise<number> {
  const server = http.createServer((request, response) => {
    void answer(new NodeSink(request, response, slowMs, () => false), response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

/** The head of a request but for its end. */
const ASK = 'GET / HTTP/1.1\r\nhost: x\r\n';

const textAt = async (port: number) => (await fetch(`http://127.0.0.1:${port}`)).text();

test('what is written comes in order, whether it waits for others, is bytes or is the end', async () => {
  const port = await served(async (sink) => {
    sink.begin(200, HEADERS(), 'a');
    sink.write('b');
    sink.write('é👍');
    sink.write(Buffer.from('c'));
    sink.write('d');
    await turn();
    sink.write('e');
    sink.end('f');
  });
  expect(await textAt(port)).toBe('abé👍cdef');
});

test('what is written before an answer is broken off still reaches the client', async () => {
  const port = await served(async (sink) => {
    sink.begin(200, HEADERS(), 'a');
    await turn();
    sink.write('b');
    sink.abort();
  });
  const socket = net.connect(port, '127.0.0.1').setEncoding('latin1');
  socket.write('GET / HTTP/1.1\r\nhost: x\r\n\r\n');
  let seen = '';
  for await (const part of socket) seen += part;
  expect(seen.slice(seen.indexOf('\r\n\r\n'))).toBe('\r\n\r\n1\r\na\r\n1\r\nb\r\n');
});

test('a client that reads nothing is told of by the write after the one that was too much', async () => {
  let drained: (() => void) | undefined;
  const isDrained = new Promise<void>((resolve) => {
    drained = resolve;
  });
  const PIECE = '~'.repeat(8000);
  let pieces = 0;
  const port = await served(async (sink) => {
    sink.begin(200, HEADERS(), 'a');
    // More than the system holds for a client would be a fault: the loop would not end.
    do {
      await turn();
      pieces++;
    } while (sink.write(PIECE));
    sink.onDrain = () => {
      sink.onDrain = undefined;
      drained?.();
      sink.end('z');
    };
    socket.resume();
  });
  const socket = net.connect(port, '127.0.0.1').setEncoding('latin1').pause();
  let length = 0;
  socket.on('data', (part: string) => {
    length += part.split('~').length - 1;
  });
  socket.write('GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n');
  await isDrained;
  await once(socket, 'close');
  expect(length).toBe(pieces * PIECE.length);
});

test('the time in which a client has to take an answer is not that of the next answer on its connection', async () => {
  const slowMs = 1600;
  const answers: http.ServerResponse[] = [];
  const port = await served(async (sink, response) => {
    if (answers.push(response) > 1) {
      await once(response, 'socket');
      // A model that is silent for longer than one look at its client takes.
      setTimeout(() => {
        sink.begin(200, HEADERS(), 'next');
        sink.end('');
      }, slowMs / 2);
      return;
    }
    sink.begin(200, HEADERS(), 'a');
    // Until the system holds no more, and little waits here: then nothing is said of it when that is taken.
    do {
      await turn();
      sink.write('~'.repeat(3000));
      await turn();
    } while (response.socket!.writableLength === 0);
    sink.end('z');
    socket.resume();
  }, slowMs);
  const socket = net.connect(port, '127.0.0.1').setEncoding('latin1').pause();
  let tail = '';
  socket.on('data', (part: string) => {
    tail = (tail + part).slice(-20);
  });
  socket.write(`${ASK}\r\n${ASK}connection: close\r\n\r\n`);
  await once(socket, 'close');
  expect(tail).toMatch(/\r\n4\r\nnext\r\n0\r\n\r\n$/);
});

test('an answer that had to wait for the one before it on its connection is told each time when it may go on', async () => {
  const PIECE = '~'.repeat(20_000);
  const PIECES = 400;
  let endFirst: (() => void) | undefined;
  const port = await served(async (sink) => {
    sink.begin(200, HEADERS(), 'a');
    if (endFirst === undefined) {
      endFirst = () => sink.end('');
      return;
    }
    for (let piece = 0; piece < PIECES; piece++) {
      if (sink.write(PIECE)) continue;
      const isDrained = new Promise<void>((resolve) => {
        sink.onDrain = resolve;
      });
      endFirst();
      endFirst = () => {};
      await isDrained;
    }
    sink.end('z');
  });
  const socket = net.connect(port, '127.0.0.1').setEncoding('latin1');
  socket.write(`${ASK}\r\n${ASK}connection: close\r\n\r\n`);
  let seen = '';
  for await (const part of socket) seen += part;
  expect(seen.split('~').length - 1).toBe(PIECES * PIECE.length);
});
