import { basename } from 'node:path';
import { postgresSessions, sqliteSessions } from '../../dist/durable/index.js';

/** Where the sessions of a run that is killed are kept; `run` is the name of its own. */
export async function storeOf({ folder, database }, command) {
  if (database === undefined)
    return Object.assign(sqliteSessions({ dataDir: folder, command }), { run: 'run' });
  const sessions = await postgresSessions({ databaseUrl: database, command });
  return Object.assign(sessions, { run: `run-${basename(folder)}` });
}
