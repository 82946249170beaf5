import type { Dispatcher } from 'undici';
import type { Prices } from '../core/index.ts';
import type { Format } from '../formats/index.ts';
import type { ContinuationOptions } from './continuation/index.ts';
import { checkNumbers, invalid } from './invalid.ts';
import type { RetryOptions } from './retrying.ts';

/** What `openaiChat`, `completions` and `anthropicMessages` share. */
export interface HttpModelOptions extends Omit<RetryOptions, 'retryOn'> {
  /** Where the host's API begins, mostly ending in `/v1`; http or https. */
  readonly baseUrl: string;
  /** The model's id on that host. */
  readonly model: string;
  /** Sent as `Authorization: Bearer …`. Absent or blank: no key is sent. */
  readonly apiKey?: string;
  /** The environment variable that the key came from or should come from, for remedies. */
  readonly apiKeyName?: string;
  /** Further request headers; they override Perigee's own. */
  readonly headers?: { readonly [name: string]: string };
  /** Further fields of each request's body; the request's own `extra` overrides them. */
  readonly extraBody?: { readonly [field: string]: unknown };
  /**
   * How raw model text in the answer is read. Default: `kimi` where the host takes answers apart, so that leaked
   * markers are found; `auto` where it does not.
   */
  readonly format?: Format;
  /**
   * Milliseconds that the host may send nothing, keep-alives included, before the answer counts as lost. There
   * is no limit on total time. Default 600_000, since Kimi may think for minutes without a byte; 0: no limit.
   */
  readonly silenceMs?: number;
  /** Milliseconds for opening a connection, TLS included. Default 30_000. */
  readonly connectTimeoutMs?: number;
  /** Model ids of the host, for the remedy of `model-not-found`. Absent: the host is asked. */
  readonly knownModels?: readonly string[];
  /** What tokens cost. */
  readonly prices?: Prices;
  /** The context window in tokens. */
  readonly contextWindow?: number;
  /** How the rest of an answer is fetched that ends inside a call, where the host can go on with one. */
  readonly continuations?: ContinuationOptions;
  /** The HTTP client to use, for proxies and tests. Default: one with keep-alive, shared by all models. */
  readonly dispatcher?: Dispatcher;
  /** What no error may show besides key, headers and query: what the HTTP client says to a proxy. */
  readonly secrets?: readonly string[];
}

/** Throws `invalid-options` for what no request could be sent with. Never prints the key. */
export function checkOptions(options: HttpModelOptions): void {
  const { apiKey, model, extraBody, silenceMs, connectTimeoutMs, continuations = {} } = options;
  if (typeof model !== 'string' || model === '') throw invalid('model is empty', 'Name a model of the host.');
  checkApiKey(apiKey);
  if (extraBody !== undefined && jsonOf(extraBody) === undefined) {
    throw invalid('extraBody cannot be written as JSON', 'Take cycles and BigInts out of it.');
  }
  const { max, tokens } = continuations;
  checkNumbers(
    { 'continuations.max': max, 'continuations.tokens': tokens },
    'Give a number from 0 on, 0 for none.',
  );
  const limits = { silenceMs, connectTimeoutMs };
  checkNumbers(limits, 'Give the time in milliseconds, 0 for no limit.');
  for (const [name, value] of Object.entries(limits)) {
    if (value === Infinity) throw invalid(`${name} is Infinity`, `Give 0 as ${name} for no limit.`);
  }
}

/** Throws `invalid-options` for a key that no header can carry. */
export function checkApiKey(apiKey: unknown): void {
  if (apiKey === undefined) return;
  if (typeof apiKey !== 'string') {
    throw invalid(`the API key is of type ${typeof apiKey}`, 'Give the key as a string, or leave it out.');
  }
  if (/^[\x21-\x7e]*$/.test(apiKey.trim())) return;
  throw invalid(
    'the API key holds characters that no HTTP header may hold',
    'Copy the key again, without line breaks or quotes around it.',
  );
}

/** The value as JSON; undefined if it has a cycle or something else that JSON has not. */
export function jsonOf(value: unknown): string | undefined {
  try {
    return JSON.stringify(value);
  } catch {
    return undefined;
  }
}
