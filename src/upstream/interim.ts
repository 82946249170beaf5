import type { Socket } from 'node:net';
import { buildConnector } from 'undici';

/** What interim answers begin with that undici takes for a broken host: `100 Continue`, whoever asked for it. */
const BEGINNING = 'HTTP/1.1 100';
const END = '\r\n\r\n';
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
  const write = socket.write.bind(socket) as (...given: unknown[]) => boolean;
  let isHead = true;
  let held: Buffer | undefined;
  socket.write = (...given: unknown[]) => {
    isHead = true;
    return write(...given);
  };
  socket.read = (size?: number) => {
    for (;;) {
      const bytes = read(size);
      if (!isHead || bytes === null) return bytes;
      const seen: Buffer = held === undefined ? bytes : Buffer.concat([held, bytes]);
      held = undefined;
      const at = startOfAnswer(seen);
      if (at !== undefined) {
        isHead = false;
        return seen.subarray(at);
      }
      held = seen;
    }
  };
  return socket;
}

/** Where the answer begins that is to be read; undefined: what has come does not show it. */
function startOfAnswer(bytes: Buffer): number | undefined {
  let at = 0;
  for (;;) {
    const beginning = bytes.toString('latin1', at, at + BEGINNING.length);
    if (!BEGINNING.startsWith(beginning)) return at;
    const end = beginning === BEGINNING ? bytes.indexOf(END, at) : -1;
    if (end < 0) return bytes.length - at > LONGEST ? at : undefined;
    at = end + END.length;
  }
}
