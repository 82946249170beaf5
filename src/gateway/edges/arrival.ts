import type { PerigeeError } from '../../core/index.ts';

/** Header fields by lower-case name, as `node:http` gives them. */
export type Headers = { readonly [name: string]: string | string[] | undefined };

/** A request whose head has come: all that the core knows of whichever edge it came through. */
export interface Arrival {
  readonly method: string;
  /** Path and query. */
  readonly target: string;
  readonly headers: Headers;
  /**
   * Reads the whole body, content-encoding undone, and calls back once. The limits are the edge's to keep: it calls
   * back with `gateway-too-large` or `gateway-too-slow`, and never after the client is gone.
   */
  readBody(limits: BodyLimits, done: (body: Uint8Array | PerigeeError) => void): void;
  readonly sink: Sink;
}

export interface BodyLimits {
  readonly bytes: number;
  readonly milliseconds: number;
}

/** Where an answer goes. */
export interface Sink {
  /** The client is gone, or was given up: nothing that is written arrives. */
  readonly closed: boolean;
  /** Names and values that every answer gets, whatever it is. */
  common: readonly string[];
  /** Is called once when the client goes before the answer has ended. */
  onClose: (() => void) | undefined;
  /** Is called when `write` had returned false and more may be written, or the client is gone. */
  onDrain: (() => void) | undefined;
  /** Sends a whole answer. `headers` alternates names and values. */
  reply(status: number, headers: string[], body: string): void;
  /** Begins an answer of unknown length, with its first text. False: wait for `onDrain`. */
  begin(status: number, headers: string[], text: string | Uint8Array): boolean;
  /** False: wait for `onDrain` before the next. */
  write(text: string | Uint8Array): boolean;
  /** Ends what was begun. */
  end(text: string): void;
  /** Ends what was begun so that the client sees that it is not whole. */
  abort(): void;
}

/** The first value of a header. */
export function headerOf(headers: Headers, name: string): string | undefined {
  const value = headers[name];
  return typeof value === 'object' ? value[0] : value;
}
