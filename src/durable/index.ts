export { approvalName, type RecordName, readRecordName, stepPath } from '../agent/index.ts';
export { Conversation, conversationOf, UNKNOWN_RESULT, unknownResult } from './conversation.ts';
export { type DataDirSource, defaultDataDir } from './data-dir.ts';
export { type ForkPoint, forkPoint } from './fork-point.ts';
export type { ListedSession } from './listed-session.ts';
export { Database, type DatabaseOptions, describeUrl } from './postgres/database.ts';
export type { HeldProcess } from './postgres/held-process.ts';
export type { NumberedEvent, PostgresSession } from './postgres/postgres-session.ts';
export {
  type PostgresSessions,
  type PostgresSessionsOptions,
  postgresSessions,
  type ReachedInPostgres,
} from './postgres/postgres-sessions.ts';
export { MIGRATIONS } from './postgres/tables.ts';
export type { ReachedSession } from './reached-session.ts';
export { type Repaired, repairMessages } from './repair.ts';
export type { Concurrency } from './runs/concurrency.ts';
export type { RunContext, WorkerAgent } from './runs/going-run.ts';
export type { RunOutcome, RunState, RunStatus } from './runs/run-status.ts';
export type { RunTask } from './runs/run-task.ts';
export {
  createRunsClient,
  type ListedRun,
  type RunsClient,
  type RunsClientOptions,
} from './runs/runs-client.ts';
export { createWorker, type Worker, type WorkerOptions } from './runs/worker.ts';
export type { WorkerNote } from './runs/worker-note.ts';
export { readEntry, type SessionEntry } from './session-entry.ts';
export type { OpenedSession, Sessions } from './sessions.ts';
export type { SessionCommand } from './sqlite/desk.ts';
export { ownerText, type SessionOwner } from './sqlite/owner.ts';
export type { SqliteSession } from './sqlite/session.ts';
export { type SqliteSessions, type SqliteSessionsOptions, sqliteSessions } from './sqlite/sqlite-sessions.ts';
export {
  type FailChoice,
  type PostgresAccountsOptions,
  postgresAccounts,
} from './state/accounts/postgres-accounts.ts';
export { postgresBooks, sharedSecret } from './state/accounts/postgres-books.ts';
export { type SqliteAccounts, sqliteAccounts } from './state/accounts/sqlite-file.ts';
export type { StateOptions } from './state/options.ts';
export { type PostgresState, postgresState } from './state/postgres-state.ts';
export { openSqliteState, type SqliteState, sqliteState } from './state/sqlite-state.ts';
export { type SessionSummary, type SummaryRow, summarise, type WaitingCall } from './summary.ts';
