import type { ClientBase, QueryResultRow } from 'pg';
import { parseJsonObject } from '../../core/index.ts';
import type { RunOutcome, RunState } from './run-status.ts';
import { type KeptTask, readTask } from './run-task.ts';

/** One run of a session that is to be worked on: what a workflow of the engine is given. */
export interface RunRef {
  /** The name of the session. */
  readonly name: string;
  /** Its row. Another session may go by its name when it was removed. */
  readonly session: string;
  /** Counts how often the session was put into the queue. */
  readonly number: number;
}

export interface RunRow extends RunRef {
  readonly state: RunState;
  readonly task: KeptTask;
  /** What stands there as its task is none: somebody else wrote it. */
  readonly isSpoilt: boolean;
  readonly wish: 'pause' | 'cancel' | undefined;
  readonly worker: string | undefined;
  readonly waitsFor: readonly string[];
  readonly outcome: RunOutcome | undefined;
  /** Records that the session had when it was put into the queue. */
  readonly recordsBefore: number;
  readonly queuedAt: number;
  readonly beganAt: number | undefined;
  readonly endedAt: number | undefined;
}

export interface SessionRow {
  readonly id: string;
  readonly name: string;
  readonly records: number;
}

/** Runs that are read at once. */
const PAGE = 500;

type Row = Record<string, unknown>;

/**
 * The database, or a client of it.
 *
 * @internal Its types are those of the driver, which not everybody installs.
 */
interface Asked {
  query<R extends QueryResultRow>(text: string, values?: unknown[]): Promise<{ rows: R[] }>;
}

/**
 * The rows of sessions and runs, read and written in transactions of their callers. `schema` is quoted.
 *
 * @internal Its types are those of the driver, which not everybody installs.
 */
export class RunRows {
  readonly #schema: string;

  constructor(schema: string) {
    this.#schema = schema;
  }

  async session(client: ClientBase, name: string): Promise<SessionRow | undefined> {
    const { rows } = await client.query<Row>(
      `SELECT id, name, last_seq FROM ${this.#schema}.sessions WHERE lower(name) = lower($1)`,
      [name],
    );
    const [row] = rows;
    return row && { id: String(row['id']), name: row['name'] as string, records: row['last_seq'] as number };
  }

  /** Everybody who changes what is to become of a run holds its row: one after the other. */
  async lock(client: ClientBase, { id, name }: SessionRow): Promise<RunRow | undefined> {
    const { rows } = await client.query<Row>(
      `SELECT * FROM ${this.#schema}.runs WHERE session = $1 FOR UPDATE`,
      [id],
    );
    return rows[0] && runRow(rows[0], name);
  }

  /** The same without holding it. */
  async read(client: Asked, name: string): Promise<RunRow | undefined> {
    const { rows } = await client.query<Row>(
      `SELECT r.*, s.name FROM ${this.#schema}.runs r JOIN ${this.#schema}.sessions s ON s.id = r.session
       WHERE lower(s.name) = lower($1) AND s.name = $1`,
      [name],
    );
    return rows[0] && runRow(rows[0], name);
  }

  /** All runs that were ever queued. Prompts may be long: they come in pages. */
  async *all(client: Asked): AsyncGenerator<RunRow> {
    for (let after = '0'; ; ) {
      const { rows } = await client.query<Row>(
        `SELECT r.*, s.name FROM ${this.#schema}.runs r JOIN ${this.#schema}.sessions s ON s.id = r.session
         WHERE r.session > $1::bigint AND r.number > 0 ORDER BY r.session LIMIT ${PAGE}`,
        [after],
      );
      for (const row of rows) yield runRow(row, row['name'] as string);
      if (rows.length < PAGE) return;
      after = String(rows.at(-1)!['session']);
    }
  }

