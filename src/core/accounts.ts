import type { Usage } from './usage.ts';

/** What a key may use. What is absent is not limited. */
export interface AccountLimits {
  /** In any 60 seconds. */
  readonly requestsPerMinute?: number;
  /** Input and output tokens together, as the upstreams count them. */
  readonly tokensPerMinute?: number;
  /** US dollars in a calendar month (UTC), counted from the upstreams' usage and the models' prices. */
  readonly monthlyBudget?: number;
}

/** A client's key. Only its hash is kept. */
export interface AccountKey extends AccountLimits {
  /** A name for logs and metrics; also the tenant: two keys never see each other's reasoning or responses. */
  readonly id: string;
  /** SHA-256 of the key, in lower-case hex. */
  readonly hash: string;
  /** Names of models that it may use. Default: all. */
  readonly models?: readonly string[];
}

/** A request that would begin. */
export interface Asked {
  /** Unique among all requests of all replicas. */
  readonly request: string;
  readonly key: AccountKey;
  /** Whether the key is kept by the accounts, which then know best what it may. */
  readonly kept: boolean;
  /** The name of the model, as keys name it. */
  readonly model?: string;
  /** US dollars that the answer may cost at most, as far as is known. */
  readonly most: number;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** What becomes of a request. Only an admitted one counts, and it must be settled, once. */
export type Verdict =
  /** `key`: as it is now. `away`: nobody else was asked, since the database is away. */
  | { readonly is: 'admitted'; readonly key: AccountKey; readonly away?: true }
  /** The key is kept no more. */
  | { readonly is: 'unknown' }
  | { readonly is: 'forbidden'; readonly key: AccountKey }
  | {
      readonly is: 'limited';
      readonly what: 'requests' | 'tokens';
      readonly limit: number;
      readonly retryAfterMs: number;
    }
  | { readonly is: 'spent'; readonly budget: number }
  /** What is left of the budget is held for requests that are being answered, and may become free. */
  | { readonly is: 'held'; readonly budget: number }
  /** The database is away, and without it nobody may say that there is room left of `what`. */
  | { readonly is: 'away'; readonly what: 'budget' | 'rates' | 'key'; readonly retryAfterMs: number };

/** What an admitted request took. */
export interface Settlement {
  readonly request: string;
  /** The key as it was admitted. */
  readonly key: AccountKey;
  /** Milliseconds since 1970. */
  readonly now: number;
  readonly model?: string;
  readonly upstream?: string;
  /** Absent: it took nothing, and is no usage. */
  readonly usage?: Usage;
  readonly estimated?: boolean;
  /** US dollars; absent where prices are not known. */
  readonly cost?: number;
}

/** Who may use what, and what was used: of one gateway, or of all replicas together. */
export interface Accounts {
  /** Whether keys are kept here, or ever were: then every request needs a key. */
  readonly keepsKeys: boolean;
  /**
   * The key with this hash that is kept here. `fresh`: as it is now; otherwise as it was, since `admit` looks again. Throws or
   * rejects with `gateway-unavailable` where that cannot be known.
   */
  find(hash: string, fresh: boolean): AccountKey | undefined | Promise<AccountKey | undefined>;
  /** Counts one request, or says why it may not begin. Never throws and never rejects. */
  admit(asked: Asked): Verdict | Promise<Verdict>;
  /** Takes note of what a request took; written with others soon. Never throws. */
  settle(settlement: Settlement): void;
  /** What is to be said of a database; undefined: there is none. */
  state?(): AccountsState;
  /** Writes what is still to be written, as far as that can be done. Nothing may be asked afterwards. */
  close(): Promise<void>;
}

/** How accounts in a database fare, for metrics. */
export interface AccountsState {
  readonly up: boolean;
  /** Requests that were admitted without the database. */
  readonly admittedAway: number;
  /** Settlements that are not written yet. */
  readonly backlog: number;
  /** Seconds that the oldest of them has waited. */
  readonly backlogSeconds: number;
}

/** What was used in an hour by one key of one model at one upstream. */
export interface UsageRow {
  /** When the hour began, in milliseconds since 1970. */
  readonly hour: number;
  readonly key: string;
  /** Empty where it is not known. */
  readonly model: string;
  readonly upstream: string;
  readonly requests: number;
  readonly inputTokens: number;
  readonly cachedInputTokens: number;
  readonly outputTokens: number;
  /** US dollars. */
  readonly cost: number;
  /** How many of the requests were estimated. */
  readonly estimated: number;
}

/** A key as it is administered. */
export interface KeptKey extends AccountKey {
  /** Milliseconds since 1970. */
  readonly createdAt: number;
  readonly revokedAt?: number;
}

/** The keys and the usage that are kept, for whoever administers them. */
export interface AccountBooks {
  /** Throws `invalid-options` where a key of this id is in use. */
  addKey(key: AccountKey): Promise<void>;
  /** All keys, also those that are revoked, by id. */
  keys(): Promise<readonly KeptKey[]>;
  /** Changes what a key may; null takes a limit away. False: there is no such key. */
  changeKey(id: string, changes: KeyChanges): Promise<boolean>;
  /** False: there is no such key. */
  revokeKey(id: string, now: number): Promise<boolean>;
  /** What was used in a month, as in `2026-11` (UTC). */
  usage(month: string): Promise<readonly UsageRow[]>;
  /** US dollars that each key spent of its budget of a month. */
  spentOf(month: string): Promise<ReadonlyMap<string, number>>;
}

export interface KeyChanges {
  readonly models?: readonly string[] | null;
  readonly requestsPerMinute?: number | null;
  readonly tokensPerMinute?: number | null;
  readonly monthlyBudget?: number | null;
}

/** Where one gateway alone keeps its accounts between its runs. Asked in the middle of requests; nothing of it throws. */
export interface AccountsFile {
  readonly keepsKeys: boolean;
  find(hash: string): AccountKey | undefined;
  /** Billionths of a US dollar that a key spent in a month, all that was settled included. */
  spent(key: string, month: string): number;
  /** Takes note; written with others soon. */
  settle(settlement: Settlement): void;
  /** Writes what is still to be written. */
  close(): void;
}

/** A billion dollars in billionths: with it sums still fit into 64 bits. */
const MOST_NANO_DOLLARS = 1e18;

/**
 * US dollars in billionths, whole: sums of them are exact. What clients ask for and hosts count may be anything: what is beyond
 * a billion dollars is a billion, and what is no number is nothing.
 */
export function nanoDollars(dollars: number): number {
  if (Number.isNaN(dollars)) return 0;
  return Math.max(-MOST_NANO_DOLLARS, Math.min(MOST_NANO_DOLLARS, Math.round(dollars * 1e9)));
}

/** The calendar month of a time, in UTC: `2026-11`. */
export function monthOf(milliseconds: number): string {
  return new Date(milliseconds).toISOString().slice(0, 7);
}
