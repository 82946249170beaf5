import type { AccountKey } from '../../../core/index.ts';

/** A key as Postgres and SQLite give it; the budget in billionths of a dollar. */
export interface KeyRow {
  readonly hash: string;
  readonly id: string;
  readonly models: readonly string[] | null;
  readonly requests_per_minute: number | null;
  readonly tokens_per_minute: number | null;
  readonly monthly_budget: string | number | null;
}

export function keyOfRow(row: KeyRow): AccountKey {
  const {
    hash,
    id,
    models,
    requests_per_minute: requests,
    tokens_per_minute: tokens,
    monthly_budget: budget,
  } = row;
  return {
    id,
    hash,
    ...(models !== null && { models }),
    ...(requests !== null && { requestsPerMinute: requests }),
    ...(tokens !== null && { tokensPerMinute: tokens }),
    ...(budget !== null && { monthlyBudget: Number(budget) / 1e9 }),
  };
}
