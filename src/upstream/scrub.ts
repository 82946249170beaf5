import { inspect } from 'node:util';
import { PerigeeError } from '../core/index.ts';
import type { HttpModelOptions } from './options.ts';

type Asked = Pick<HttpModelOptions, 'apiKey' | 'headers' | 'baseUrl' | 'secrets'>;

/** Characters of the shortest secret: shorter values are placeholders such as `EMPTY`, and words of any text. */
const SHORTEST = 6;
const SECRET_HEADER = /auth|key|token|secret|cookie|credential/i;
const REPLACEMENT = '…';

/** What must never be shown: the key, the values of headers that authorize, those of the base URL's query, and what is named. */
export function secretsOf({ apiKey, headers, baseUrl, secrets = [] }: Asked): readonly string[] {
  const found = [apiKey ?? '', ...secrets];
  for (const [name, value] of Object.entries(headers ?? {})) {
    // The scheme, as in `Bearer …`, is no secret.
    if (SECRET_HEADER.test(name)) found.push(value, String(value).replace(/^\s*\w+\s+/, ''));
  }
  if (URL.canParse(baseUrl)) found.push(...new URL(baseUrl).searchParams.values());
  const spellings = found.flatMap((value) => {
    const text = String(value).trim();
    return text.length < SHORTEST ? [] : [text, JSON.stringify(text).slice(1, -1), percentEncoded(text)];
  });
  // The longer first: one may be part of another.
  return [...new Set(spellings)].sort((a, b) => b.length - a.length);
}

/** The text with every secret in it replaced. */
export function scrub(text: string, secrets: readonly string[]): string {
  return secrets.reduce((clean, secret) => clean.replaceAll(secret, REPLACEMENT), text);
}

/** The same error, in whose message, stack, remedy, type and cause no secret stands. */
export function scrubbed(error: unknown, secrets: readonly string[]): unknown {
  // The cause of an abort is the caller's own value.
  if (!(error instanceof PerigeeError) || error.code === 'aborted' || !holds(error, secrets)) return error;
  const { remedy, hostType, cause } = error;
  return new PerigeeError(error.code, scrub(error.message, secrets), {
    ...error,
    ...(remedy !== undefined && { remedy: scrub(remedy, secrets) }),
    ...(hostType !== undefined && { hostType: scrub(hostType, secrets) }),
    cause: scrubbedCause(cause, secrets),
  });
}

function scrubbedCause(cause: unknown, secrets: readonly string[]): unknown {
  if (!holds(cause, secrets)) return cause;
  if (!(cause instanceof Error)) return scrub(inspect(cause), secrets);
  const clean = new Error(scrub(cause.message, secrets));
  clean.name = cause.name;
  return 'code' in cause ? Object.assign(clean, { code: cause.code }) : clean;
}

/** Whether anything that printing shows, or would show if it went on, is a secret. */
function holds(value: unknown, secrets: readonly string[]): boolean {
  if (secrets.length === 0) return false;
  const text = inspect(value, { depth: 8, maxStringLength: Infinity, maxArrayLength: Infinity });
  return scrub(text, secrets) !== text;
}

function percentEncoded(text: string): string {
  try {
    return encodeURIComponent(text);
  } catch {
    // Half a surrogate pair has no encoding.
    return text;
  }
}

/** Scrubs a text that comes in chunks: what may be the beginning of a secret waits for the next chunk. */
export class ChunkScrubber {
  readonly #secrets: readonly string[];
  #held = '';

  constructor(secrets: readonly string[]) {
    this.#secrets = secrets;
  }

  /** What can be shown by now; '' if that is nothing. */
  push(chunk: string): string {
    const text = this.#held + chunk;
    const clean = scrub(text, this.#secrets);
    const [head, tail] = this.#split(text);
    const shown = scrub(head, this.#secrets);
    if (shown + scrub(tail, this.#secrets) === clean) {
      this.#held = tail;
      return shown;
    }
    // What looked like a beginning is the end of a secret.
    const [rest, next] = this.#split(clean);
    this.#held = next;
    return rest;
  }

  /** What still waited, once nothing more comes; most of a secret is not shown either. */
  end(): string {
    const rest = this.#held.length < SHORTEST ? this.#held : REPLACEMENT;
    this.#held = '';
    return rest;
  }

  /** Parts a text before what a secret may begin with. */
  #split(text: string): [head: string, tail: string] {
    const at = text.length - this.#beginning(text);
    return [text.slice(0, at), text.slice(at)];
  }

  /** How many characters at the end of a text a secret may begin with. */
  #beginning(text: string): number {
    let longest = 0;
    for (const secret of this.#secrets) {
      let length = Math.min(secret.length - 1, text.length);
      while (length > longest && !text.endsWith(secret.slice(0, length))) length--;
      longest = Math.max(longest, length);
    }
    return longest;
  }
}