  /** What came of those of these sessions whose run is over, and which of them are gone. Names are in small letters. */
  async outcomes(client: Asked, names: readonly string[]): Promise<Map<string, RunOutcome | 'gone'>> {
    const { rows } = await client.query<Row>(
      `SELECT asked.name, r.outcome, r.session IS NULL AS gone FROM unnest($1::text[]) AS asked (name)
         LEFT JOIN ${this.#schema}.sessions s ON lower(s.name) = asked.name
         LEFT JOIN ${this.#schema}.runs r ON r.session = s.id
       WHERE r.session IS NULL
         OR (r.state NOT IN ('queued', 'running', 'waiting') AND r.outcome IS NOT NULL)`,
      [names],
    );
    return new Map(
      rows.map((row) => [
        row['name'] as string,
        row['gone'] === true ? 'gone' : (JSON.parse(row['outcome'] as string) as RunOutcome),
      ]),
    );
  }

  /** Puts a session into the queue, in its first run or in a further one. */
  async queue(client: ClientBase, session: SessionRow, number: number, task: KeptTask): Promise<void> {
    await client.query(
      `INSERT INTO ${this.#schema}.runs (session, number, state, task, records_before, queued_at)
       VALUES ($1, $2, 'queued', $3, $4, $5)
       ON CONFLICT (session) DO UPDATE SET number = $2, state = 'queued', task = $3, records_before = $4,
         queued_at = $5, wish = NULL, worker = NULL, waits_for = '{}', outcome = NULL, began_at = NULL, ended_at = NULL`,
      [session.id, number, JSON.stringify(task), session.records, Date.now()],
    );
  }

  /** Makes sure that there is a row to hold, for a session that was never queued. Two at once wait for each other here. */
  async prepare(client: ClientBase, { id, records }: SessionRow): Promise<void> {
    await client.query(
      `INSERT INTO ${this.#schema}.runs (session, number, state, task, records_before, queued_at)
       VALUES ($1, 0, 'ended', '{}', $2, $3) ON CONFLICT (session) DO NOTHING`,
      [id, records, Date.now()],
    );
  }

  /**
   * A worker begins, or takes over. `wasBegun`: somebody had begun before. Undefined: it is over, another run has its
   * place, or its session was removed.
   */
  async begin(
    client: Asked,
    { session, name, number }: RunRef,
    worker: string,
  ): Promise<{ readonly row: RunRow; readonly wasBegun: boolean } | undefined> {
    const { rows } = await client.query<Row>(
      `UPDATE ${this.#schema}.runs r SET state = 'running', worker = $3, began_at = coalesce(r.began_at, $4)
       FROM (SELECT session, began_at AS begun FROM ${this.#schema}.runs WHERE session = $1 FOR UPDATE) held
       WHERE r.session = held.session AND r.number = $2 AND r.state IN ('queued', 'running')
         AND EXISTS (SELECT FROM ${this.#schema}.sessions WHERE id = $1)
       RETURNING r.*, held.begun`,
      [session, number, worker, Date.now()],
    );
    const [row] = rows;
    return row && { row: runRow(row, name), wasBegun: row['begun'] !== null };
  }

  async epoch(client: ClientBase, { session }: RunRef): Promise<number | undefined> {
    const { rows } = await client.query<Row>(`SELECT epoch FROM ${this.#schema}.sessions WHERE id = $1`, [
      session,
    ]);
    return rows[0]?.['epoch'] as number | undefined;
  }

  async setState(
    client: ClientBase,
    session: string,
    state: RunState,
    more: { readonly outcome?: RunOutcome; readonly waitsFor?: readonly string[] } = {},
  ): Promise<void> {
    await client.query(
      `UPDATE ${this.#schema}.runs SET state = $2, outcome = $3, waits_for = $4, wish = NULL,
         ended_at = CASE WHEN $2 = 'waiting' THEN NULL ELSE $5::bigint END
       WHERE session = $1`,
      [
        session,
        state,
        more.outcome === undefined ? null : JSON.stringify(more.outcome),
        more.waitsFor ?? [],
        Date.now(),
      ],
    );
  }

  async setWish(client: ClientBase, session: string, wish: 'pause' | 'cancel'): Promise<void> {
    await client.query(`UPDATE ${this.#schema}.runs SET wish = $2 WHERE session = $1`, [session, wish]);
  }

