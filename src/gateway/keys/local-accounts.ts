import {
  type AccountKey,
  type Accounts,
  type AccountsFile,
  type Asked,
  monthOf,
  nanoDollars,
  type Settlement,
  type Verdict,
} from '../../core/index.ts';
import { Minute } from './minute.ts';

/** What one key uses at this moment. Money in billionths of a dollar. */
interface Meter {
  readonly requests: Minute;
  readonly tokens: Minute;
  held: number;
  /** Requests for which something is held. */
  running: number;
}

/**
 * Accounts of one gateway alone. Rates and what is held are in memory, kept by the key's id, so that they outlive new options;
 * without a `file` so is what was spent, and a restart forgets it. It answers at once.
 */
export function localAccounts(file?: AccountsFile): Accounts {
  return new LocalAccounts(file ?? new Forgetful());
}

class LocalAccounts implements Accounts {
  readonly #file: AccountsFile;
  readonly #meters = new Map<string, Meter>();
  /** What is held for each request that was admitted and has not ended. */
  readonly #running = new Map<string, number>();

  constructor(file: AccountsFile) {
    this.#file = file;
  }

  get keepsKeys(): boolean {
    return this.#file.keepsKeys;
  }

  find(hash: string): AccountKey | undefined {
    return this.#file.find(hash);
  }

  admit({ request, key: given, kept, model, most, now }: Asked): Verdict {
    const key = kept ? this.#file.find(given.hash) : given;
    if (key === undefined) return { is: 'unknown' };
    if (kept && model !== undefined && key.models?.includes(model) === false) return { is: 'forbidden', key };
    const { requestsPerMinute, tokensPerMinute, monthlyBudget } = key;
    if (requestsPerMinute === undefined && tokensPerMinute === undefined && monthlyBudget === undefined) {
      this.#running.set(request, 0);
      return { is: 'admitted', key };
    }
    const meter = this.#of(key.id);
    const spent = monthlyBudget === undefined ? 0 : this.#file.spent(key.id, monthOf(now));
    const budget = nanoDollars(monthlyBudget ?? 0);
    if (monthlyBudget !== undefined && spent >= budget) return { is: 'spent', budget: monthlyBudget };
    const refused = limitedBy(meter, key, now);
    if (refused !== undefined) return refused;
    const hold = monthlyBudget === undefined ? 0 : Math.max(0, nanoDollars(most));
    if (hold > 0) {
      // Alone it may go beyond the budget by what it costs itself; several together may not.
      if (meter.running > 0 && spent + meter.held + hold > budget)
        return { is: 'held', budget: monthlyBudget! };
      meter.held += hold;
      meter.running++;
    }
    meter.requests.add(now, 1);
    this.#running.set(request, hold);
    return { is: 'admitted', key };
  }

  settle(settlement: Settlement): void {
    const { request, key, now, usage } = settlement;
    const hold = this.#running.get(request);
    if (hold === undefined) return;
    this.#running.delete(request);
    if (hold > 0) {
      const meter = this.#of(key.id);
      meter.held -= hold;
      meter.running--;
    }
    if (usage === undefined) return;
    const tokens = usage.inputTokens + usage.outputTokens;
    if (key.tokensPerMinute !== undefined && tokens > 0) this.#of(key.id).tokens.add(now, tokens);
    this.#file.settle(settlement);
  }

  async close(): Promise<void> {
    this.#file.close();
  }

  #of(id: string): Meter {
    let meter = this.#meters.get(id);
    if (meter === undefined) {
      meter = { requests: new Minute(), tokens: new Minute(), held: 0, running: 0 };
      this.#meters.set(id, meter);
    }
    return meter;
  }
}

function limitedBy(
  meter: Meter,
  { requestsPerMinute, tokensPerMinute }: AccountKey,
  now: number,
): Verdict | undefined {
  if (tokensPerMinute !== undefined) {
    // One more token must fit: those of the request are not known before its end.
    const wait = meter.tokens.wait(now, 1, tokensPerMinute);
    if (wait > 0) return { is: 'limited', what: 'tokens', limit: tokensPerMinute, retryAfterMs: wait };
  }
  if (requestsPerMinute !== undefined) {
    const wait = meter.requests.wait(now, 1, requestsPerMinute);
    if (wait > 0) return { is: 'limited', what: 'requests', limit: requestsPerMinute, retryAfterMs: wait };
  }
  return undefined;
}

/** Keeps no keys, and what was spent until the process ends. */
class Forgetful implements AccountsFile {
  readonly keepsKeys = false;
  readonly #spent = new Map<string, number>();

  find(): undefined {
    return undefined;
  }

  spent(key: string, month: string): number {
    return this.#spent.get(`${month} ${key}`) ?? 0;
  }

  settle({ key, now, cost = 0 }: Settlement): void {
    if (cost <= 0) return;
    const place = `${monthOf(now)} ${key.id}`;
    this.#spent.set(place, (this.#spent.get(place) ?? 0) + nanoDollars(cost));
  }

  close(): void {}
}
