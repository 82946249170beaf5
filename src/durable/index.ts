export { approvalName, type RecordName, readRecordName, stepPath } from '../agent/index.ts';
export { Conversation, conversationOf, UNKNOWN_RESULT, unknownResult } from './conversation.ts';
export { type DataDirSource, defaultDataDir } from './data-dir.ts';
export { type ForkPoint, forkPoint } from './fork-point.ts';
export { Database, type DatabaseOptions } from './postgres/database.ts';
export { MIGRATIONS } from './postgres/tables.ts';
export type { ReachedSession } from './reached-session.ts';
export { type Repaired, repairMessages } from './repair.ts';
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