  async setTask(client: ClientBase, session: string, task: KeptTask): Promise<void> {
    await client.query(`UPDATE ${this.#schema}.runs SET task = $2 WHERE session = $1`, [
      session,
      JSON.stringify(task),
    ]);
  }

  /** What is asked of the runs of a worker. */
  async wishes(client: Asked, worker: string) {
    const { rows } = await client.query<Row>(
      `SELECT session, wish FROM ${this.#schema}.runs WHERE worker = $1 AND state = 'running' AND wish IS NOT NULL`,
      [worker],
    );
    return rows.map((row) => ({
      session: String(row['session']),
      wish: row['wish'] as 'pause' | 'cancel',
    }));
  }

  /** The names of sessions that waited for an answer which has come, by whatever way. */
  async answered(client: Asked): Promise<string[]> {
    const { rows } = await client.query<Row>(
      `SELECT s.name FROM ${this.#schema}.runs r JOIN ${this.#schema}.sessions s ON s.id = r.session
       WHERE r.state = 'waiting' AND EXISTS (
         SELECT FROM ${this.#schema}.delivered d WHERE d.session = r.session AND d.name = ANY(r.waits_for))`,
    );
    return rows.map((row) => row['name'] as string);
  }

  /** Which of these runs nobody will work on any more. */
  async over(client: Asked, refs: readonly RunRef[]): Promise<Set<string>> {
    const { rows } = await client.query<Row>(
      `SELECT session, number FROM ${this.#schema}.runs
       WHERE session = ANY($1::bigint[]) AND state IN ('queued', 'running')`,
      [refs.map(({ session }) => session)],
    );
    const due = new Set(rows.map((row) => `${row['session']}.${row['number']}`));
    return new Set(refs.map(({ session, number }) => `${session}.${number}`).filter((key) => !due.has(key)));
  }

  /** Approvals of calls that were asked for, which were delivered and not read yet. */
  async unreadAnswers(client: Asked, session: string): Promise<string[]> {
    const { rows } = await client.query<Row>(
      `SELECT d.name FROM ${this.#schema}.delivered d WHERE d.session = $1
         AND EXISTS (SELECT FROM ${this.#schema}.records a WHERE a.session = $1
           AND a.name = regexp_replace(d.name, '/call-[0-9]+/approval$', '/approvals'))
         AND NOT EXISTS (SELECT FROM ${this.#schema}.records r WHERE r.session = $1 AND r.name = d.name)`,
      [session],
    );
    return rows.map((row) => row['name'] as string);
  }

  async isEndTold(client: Asked, session: string): Promise<boolean> {
    const { rows } = await client.query<Row>(
      `SELECT value LIKE '{"type":"end"%' AS told FROM ${this.#schema}.events
       WHERE session = $1 ORDER BY number DESC LIMIT 1`,
      [session],
    );
    return rows[0]?.['told'] === true;
  }

  /** Which of these names have something delivered under them. */
  async delivered(client: ClientBase, session: string, names: readonly string[]): Promise<string[]> {
    const { rows } = await client.query<Row>(
      `SELECT name FROM ${this.#schema}.delivered WHERE session = $1 AND name = ANY($2)`,
      [session, names],
    );
    return rows.map((row) => row['name'] as string);
  }
}

function runRow(row: Row, name: string): RunRow {
  const time = (value: unknown) => (value === null ? undefined : Number(value));
  const outcome = parseJsonObject((row['outcome'] as string | null) ?? '');
  const task = readTask(row['task'] as string);
  return {
    name,
    session: String(row['session']),
    number: row['number'] as number,
    state: row['state'] as RunState,
    task: task ?? {},
    isSpoilt: task === undefined,
    wish: (row['wish'] as 'pause' | 'cancel' | null) ?? undefined,
    worker: (row['worker'] as string | null) ?? undefined,
    waitsFor: row['waits_for'] as string[],
    outcome: outcome && (outcome as unknown as RunOutcome),
    recordsBefore: row['records_before'] as number,
    queuedAt: Number(row['queued_at']),
    beganAt: time(row['began_at']),
    endedAt: time(row['ended_at']),
  };
}
