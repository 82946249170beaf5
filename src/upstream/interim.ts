import type { Socket } from 'node:net';
import { buildConnector } from 'undici';

/** What interim answers begin with that undici takes for a broken host: `100 Continue`, whoever asked for it. */
const BEGINNING = 'HTTP/1.1 100';
const END = '\r\n\r\n';
/** Where the status begins, and the digit with which that of an interim answer does. */
const STATUS = 'HTTP/1.1 '.length;
const ONE = 0x31;
/** Bytes that the head of one may have. */
const LONGEST = 16 * 1024;

/**
 * Connects as undici does, to hosts that send `100 Continue` though nobody waits for it: a client has to read past it
 * (RFC 9110, 15.2), and undici closes the connection. All other interim answers it knows.
 */
export function connectorPastContinue(timeout: number): buildConnector.connector {
  const connect = buildConnector({ timeout });
  return (options, done) =>
    connect(options, (...[error, socket]) => {
      if (error !== null) done(error, null);
      else done(null, pastContinue(socket));
    });
}

/** The same socket, on which `100 Continue` before an answer is not read. An answer begins behind what was written last. */
function pastContinue<S extends Socket>(socket: S): S {
  const read = socket.read.bind(socket) as (size?: number) => Buffer | null;
  const write = socket.write.bind(socket) as (chunk: unknown, encoding: unknown, done: unknown) => boolean;
  let isHead = true;
  let held: Buffer | undefined;
  socket.write = (chunk: unknown, encoding?: unknown, done?: unknown) => {
    isHead = true;
    return write(chunk, encoding, done);
  };
  socket.read = (size?: number) => {
    for (;;) {
      const bytes = read(size);
      if (!isHead || bytes === null) return bytes;
      if (held === undefined && bytes.length > STATUS && bytes[STATUS] !== ONE) {
        isHead = false;
        return bytes;
      }
      const seen: Buffer = held === undefined ? bytes : Buffer.concat([held, bytes]);
      held = undefined;
      const at = behindContinue(seen);
      const rest = seen.subarray(at);
      if (!mayBeContinue(rest)) {
        isHead = false;
        return rest;
      }
      held = rest;
    }
  };
  return socket;
}

/** Where the bytes go on behind all of them that are whole. */
function behindContinue(bytes: Buffer): number {
  for (let at = 0; ; ) {
    const isOne = bytes.toString('latin1', at, at + BEGINNING.length) === BEGINNING;
    const end = isOne ? bytes.indexOf(END, at) : -1;
    if (end < 0) return at;
    at = end + END.length;
  }
}

/** Whether bytes are the beginning of one, or of nothing yet. */
function mayBeContinue(bytes: Buffer): boolean {
  const beginning = bytes.toString('latin1', 0, BEGINNING.length);
  return BEGINNING.startsWith(beginning) && bytes.length <= LONGEST;
}
