import { stripVTControlCharacters } from 'node:util';
import { KeptText } from '../process/kept-text.ts';

const MAX_BYTES = 4000;
const MAX_LINES = 12;

/** What is known of the end of a server. */
export interface ServerEnd {
  /** How it ended, as in `exit code 3`, where that is known. */
  howEnded(): string | undefined;
  /** The end of what it wrote to its standard error. */
  lastWords(): string;
}

/** The end of what a server wrote to its standard error: that is where it says why it ended. */
export class LastWords {
  #kept = new KeptText(MAX_BYTES);
  #bytes = 0;
  #before = '';

  push(chunk: Buffer): void {
    this.#kept.push(chunk);
    this.#bytes += chunk.length;
    if (this.#bytes <= MAX_BYTES) return;
    this.#before = this.#kept.text;
    this.#kept = new KeptText(MAX_BYTES);
    this.#bytes = 0;
  }

  /** The last lines, without control characters; empty when it said nothing. */
  get text(): string {
    const all = stripVTControlCharacters(this.#before + this.#kept.text).trim();
    return all.split(/\r?\n/).slice(-MAX_LINES).join('\n').slice(-MAX_BYTES);
  }
}
