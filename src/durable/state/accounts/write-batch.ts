import type { Database } from '../../sqlite/sqlite.ts';
import type { Batch } from './batch.ts';

/** What adds settlements to the tables of a file, inside a transaction. Made once, since preparing costs more than running. */
export function batchWriter(database: Database): (batch: Batch) => void {
  const addSpent = database.prepare(
    'INSERT INTO spent (key, month, spent) VALUES (?, ?, ?) ON CONFLICT (key, month) DO UPDATE SET spent = spent + excluded.spent',
  );
  const addUsage = database.prepare(`INSERT INTO usage VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (hour, key, model, upstream) DO UPDATE SET requests = requests + excluded.requests,
      input_tokens = input_tokens + excluded.input_tokens,
      cached_input_tokens = cached_input_tokens + excluded.cached_input_tokens,
      output_tokens = output_tokens + excluded.output_tokens, cost = cost + excluded.cost,
      estimated = estimated + excluded.estimated`);
  return (batch) => {
    for (const { key, month, amount } of batch.spent.values()) addSpent.run(key, month, amount);
    for (const row of batch.usage.values()) {
      addUsage.run(
        row.hour,
        row.key,
        row.model,
        row.upstream,
        row.requests,
        row.inputTokens,
        row.cachedInputTokens,
        row.outputTokens,
        row.cost,
        row.estimated,
      );
    }
  };
}
