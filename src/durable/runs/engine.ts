import type { DBOSClient } from '@dbos-inc/dbos-sdk';
import type { ClientBase } from 'pg';
import type { Database } from '../postgres/database.ts';
import { databaseError, isOfDatabase } from '../postgres/database-error.ts';
import { type Dbos, loadDbos } from './load-dbos.ts';
import type { RunRef } from './run-rows.ts';
import type { KeptTask } from './run-task.ts';

/** The application, as the engine's tables name it. */
export const APPLICATION = 'perigee';
/**
 * The version of what is in the engine's tables, not of Perigee: workers take what has their version. It changes only when
 * a worker could not go on with what an earlier one began; the records of sessions have names and take care of themselves.
 */
export const RUNS_VERSION = 'perigee-runs-1';
/** Where each run begins, by user. */
export const RUNS_QUEUE = 'perigee-runs';
export const RUN_WORKFLOW = 'perigee-run';
/** Where runs go from there when there is a limit by model. */
export const MODELS_QUEUE = 'perigee-models';
export const MODEL_WORKFLOW = 'perigee-run-of-model';

/** The duty by which workers are known to those who wait for one. `schema`: of our tables. */
export function workersOf(schema: string): string {
  return `runs of ${schema}`;
}

/** Where a run is in the engine's tables. */
export function workflowOf({ name, session, number }: RunRef): string {
  return `${name}:${session}.${number}`;
}

export function userKey({ user }: KeptTask): string {
  return `user:${user ?? ''}`;
}

export function modelKey({ model }: KeptTask): string {
  return `model:${model ?? ''}`;
}

/** Nothing of what the engine says is for whoever uses Perigee: what fails comes out of the calls. */
export const SILENT = { info() {}, debug() {}, warn() {}, error() {} };

/** The engine from outside: it is told what to do, and does nothing in this process. */
export interface Engine {
  readonly dbos: Dbos;
  readonly client: DBOSClient;
  /** The schema of its tables. */
  readonly schema: string;
  /** Puts a run into the queue, in a transaction of the caller. */
  enqueue(transaction: ClientBase, ref: RunRef, task: KeptTask): Promise<void>;
}

/** Brings the engine's tables up to date, in the schema beside ours, and gives a way to it. */
export async function openEngine(database: Database, databaseUrl: string): Promise<Engine> {
  const dbos = await loadDbos();
  const schema = `${database.schema.replaceAll('"', '')}_dbos`;
  await migrateEngine(dbos, database, databaseUrl, schema);
  const client = await dbos.DBOSClient.create({
    systemDatabaseUrl: databaseUrl,
    systemDatabasePool: database.pool,
    systemDatabaseSchemaName: schema,
    applicationName: APPLICATION,
    logger: SILENT,
  });
  return {
    dbos,
    client,
    schema,
    async enqueue(transaction, ref, task) {
      const workflowID = workflowOf(ref);
      const queuePartitionKey = userKey(task);
      const options = { queueName: RUNS_QUEUE, workflowName: RUN_WORKFLOW, appVersion: RUNS_VERSION };
      await client.enqueueInTransaction(transaction, { ...options, workflowID, queuePartitionKey }, ref);
    },
  };
}

/** What it prints on its way, which cannot be turned off: on standard output, which may be a pipe that somebody reads. */
const CHATTER = /^(Running DBOS system database migrations|Could not (verify|create))/;

/** One process at a time: the engine's own migrations do not wait for each other. */
async function migrateEngine(dbos: Dbos, database: Database, databaseUrl: string, schemaName: string) {
  await database.withClient(async (client) => {
    const lock = ["hashtextextended('perigee engine ' || $1, 0)", [schemaName]] as const;
    await client.query(`SELECT pg_advisory_lock(${lock[0]})`, [...lock[1]]);
    const unmute = muted(CHATTER);
    try {
      await dbos.DBOS.migrate(databaseUrl, { schemaName });
    } catch (error) {
      throw inOurWords(error, database.where);
    } finally {
      unmute();
      await client.query(`SELECT pg_advisory_unlock(${lock[0]})`, [...lock[1]]).catch(() => {});
    }
  });
}

/** Keeps lines that begin like this from being printed. Returns what lets them pass again. */
function muted(chatter: RegExp): () => void {
  const { log, warn } = console;
  const unlike =
    (print: typeof log): typeof log =>
    (...said) => {
      if (!chatter.test(String(said[0]))) print(...said);
    };
  console.log = unlike(log);
  console.warn = unlike(warn);
  return () => {
    console.log = log;
    console.warn = warn;
  };
}

/** What the engine says of a database, it says about another error of the driver, which says what is the matter. */
function inOurWords(error: unknown, where: string): unknown {
  const { error: inner } = error as { error?: unknown };
  const ofDriver = [inner, error].find((one) => one instanceof Error && isOfDatabase(one));
  return ofDriver === undefined ? error : databaseError(ofDriver, where);
}
