import { randomBytes } from 'node:crypto';
import type { SharedState, StateChange } from '../../core/index.ts';
import type { Database } from '../postgres/database.ts';
import { sharedSecret } from './accounts/postgres-books.ts';
import { PostgresHints } from './breakers/postgres-hints.ts';
import { type News, newsConnection, tidingsOf } from './news.ts';
import { DEFAULT_REASONING_MS, DEFAULT_RESPONSES_MS, type StateOptions } from './options.ts';
import { patientQueries } from './queries.ts';
import { postgresReasoning } from './reasoning/postgres-reasoning.ts';
import { postgresResponses } from './responses/postgres-responses.ts';
import { sweep } from './sweep.ts';

/** Milliseconds between two looks for what has expired. */
const SWEEP_MS = 10 * 60 * 1000;

/** State of a gateway in a database that was opened with `MIGRATIONS`, which stays the caller's to close, after this. */
export interface PostgresState extends SharedState {
  readonly hints: PostgresHints;
  /** Deletes what has expired, as is done from time to time; gives how many rows went. */
  sweep(): Promise<number>;
  close(): Promise<void>;
}

/** What replicas of a gateway remember together, in Postgres. `databaseUrl`: for the connection on which it listens. */
export async function postgresState(
  database: Database,
  databaseUrl: string,
  {
    responsesMs = DEFAULT_RESPONSES_MS,
    reasoningMs = DEFAULT_REASONING_MS,
    tell: report = () => {},
    answerMs,
  }: StateOptions = {},
): Promise<PostgresState> {
  const tidings = tidingsOf(database.schema);
  const queries = patientQueries(database, report, answerMs);
  // That it may get lost is allowed for.
  const tell = (kind: News['kind'], keys: readonly string[]) =>
    void queries
      .query('SELECT pg_notify($1, $2)', [tidings.channel, tidings.write(kind, keys)])
      .catch(() => {});
  const hints = new PostgresHints(queries, tidings);
  let changed: (change: StateChange) => void = () => {};
  const hear = ({ from, kind, keys }: News) => {
    if (from === tidings.replica) return;
    if (kind === 'upstream') void hints.look(keys);
    else for (const key of keys) changed({ kind, key });
  };
  const listening = newsConnection(databaseUrl, database.where, tidings.channel, hear);
  // What was told before then was missed.
  listening.onConnect(() => void hints.look());
  const [secret] = await Promise.all([
    sharedSecret(database, 'seal', newSecret),
    listening.open().catch(() => {}),
  ]);
  const timer = setInterval(() => void sweep(queries).catch(() => {}), SWEEP_MS);
  timer.unref();
  return {
    secret,
    hints,
    responses: postgresResponses(queries, { keepMs: responsesMs, deleted: (key) => tell('deleted', [key]) }),
    reasoning: postgresReasoning(queries, { keepMs: reasoningMs, unclear: (keys) => tell('unclear', keys) }),
    onChange(callback) {
      changed = callback;
    },
    sweep: () => sweep(queries),
    async close() {
      clearInterval(timer);
      await Promise.all([hints.close(), listening.end()]);
    },
  };
}

function newSecret(): string {
  return randomBytes(32).toString('hex');
}
