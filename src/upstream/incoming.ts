import type { Readable } from 'node:stream';
import type { Dispatcher } from 'undici';
import { decompressed, type Response } from './decompress.ts';
import { ResponseBody } from './response-body.ts';
import type { Way } from './way.ts';

type Controller = Dispatcher.DispatchController;

/** Bytes that may wait unread before the sender is slowed down. */
const HIGH_WATER = 1024 * 1024;

/** Why nothing more comes. `isWhole`: it is what is to be thrown, whatever came before. */
export interface Failure {
  readonly error: unknown;
  readonly isWhole: boolean;
}

/** Who is told what comes in. */
export interface Recipient {
  /** Bytes can be taken, or nothing more comes. */
  arrived(): void;
  /** The error for a response with another status than 2xx. Never rejects. */
  refused(response: Response): Promise<unknown>;
}

/**
 * The bytes of one response as they come off the network, decompressed where they must be. The sender is slowed down while
 * too many wait.
 */
export class Incoming implements Dispatcher.DispatchHandler {
  /** Nothing more comes. */
  closed = false;
  failure: Failure | undefined;
  /** Bytes of an answer have come. */
  begun = false;
  readonly #recipient: Recipient;
  readonly #where: string;
  #controller: Controller | undefined;
  /** Of a response that is not read as it comes. */
  #body: ResponseBody | undefined;
  #decoded: Readable | undefined;
  #answered = false;
  #aborted = false;
  #chunks: Uint8Array[] = [];
  #waiting = 0;
  #paused = false;

  constructor(where: string, recipient: Recipient) {
    this.#where = where;
    this.#recipient = recipient;
  }

  /** Sends a request; what comes of it comes here. */
  send({ dispatcher, request }: Way, text: string | Buffer): void {
    try {
      const { origin, path, method, headers, headersTimeout, bodyTimeout } = request;
      // Written out: in Node 20 a copy that gets one more field costs as much as a small event does.
      const sent = { origin, path, method, headers, headersTimeout, bodyTimeout, body: text };
      dispatcher.dispatch(sent, this);
    } catch (error) {
      this.#fail(error);
    }
  }

  /** All that waits; more may come then. */
  take(): readonly Uint8Array[] {
    const chunks = this.#chunks;
    if (chunks.length === 0) return chunks;
    this.#chunks = [];
    this.#waiting = 0;
    if (this.#paused) {
      this.#paused = false;
      if (this.#decoded) this.#decoded.resume();
      else this.#controller?.resume();
    }
    return chunks;
  }

  /** Nothing more is wanted: cancels the request, also one that was not sent yet. */
  abort(): void {
    this.#aborted = true;
    if (this.closed) return;
    this.#decoded?.destroy();
    if (this.#body) this.#body.destroy();
    else this.#controller?.abort(notReadOn());
  }

  onRequestStart(controller: Controller): void {
    this.#controller = controller;
    if (this.#aborted) controller.abort(notReadOn());
  }

  onResponseStart(controller: Controller, statusCode: number, headers: Response['headers']): void {
    if (statusCode < 200) return;
    this.#answered = true;
    const isRefusal = statusCode > 299;
    if (!isRefusal && headers['content-encoding'] === undefined) return;
    this.#body = new ResponseBody(controller);
    const response = { statusCode, headers, body: this.#body };
    try {
      const readable = decompressed(response, this.#where);
      if (isRefusal) this.#refuse(readable);
      else this.#follow(readable.body);
    } catch (error) {
      this.#fail(error, true);
    }
  }

  onResponseData(controller: Controller, bytes: Uint8Array): void {
    if (this.#body) this.#body.add(bytes);
    else if (this.#add(bytes)) controller.pause();
  }

  onResponseEnd(): void {
    if (this.#body) this.#body.finish();
    else this.#close();
  }

  onResponseError(_: unknown, error: Error): void {
    if (this.#body) this.#body.destroy(error);
    else this.#fail(error);
  }

  #refuse(response: Response): void {
    void this.#recipient.refused(response).then((error) => this.#fail(error, true));
  }

  #follow(body: Readable): void {
    this.#decoded = body;
    body.on('data', (bytes: Uint8Array) => {
      if (this.#add(bytes)) body.pause();
    });
    body.on('error', (error) => this.#fail(error));
    body.on('end', () => this.#close());
    body.on('close', () => this.#close());
  }

  /** True: too many bytes wait. */
  #add(bytes: Uint8Array): boolean {
    if (this.#aborted) return false;
    this.begun = true;
    this.#chunks.push(bytes);
    this.#waiting += bytes.length;
    this.#recipient.arrived();
    if (this.#waiting <= HIGH_WATER) return false;
    this.#paused = true;
    return true;
  }

  #fail(error: unknown, isWhole = !this.#answered): void {
    this.failure ??= { error, isWhole };
    this.#close();
  }

  #close(): void {
    if (this.closed) return;
    this.closed = true;
    this.#recipient.arrived();
  }
}

function notReadOn(): Error {
  return new Error('The answer is not read on.');
}
