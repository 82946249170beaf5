import type { AccountKey } from '../../../core/index.ts';

/** Keys, and what they spent, that are remembered; the one that was used longest ago makes room. */
const MOST = 10_000;

/** What the database said last of keys: for their next requests, and for all while it is away. */
export class RecentKeys {
  readonly #keys = new Map<string, AccountKey>();
  readonly #spent = new Map<string, { readonly month: string; readonly amount: number }>();

  get(hash: string): AccountKey | undefined {
    return this.#keys.get(hash);
  }

  set(key: AccountKey): void {
    keep(this.#keys, key.hash, key);
  }

  delete(hash: string): void {
    this.#keys.delete(hash);
  }

  setSpent(key: string, month: string, amount: number): void {
    keep(this.#spent, key, { month, amount });
  }

  /** Billionths of a dollar; 0 where it is not known. */
  spentBy(key: string, month: string): number {
    const spent = this.#spent.get(key);
    return spent?.month === month ? spent.amount : 0;
  }
}

function keep<T>(map: Map<string, T>, key: string, value: T): void {
  // The order of a map is that in which its entries were made.
  map.delete(key);
  map.set(key, value);
  if (map.size > MOST) map.delete(map.keys().next().value!);
}
