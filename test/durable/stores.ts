import { afterAll, beforeAll, describe, onTestFinished } from 'vitest';
import { postgresSessions, type Sessions, sqliteSessions } from '../../src/durable/index.ts';
import { hasPostgres, type Postgres, startPostgres } from '../postgres.ts';
import { freshFolder } from './sessions.ts';
import { BUILT, startScript, type Worker } from './workers.ts';

/** A place of its own for sessions, which several processes may share. */
export interface Place {
  /** A store in this process; it is closed with the test. */
  store(): Promise<Sessions>;
  /** Runs a script in a process of its own, with `sessions` and `print` at hand. */
  worker(script: string): Worker;
}

/** Runs the same cases for sessions in files and for sessions in Postgres: both must keep the same promises. */
export function onBothStores(title: string, cases: (freshPlace: () => Promise<Place>) => void): void {
  describe(`${title} (SQLite)`, () => cases(async () => inFolder(freshFolder())));
  describe.skipIf(!hasPostgres)(`${title} (Postgres)`, () => {
    let postgres: Postgres;
    beforeAll(async () => {
      postgres = await startPostgres();
    });
    afterAll(() => postgres?.remove());
    cases(async () => inDatabase(await postgres.freshUrl()));
  });
}

function inFolder(dataDir: string): Place {
  return {
    store: async () => sqliteSessions({ dataDir, command: 'the test' }),
    worker: (script) =>
      startScript(
        `import { sqliteSessions } from ${JSON.stringify(BUILT)};
         const sessions = sqliteSessions({ dataDir: ${JSON.stringify(dataDir)}, command: 'the worker' });
         ${script}`,
      ),
  };
}

/** A place in a database. */
export function inDatabase(databaseUrl: string): Place {
  return {
    async store() {
      const sessions = await postgresSessions({ databaseUrl, command: 'the test' });
      onTestFinished(() => sessions.close().catch(() => {}));
      return sessions;
    },
    worker: (script) => databaseWorker(databaseUrl, script),
  };
}

/** Runs a script in a process of its own, with sessions in Postgres. */
export function databaseWorker(databaseUrl: string, script: string): Worker {
  return startScript(
    `import { postgresSessions } from ${JSON.stringify(BUILT)};
     const sessions = await postgresSessions({ databaseUrl: ${JSON.stringify(databaseUrl)}, command: 'the worker' });
     ${script}`,
  );
}
