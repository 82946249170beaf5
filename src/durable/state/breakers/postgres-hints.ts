import type { UpstreamHint, UpstreamHints } from '../../../core/index.ts';
import type { Tidings } from '../news.ts';
import type { Queries } from '../queries.ts';

/** Milliseconds after which everything is read again, should news have been lost. */
const POLL_MS = 5000;

interface HintRow {
  readonly upstream: string;
  readonly replica: string;
  /** Milliseconds for which it is left alone, by the clock of the database. */
  readonly for_ms: number | null;
  readonly at: string;
}

/** Hints in Postgres: a row for each upstream with what was found out last. News say when to look. */
export class PostgresHints implements UpstreamHints {
  readonly #database: Queries;
  readonly #replica: string;
  readonly #tidings: Tidings;
  readonly #watched = new Map<string, (hint: UpstreamHint) => void>();
  /** What was last heard of an upstream, so that it is told once. */
  readonly #seen = new Map<string, string>();
  readonly #timer: NodeJS.Timeout;
  /** One after the other, so that the last one told is the one that stays. */
  #telling: Promise<void> = Promise.resolve();
  readonly #waiting = new Map<string, UpstreamHint>();

  constructor(database: Queries, tidings: Tidings) {
    this.#database = database;
    this.#replica = tidings.replica;
    this.#tidings = tidings;
    this.#timer = setInterval(() => void this.look(), POLL_MS);
    this.#timer.unref();
  }

  tell(upstream: string, hint: UpstreamHint): void {
    this.#waiting.set(upstream, hint);
    this.#telling = this.#telling.then(() => this.#write());
  }

  watch(upstream: string, heard: (hint: UpstreamHint) => void): void {
    const isNew = !this.#watched.has(upstream);
    this.#watched.set(upstream, heard);
    if (isNew) void this.look([upstream]);
  }

  /** Reads what was found out and hands on what is new. `upstreams`: default all. */
  async look(upstreams: readonly string[] = [...this.#watched.keys()]): Promise<void> {
    if (upstreams.length === 0) return;
    const rows = await this.#read(upstreams).catch(() => []);
    for (const { upstream, replica, for_ms: forMs, at } of rows) {
      if (this.#seen.get(upstream) === at) continue;
      this.#seen.set(upstream, at);
      if (replica === this.#replica) continue;
      const open = forMs !== null && forMs > 0;
      this.#watched.get(upstream)?.(open ? { state: 'open', forMs } : { state: 'closed' });
    }
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#telling;
  }

  async #read(upstreams: readonly string[]): Promise<HintRow[]> {
    const { rows } = await this.#database.query<HintRow>(
      `SELECT upstream, replica, at::text, (extract(epoch FROM open_until - clock_timestamp()) * 1000)::float8 AS for_ms
       FROM ${this.#database.schema}.gateway_breakers WHERE upstream = ANY($1::text[])`,
      [upstreams],
    );
    return rows;
  }

  /** What cannot be written is not tried again: it would be late, and each replica finds out for itself. */
  async #write(): Promise<void> {
    for (const [upstream, hint] of this.#waiting) {
      this.#waiting.delete(upstream);
      const forMs = hint.state === 'open' ? hint.forMs : null;
      await this.#database
        .query(
          `WITH lazily AS (SELECT set_config('synchronous_commit', 'off', true)),
           written AS (
             INSERT INTO ${this.#database.schema}.gateway_breakers (upstream, replica, open_until, at)
             SELECT $1, $2, clock_timestamp() + make_interval(secs => $3::float8 / 1000), clock_timestamp() FROM lazily
             ON CONFLICT (upstream) DO UPDATE SET replica = excluded.replica, open_until = excluded.open_until,
               at = excluded.at)
           SELECT pg_notify($4, $5)`,
          [
            upstream,
            this.#replica,
            forMs,
            this.#tidings.channel,
            this.#tidings.write('upstream', [upstream]),
          ],
        )
        .catch(() => {});
    }
  }
}
