import type { KeptKey, UsageRow } from '../../core/index.ts';
import { printable, textWidth } from '../terminal/text.ts';

/** Keys as a table, with what they spent this month. */
export function describeKeys(keys: readonly KeptKey[], spent: ReadonlyMap<string, number>): string {
  if (keys.length === 0) return 'No keys are kept here: perigee keys add NAME makes one.\n';
  const rows = keys.map((key) => [
    key.id,
    key.revokedAt === undefined ? 'in use' : `revoked ${dayOf(key.revokedAt)}`,
    dayOf(key.createdAt),
    key.models?.join(', ') ?? 'all',
    `${key.requestsPerMinute ?? '-'}`,
    `${key.tokensPerMinute ?? '-'}`,
    key.monthlyBudget === undefined ? '-' : `$${key.monthlyBudget}`,
    dollars(spent.get(key.id) ?? 0),
  ]);
  return table([
    ['KEY', 'STATE', 'MADE', 'MODELS', 'REQUESTS/MIN', 'TOKENS/MIN', 'BUDGET/MONTH', 'SPENT THIS MONTH'],
    ...rows,
  ]);
}

/** What was used in a month, added up for each key, model and upstream. */
export function describeUsage(rows: readonly UsageRow[], month: string): string {
  if (rows.length === 0) return `Nothing was used in ${month}.\n`;
  const sums = new Map<string, UsageRow>();
  for (const row of rows) {
    const place = JSON.stringify([row.key, row.model, row.upstream]);
    const sum = sums.get(place);
    sums.set(place, sum ? addRows(sum, row) : row);
  }
  const lines = [...sums.values()].sort((a, b) => b.cost - a.cost || b.requests - a.requests);
  return table([
    ['KEY', 'MODEL', 'UPSTREAM', 'REQUESTS', 'INPUT', 'CACHED', 'OUTPUT', 'COST', 'ESTIMATED'],
    ...lines.map((row) => [
      row.key,
      row.model,
      row.upstream,
      `${row.requests}`,
      `${row.inputTokens}`,
      `${row.cachedInputTokens}`,
      `${row.outputTokens}`,
      dollars(row.cost),
      `${row.estimated}`,
    ]),
  ]);
}

function addRows(a: UsageRow, b: UsageRow): UsageRow {
  return {
    ...a,
    requests: a.requests + b.requests,
    inputTokens: a.inputTokens + b.inputTokens,
    cachedInputTokens: a.cachedInputTokens + b.cachedInputTokens,
    outputTokens: a.outputTokens + b.outputTokens,
    cost: a.cost + b.cost,
    estimated: a.estimated + b.estimated,
  };
}

function dollars(amount: number): string {
  return `$${amount.toFixed(amount > 0 && amount < 1 ? 4 : 2)}`;
}

function dayOf(milliseconds: number): string {
  return new Date(milliseconds).toISOString().slice(0, 10);
}

function table(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => textWidth(row[column]!))));
  const lines = rows.map((row) =>
    row
      .map((cell, column) => cell + ' '.repeat(widths[column]! - textWidth(cell)))
      .join('  ')
      .trimEnd(),
  );
  return printable(`${lines.join('\n')}\n`);
}
