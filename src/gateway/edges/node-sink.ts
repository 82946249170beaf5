import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Sink } from './arrival.ts';
import { flushSoon } from './flush-soon.ts';

/** Bytes of a body that nobody wants which are read past without a word. */
const SMALL_BODY = 64 * 1024;
/** Milliseconds in which what is left of a refused body may come, so that its client reads the refusal. */
const LINGER_MS = 2000;
/**
 * How often a client that takes nothing is looked at before it is given up. A socket's timer starts anew if something was taken
 * since it was looked at last, however long ago: with one look it would be up to twice the time.
 */
const LOOKS = 8;

/** Characters of an answer that may wait to be sent: no more than a socket takes before it says that it has enough. */
const MOST_UNSENT = 16 * 1024;

/** Writes an answer to a `node:http` response. */
export class NodeSink implements Sink {
  closed = false;
  /** The client sends its body only when it is told to: after an answer, nobody knows whether it still comes. */
  bodyIsHeldBack = false;
  common: readonly string[] = [];
  onClose: (() => void) | undefined;
  onDrain: (() => void) | undefined;
  /** Whether the connection shall end with this answer. */
  readonly #closing: () => boolean;
  readonly #slowMs: number;
  readonly #request: IncomingMessage;
  readonly #response: ServerResponse;
  #ended = false;
  /** Chunks of the answer that wait to be sent, and how they are to be written. */
  #unsent = '';
  #encoding: 'latin1' | 'utf8' = 'latin1';
  #flowing = false;
  #watched = false;
  /** Looks in a row at which nothing had been taken, and when the last of them was. */
  #stalls = 0;
  #stalledAt = 0;
  #unlisten: (() => void) | undefined;

  constructor(request: IncomingMessage, response: ServerResponse, slowMs: number, closing: () => boolean) {
    this.#request = request;
    this.#response = response;
    this.#slowMs = slowMs;
    this.#closing = closing;
    response.on('close', () => this.#gone());
  }

  reply(status: number, headers: string[], body: string): void {
    const response = this.#response;
    headers.push('content-length', `${Buffer.byteLength(body)}`);
    const unread = this.#leavesMuch(status);
    this.#head(status, headers, unread);
    this.#ended = true;
    if (unread) this.#lastWord(body);
    else response.end(body);
    this.#watch();
  }

  begin(status: number, headers: string[], text: string | Uint8Array): boolean {
    this.#head(status, headers, false);
    const response = this.#response;
    // Only after this is the head on its way: `write` may then go past the response.
    this.#flowing = true;
    if (text.length === 0) {
      response.flushHeaders();
      return true;
    }
    if (response.write(text)) return true;
    this.#watch();
    return false;
  }

  write(text: string | Uint8Array): boolean {
    // Behind the end, it would reach the client as part of the next answer.
    if (this.closed || this.#ended) return true;
    const response = this.#response;
    const { socket } = response;
    if (typeof text !== 'string' || socket === null || !this.#flowing || !response.chunkedEncoding) {
      this.flush();
      if (response.write(text)) return true;
      this.#watch();
      return false;
    }
    // What `response.write` makes of it, but in one piece instead of four: this is done for every event of a slow stream.
    const bytes = Buffer.byteLength(text);
    // Nothing but ASCII, as most texts are, need not be encoded.
    if (bytes !== text.length) this.#encoding = 'utf8';
    const isFirst = this.#unsent === '';
    this.#unsent += `${bytes.toString(16)}\r\n${text}\r\n`;
    if (socket.writableNeedDrain || this.#unsent.length >= MOST_UNSENT) return this.flush();
    if (isFirst) flushSoon(this);
    return true;
  }

  /** Sends what waits; whether the client has taken nearly all so far. */
  flush(): boolean {
    const unsent = this.#unsent;
    if (unsent === '') return true;
    this.#unsent = '';
    const isTaken = this.closed || this.#response.socket?.write(unsent, this.#encoding) !== false;
    this.#encoding = 'latin1';
    if (!isTaken) this.#watch();
    return isTaken;
  }

  end(text: string): void {
    this.#ended = true;
    // The end of the response lets all go at once.
    if (this.#unsent !== '') this.#response.socket?.cork();
    this.flush();
    this.#response.end(text);
    this.#watch();
  }

  abort(): void {
    this.#ended = true;
    this.flush();
    this.#response.destroy();
  }

  #head(status: number, headers: string[], unread: boolean): void {
    if (this.common.length > 0) headers.push(...this.common);
    if (unread || this.#closing()) headers.push('connection', 'close');
    this.#response.writeHead(status, headers);
  }

  /** Closing a connection on which bytes are coming in would take the answer away from the client. */
  #lastWord(body: string): void {
    const request = this.#request;
    const response = this.#response;
    response.write(body);
    const end = () => {
      clearTimeout(timer);
      response.end();
    };
    const timer = setTimeout(end, LINGER_MS);
    request.once('end', end);
    request.once('close', end);
    request.resume();
  }

  /** Whether so much of the body is still to come that the connection is of no further use. */
  #leavesMuch(status: number): boolean {
    const { complete, headers } = this.#request;
    if (this.bodyIsHeldBack) return true;
    const declared = headers['content-length'];
    if (complete || (declared === undefined && headers['transfer-encoding'] === undefined)) return false;
    return status === 408 || !(Number(declared) <= SMALL_BODY);
  }

  /** Waits for a client that has not taken all, and gives it up when it takes nothing for too long. */
  #watch(): void {
    const response = this.#response;
    if (this.#watched || this.closed || (this.#ended && !response.socket?.writableLength)) return;
    this.#watched = true;
    if (this.#unlisten === undefined) this.#listen(response);
    this.#stalls = 0;
    response.setTimeout(this.#slowMs / LOOKS);
  }

  /** Nothing was taken since the last look, or for as long as one takes. */
  #stalled(): void {
    if (!this.#watched) return;
    const response = this.#response;
    const period = this.#slowMs / LOOKS;
    const now = performance.now();
    // Where something was taken the timer began anew without a word.
    const isInRow = this.#stalls > 0 && now - this.#stalledAt < 2 * period;
    this.#stalls = isInRow ? this.#stalls + 1 : 1;
    this.#stalledAt = now;
    if (this.#stalls >= LOOKS) response.destroy();
    else response.setTimeout(period);
  }

  #listen(response: ServerResponse): void {
    const drained = () => {
      if (!this.#watched) return;
      this.#watched = false;
      response.setTimeout(0);
      this.onDrain?.();
    };
    response.on('timeout', () => this.#stalled());
    response.on('drain', drained);
    // A socket that never had too much tells of no drain; before node:http goes on with it, the time is no longer its next answer's.
    response.prependListener('finish', drained);
    const listenTo = (socket: Socket) => {
      // Bytes that were written past the response are told of by the socket, which outlives it.
      socket.on('drain', drained);
      this.#unlisten = () => socket.off('drain', drained);
    };
    this.#unlisten = () => response.off('socket', listenTo);
    // An answer that waits for an earlier one on its connection has none yet.
    if (response.socket === null) response.once('socket', listenTo);
    else listenTo(response.socket);
  }

  #gone(): void {
    this.closed = true;
    this.#unlisten?.();
    const { onDrain, onClose } = this;
    this.onDrain = undefined;
    this.onClose = undefined;
    onDrain?.();
    if (!this.#ended || !this.#response.writableFinished) onClose?.();
  }
}
