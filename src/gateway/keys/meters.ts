import { PerigeeError } from '../../core/index.ts';
import type { GatewayKey, Ledger } from '../options.ts';
import { Minute } from './minute.ts';

interface Meter {
  readonly requests: Minute;
  readonly tokens: Minute;
}

/** Where nothing else keeps what was spent, it is forgotten when the process ends. */
export function memoryLedger(): Ledger {
  const spent = new Map<string, number>();
  return {
    spent: (key, month) => spent.get(`${month} ${key}`) ?? 0,
    add(key, month, dollars) {
      spent.set(`${month} ${key}`, (spent.get(`${month} ${key}`) ?? 0) + dollars);
    },
  };
}

/** The calendar month of a time, in UTC: `2026-11`. */
export function monthOf(milliseconds: number): string {
  return new Date(milliseconds).toISOString().slice(0, 7);
}

/**
 * Counts what each key uses. A request counts when it is admitted; tokens and dollars when the upstream has told them, so
 * what is still running is not in them. All of it outlives new options: it is kept by the key's id.
 */
export class Meters {
  readonly #meters = new Map<string, Meter>();
  readonly #ledger: Ledger;

  constructor(ledger: Ledger) {
    this.#ledger = ledger;
  }

  /** Counts one request. Throws `gateway-rate-limited` or `gateway-budget-exceeded`; a refused one does not count. */
  admit(key: GatewayKey, now: number): void {
    const { requestsPerMinute, tokensPerMinute, monthlyBudget } = key;
    if (monthlyBudget !== undefined && this.#ledger.spent(key.id, monthOf(now)) >= monthlyBudget) {
      throw new PerigeeError(
        'gateway-budget-exceeded',
        `The key ${key.id} used up its budget of $${monthlyBudget} for ${monthOf(now)}.`,
        { remedy: 'Raise its budget, or wait for the next month (UTC).', status: 429 },
      );
    }
    if (requestsPerMinute === undefined && tokensPerMinute === undefined) return;
    const meter = this.#of(key.id);
    if (tokensPerMinute !== undefined) {
      // One more token must fit: those of the request are not known before its end.
      const wait = meter.tokens.wait(now, 1, tokensPerMinute);
      if (wait > 0) throw limited(key, `${tokensPerMinute} tokens`, wait);
    }
    if (requestsPerMinute !== undefined) {
      const wait = meter.requests.wait(now, 1, requestsPerMinute);
      if (wait > 0) throw limited(key, `${requestsPerMinute} requests`, wait);
      meter.requests.add(now, 1);
    }
  }

  /** Counts what an answer took. */
  charge(key: GatewayKey, now: number, tokens: number, dollars: number): void {
    if (key.tokensPerMinute !== undefined && tokens > 0) this.#of(key.id).tokens.add(now, tokens);
    if (dollars > 0) this.#ledger.add(key.id, monthOf(now), dollars);
  }

  #of(id: string): Meter {
    let meter = this.#meters.get(id);
    if (meter === undefined) {
      meter = { requests: new Minute(), tokens: new Minute() };
      this.#meters.set(id, meter);
    }
    return meter;
  }
}

function limited(key: GatewayKey, what: string, retryAfterMs: number): PerigeeError {
  return new PerigeeError('gateway-rate-limited', `The key ${key.id} used up its ${what} per minute.`, {
    remedy: `Try again in ${Math.ceil(retryAfterMs / 1000)} s.`,
    retryable: true,
    retryAfterMs,
    status: 429,
  });
}
