import type { Database } from './sqlite.ts';

/** Does all of `work` or nothing. */
export function inTransaction<T>(database: Pick<Database, 'exec'>, work: () => T): T {
  database.exec('BEGIN IMMEDIATE');
  try {
    const value = work();
    database.exec('COMMIT');
    return value;
  } catch (error) {
    rollBack(database);
    throw error;
  }
}

/** Ends a transaction that failed; some failures have ended it already, as a full disk does. */
export function rollBack(database: Pick<Database, 'exec'>): void {
  try {
    database.exec('ROLLBACK');
  } catch {}
}
