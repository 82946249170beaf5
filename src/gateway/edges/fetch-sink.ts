import type { Sink } from './arrival.ts';

/** Bytes that wait in the stream of an answer before the model has to wait. */
const HIGH_WATER = 64 * 1024;
/** Statuses whose responses have no body. */
const BODILESS = new Set([101, 204, 205, 304]);

type Controller = ReadableStreamDefaultController<Uint8Array>;

/** Writes an answer to a `Response`. */
export class FetchSink implements Sink {
  closed = false;
  common: readonly string[] = [];
  onClose: (() => void) | undefined;
  onDrain: (() => void) | undefined;
  readonly #respond: (response: Response) => void;
  readonly #encoder = new TextEncoder();
  #controller: Controller | undefined;
  #ended = false;

  constructor(respond: (response: Response) => void) {
    this.#respond = respond;
  }

  reply(status: number, headers: string[], body: string): void {
    this.#ended = true;
    const content = BODILESS.has(status) ? null : body;
    this.#respond(new Response(content, { status, headers: this.#pairs(headers) }));
  }

  begin(status: number, headers: string[], text: string | Uint8Array): boolean {
    const body = new ReadableStream<Uint8Array>(
      {
        start: (controller: Controller) => {
          this.#controller = controller;
        },
        pull: () => this.onDrain?.(),
        cancel: () => this.close(undefined),
      },
      { highWaterMark: HIGH_WATER, size: (chunk) => chunk?.byteLength ?? 0 },
    );
    this.#respond(new Response(body, { status, headers: this.#pairs(headers) }));
    return text.length === 0 || this.write(text);
  }

  write(text: string | Uint8Array): boolean {
    const controller = this.#controller;
    if (this.closed || controller === undefined) return true;
    controller.enqueue(typeof text === 'string' ? this.#encoder.encode(text) : text);
    return (controller.desiredSize ?? 1) > 0;
  }

  end(text: string): void {
    if (this.closed) return;
    if (text !== '') this.write(text);
    this.#ended = true;
    this.#controller?.close();
  }

  abort(): void {
    if (this.closed) return;
    this.#ended = true;
    this.#controller?.error(new TypeError('terminated'));
  }

  /** The client is gone; `reason` is what whoever still reads gets. */
  close(reason: unknown): void {
    if (this.closed || this.#ended) return;
    this.closed = true;
    if (reason !== undefined) this.#controller?.error(reason);
    const { onDrain, onClose } = this;
    this.onDrain = undefined;
    this.onClose = undefined;
    onDrain?.();
    onClose?.();
  }

  #pairs(flat: readonly string[]): [string, string][] {
    const pairs: [string, string][] = [];
    for (const all of [flat, this.common]) {
      for (let i = 0; i + 1 < all.length; i += 2) pairs.push([all[i]!, all[i + 1]!]);
    }
    return pairs;
  }
}
