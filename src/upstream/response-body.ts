import { Readable } from 'node:stream';
import type { Dispatcher } from 'undici';

/** A body as a stream, for those few that are not read as they come: refusals, and what must be decompressed. */
export class ResponseBody extends Readable {
  readonly #controller: Dispatcher.DispatchController;
  #ended = false;

  constructor(controller: Dispatcher.DispatchController) {
    super();
    this.#controller = controller;
    this.on('error', () => {});
  }

  /** Takes what came. */
  add(bytes: Uint8Array): void {
    if (!this.push(bytes)) this.#controller.pause();
  }

  /** All of it came. */
  finish(): void {
    this.#ended = true;
    this.push(null);
  }

  override _read(): void {
    this.#controller.resume();
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    if (!this.#ended) this.#controller.abort(error ?? new Error('The body is not read on.'));
    done(error);
  }
}
