import { PerigeeError } from '../../core/index.ts';
import type { Database, Row, SqlValue } from '../sqlite/sqlite.ts';
import { inTransaction } from '../sqlite/transaction.ts';

/** A database as the stores use it: failures are `database-unreachable`, since full disks and locked files pass. */
export interface StateFile {
  run(sql: string, ...values: SqlValue[]): number;
  rows(sql: string, ...values: SqlValue[]): Row[];
  /** Does all of `work` or nothing. */
  transaction<T>(work: () => T): T;
}

/** `tell` is told of each failure, once until something succeeds or another one comes. */
export function stateFile(database: Database, tell: (text: string) => void = () => {}): StateFile {
  let told: string | undefined;
  const attempt = <T>(work: () => T): T => {
    try {
      const value = work();
      told = undefined;
      return value;
    } catch (error) {
      const { message } = error as Error;
      if (message !== told) tell(`What the gateway remembers is not read or written now: ${message}.`);
      told = message;
      if (error instanceof PerigeeError) throw error;
      throw new PerigeeError('database-unreachable', `SQLite refused: ${(error as Error).message}.`, {
        remedy: 'Check the disk, and that no other process uses the file.',
        retryable: true,
        cause: error,
      });
    }
  };
  return {
    run: (sql, ...values) =>
      attempt(() => Number((database.prepare(sql).run(...values) as { changes: number | bigint }).changes)),
    rows: (sql, ...values) => attempt(() => database.prepare(sql).all(...values)),
    transaction: (work) => attempt(() => inTransaction(database, work)),
  };
}
