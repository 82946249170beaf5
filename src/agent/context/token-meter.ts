/** Tokens of a character before the host has told anything: code and JSON in Kimi's vocabulary. */
const FIRST_GUESS = 0.3;
/** The guess counts as much as this many characters that were measured. */
const GUESS_WEIGHT = 2_000;
/** How much of what was learnt is still there after the next report. */
const MEMORY = 0.98;
const LEAST_RATIO = 0.05;
const GREATEST_RATIO = 2;

/**
 * Knows how many tokens a prompt of so many characters has. The last report of the host is exact, tools and
 * instructions included; what came since then is counted in characters, at the ratio that earlier reports showed.
 */
export class TokenMeter {
  #tokens = FIRST_GUESS * GUESS_WEIGHT;
  #characters = GUESS_WEIGHT;
  #last: { readonly tokens: number; readonly size: number } | undefined;
  #comparable = false;

  /** Tokens of a character. */
  get ratio(): number {
    return Math.min(GREATEST_RATIO, Math.max(LEAST_RATIO, this.#tokens / this.#characters));
  }

  /** A request of this size had so many prompt tokens. */
  told(tokens: number, size: number): void {
    if (!(tokens > 0) || !Number.isFinite(tokens)) return;
    const { ratio } = this;
    // Without tools and instructions this is all that the tokens can stand for.
    if (!this.#last && tokens < ratio * size) this.#learn(tokens, size);
    else if (this.#last && this.#comparable && size > this.#last.size && tokens > this.#last.tokens) {
      this.#learn(tokens - this.#last.tokens, size - this.#last.size);
    }
    this.#last = { tokens, size };
    this.#comparable = true;
  }

  /** Something was taken out: the next report says nothing about a character. */
  shrunk(): void {
    this.#comparable = false;
  }

  tokensOf(size: number): number {
    const least = this.ratio * size;
    if (!this.#last) return least;
    return Math.max(least, this.#last.tokens + this.ratio * (size - this.#last.size));
  }

  /** The size of the prompt that has so many tokens; never below 0. */
  sizeFor(tokens: number): number {
    if (!this.#last) return tokens / this.ratio;
    const behind = this.#last.size + (tokens - this.#last.tokens) / this.ratio;
    return Math.max(0, Math.min(tokens / this.ratio, behind));
  }

  #learn(tokens: number, size: number): void {
    this.#tokens = this.#tokens * MEMORY + tokens;
    this.#characters = this.#characters * MEMORY + size;
  }
}
