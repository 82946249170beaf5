import { PerigeeError } from '../../core/index.ts';
import type { SqliteSession, SqliteSessions } from '../../durable/index.ts';
import { UsageError } from '../failure.ts';

/** What the options say about the session of a run. */
export interface SessionOptions {
  readonly session?: string;
  readonly resume?: boolean;
  readonly dataDir?: string;
}

/** Opens the session that a run works on; undefined without one. */
export async function openSession(options: SessionOptions): Promise<SqliteSession | undefined> {
  const { session: name, resume, dataDir } = options;
  if (name === undefined) {
    if (resume) throw new UsageError('--resume needs a session: perigee run --session NAME --resume.');
    return undefined;
  }
  const { sqliteSessions } = await import('../../durable/index.ts');
  const sessions: SqliteSessions = sqliteSessions(dataDir === undefined ? {} : { dataDir });
  if (resume && !(await sessions.names()).includes(name)) {
    throw new PerigeeError('session-not-found', `There is no session ${JSON.stringify(name)} to resume.`, {
      remedy: 'perigee sessions list shows what there is; --data-dir names another folder.',
    });
  }
  return sessions.open(name);
}
