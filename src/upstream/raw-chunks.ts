import type { StreamOptions } from '../core/index.ts';

/** Holds the wire text of an attempt back until it counts, so that a recording has only the one that did. */
export class RawChunks {
  readonly #onRawChunk: ((chunk: string) => void) | undefined;
  #held: string[] | undefined = [];

  constructor(onRawChunk: ((chunk: string) => void) | undefined) {
    this.#onRawChunk = onRawChunk;
  }

  observe(options: StreamOptions): StreamOptions {
    if (!this.#onRawChunk) return options;
    return {
      ...options,
      onRawChunk: (chunk) => (this.#held ? this.#held.push(chunk) : this.#onRawChunk?.(chunk)),
    };
  }

  release(): void {
    const held = this.#held ?? [];
    this.#held = undefined;
    for (const chunk of held) this.#onRawChunk?.(chunk);
  }
}
