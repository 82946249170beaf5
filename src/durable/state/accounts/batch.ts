import { monthOf, nanoDollars, type Settlement } from '../../../core/index.ts';
import { storable } from './storable.ts';

const HOUR_MS = 3_600_000;
/** Beyond it a sum would not be exact; nothing that is paid for comes near. */
const MOST = Number.MAX_SAFE_INTEGER;

/** A row of usage, money in billionths of a dollar. */
export interface UsageSum {
  readonly hour: number;
  readonly key: string;
  readonly model: string;
  readonly upstream: string;
  requests: number;
  inputTokens: number;
  cachedInputTokens: number;
  outputTokens: number;
  cost: number;
  estimated: number;
}

/** Settlements added up: what a gateway uses in hours takes no more room than what it uses in one. */
export class Batch {
  readonly usage = new Map<string, UsageSum>();
  /** By key and month, billionths of a dollar. */
  readonly spent = new Map<string, { readonly key: string; readonly month: string; amount: number }>();
  /** By key: tokens for the window of the last minute. */
  readonly tokens = new Map<string, number>();
  /** Settlements in it. */
  count = 0;
  /** When the first of them was made, and the last, in milliseconds since 1970. */
  firstAt = 0;
  lastAt = 0;

  add({ key, now, model = '', upstream = '', usage, estimated, cost = 0 }: Settlement): void {
    if (this.count++ === 0) this.firstAt = now;
    this.lastAt = now;
    if (usage === undefined) return;
    const id = storable(key.id);
    const dollars = whole(nanoDollars(cost));
    if (dollars > 0) {
      const month = monthOf(now);
      const sum = entryOf(this.spent, `${month} ${id}`, () => ({ key: id, month, amount: 0 }));
      sum.amount = whole(sum.amount + dollars);
    }
    const tokens = whole(usage.inputTokens) + whole(usage.outputTokens);
    if (key.tokensPerMinute !== undefined && tokens > 0) {
      this.tokens.set(id, whole((this.tokens.get(id) ?? 0) + tokens));
    }
    const hour = now - (now % HOUR_MS);
    const [of, at] = [storable(model), storable(upstream)];
    const row = entryOf(this.usage, JSON.stringify([hour, id, of, at]), () => ({
      hour,
      key: id,
      model: of,
      upstream: at,
      requests: 0,
      inputTokens: 0,
      cachedInputTokens: 0,
      outputTokens: 0,
      cost: 0,
      estimated: 0,
    }));
    row.requests++;
    row.inputTokens = whole(row.inputTokens + usage.inputTokens);
    row.cachedInputTokens = whole(row.cachedInputTokens + usage.cachedInputTokens);
    row.outputTokens = whole(row.outputTokens + usage.outputTokens);
    row.cost = whole(row.cost + dollars);
    if (estimated) row.estimated++;
  }

  /** What a key spent in a month, of what is in it. */
  spentBy(key: string, month: string): number {
    return this.spent.get(`${month} ${storable(key)}`)?.amount ?? 0;
  }
}

function entryOf<T>(map: Map<string, T>, key: string, make: () => T): T {
  let value = map.get(key);
  if (value === undefined) {
    value = make();
    map.set(key, value);
  }
  return value;
}

/** What hosts count may be anything. */
function whole(value: number): number {
  return Number.isFinite(value) ? Math.min(MOST, Math.max(0, Math.round(value))) : 0;
}
