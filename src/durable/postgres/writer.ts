import type { Database } from './database.ts';
import { isPassing, patiently, RUN_PATIENCE_MS } from './patience.ts';
import type { SessionWrites } from './session-writes.ts';
import { wakeChannel } from './wakes.ts';
import { type Portion, writePortions } from './write-statement.ts';

/** Statements under way at once: while one waits for the disk, the next is gathered. */
const LANES = 2;
/** Of one statement. */
const MOST_SESSIONS = 200;
const MOST_CHARACTERS = 8_000_000;
/** Milliseconds for which events wait for others, and characters that do not wait. */
const EVENTS_MS = 60;
const EVENTS_CHARACTERS = 64_000;
/** Milliseconds between two calls to those who watch. */
const CALL_MS = 50;

interface Standing {
  readonly epoch: number;
  readonly seq: number;
  readonly event: number;
}

type Verdict = 'written' | 'missing' | 'lost' | { readonly event: number };

interface Draft {
  readonly writes: SessionWrites;
  portion: Portion;
}

/**
 * Writes for all sessions of a process. What is ready at the same time goes in one statement; a restart of the database only
 * takes time. Records are on the disk when they are written, events somewhat later.
 */
export class Writer {
  readonly #database: Database;
  /** Sessions with something to be written now. */
  readonly #ready = new Set<SessionWrites>();
  /** Sessions with events that may wait. */
  readonly #told = new Set<SessionWrites>();
  /** Sessions that have something new for those who watch. */
  readonly #grown = new Set<string>();
  #timer: NodeJS.Timeout | undefined;
  #caller: NodeJS.Timeout | undefined;
  #lanes = 0;
  #isPlanned = false;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Writes what a session has, with what others have at this moment. */
  write(writes: SessionWrites): void {
    this.#ready.add(writes);
    if (this.#isPlanned) return;
    this.#isPlanned = true;
    // Calls of the same turn end in the same moment.
    queueMicrotask(() => {
      this.#isPlanned = false;
      this.#begin();
    });
  }

  /** Writes the events of a session, soon. */
  tell(writes: SessionWrites): void {
    this.#told.add(writes);
    if (writes.events.size > EVENTS_CHARACTERS) this.write(writes);
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      for (const each of this.#told) this.write(each);
      this.#told.clear();
    }, EVENTS_MS);
  }

  /** Calls those who watch a session, soon. */
  call(session: string): void {
    this.#grown.add(session);
    this.#caller ??= setTimeout(() => void this.#callOut(), CALL_MS);
  }

  async #callOut(): Promise<void> {
    this.#caller = undefined;
    const sessions = [...this.#grown].splice(0, MOST_SESSIONS);
    for (const session of sessions) this.#grown.delete(session);
    if (this.#grown.size > 0) this.#caller = setTimeout(() => void this.#callOut(), CALL_MS);
    // Who is not called looks by itself.
    await this.#database
      .query('SELECT pg_notify($1, $2)', [wakeChannel(this.#database), `out ${sessions.join(',')}`])
      .catch(() => {});
  }

  /** Finds out whether what a session had under way was written when the database was away. Throws what keeps it from that. */
  async settle(writes: SessionWrites): Promise<void> {
    const portion = writes.doubtful;
    if (!portion) return;
    await patiently(RUN_PATIENCE_MS, async () => {
      const verdict = (await this.#verdicts([portion])).get(portion.session);
      if (writes.doubtful !== portion) return;
      if (verdict === 'written') writes.written(portion, true);
      else if (verdict === 'lost') writes.lose();
      else writes.notWritten();
    });
  }

  #begin(): void {
    while (this.#lanes < LANES) {
      const drafts = this.#gather();
      if (drafts.length === 0) return;
      this.#lanes++;
      void this.#send(drafts).finally(() => {
        this.#lanes--;
        for (const { writes } of drafts) if (!writes.isIdle && !writes.doubtful) this.#ready.add(writes);
        this.#begin();
      });
    }
  }

  #gather(): Draft[] {
    const drafts: Draft[] = [];
    let characters = 0;
    for (const writes of this.#ready) {
      if (writes.isUnderWay) continue;
      if (drafts.length >= MOST_SESSIONS || characters > MOST_CHARACTERS) break;
      this.#ready.delete(writes);
      this.#told.delete(writes);
      if (writes.doubtful) {
        void this.settle(writes).then(
          () => this.write(writes),
          () => writes.stopWaiting(),
        );
        continue;
      }
      const portion = writes.lost.aborted ? undefined : writes.take();
      if (!portion) continue;
      drafts.push({ writes, portion });
      characters += portion.records.reduce((sum, { text }) => sum + text.length, 0);
    }
    return drafts;
  }

  async #send(drafts: readonly Draft[]): Promise<void> {
    let left = [...drafts];
    try {
      await patiently(RUN_PATIENCE_MS, async () => {
        while (left.length > 0) left = await this.#try(left);
      });
    } catch (error) {
      if (isPassing(error)) for (const { writes, portion } of left) writes.failed(portion, error);
      // One that is refused must not take others along.
      else if (left.length > 1) for (const draft of left) await this.#send([draft]);
      else for (const { writes, portion } of left) writes.refused(portion, error);
    }
  }

  /** Gives what is still to be written. */
  async #try(drafts: readonly Draft[]): Promise<Draft[]> {
    const portions = drafts.map(({ portion }) => portion);
    const isSynced = portions.some(({ records }) => records.length > 0);
    const written = await writePortions(this.#database, portions, isSynced);
    const refused = drafts.filter(({ portion }) => !written.has(portion.session));
    for (const { writes, portion } of drafts) {
      if (written.has(portion.session)) this.#written(writes, portion, isSynced);
    }
    if (refused.length === 0) return [];
    const verdicts = await this.#verdicts(refused.map(({ portion }) => portion));
    return refused.filter((draft) => {
      const verdict = verdicts.get(draft.portion.session) ?? 'lost';
      if (verdict === 'written') this.#written(draft.writes, draft.portion, false);
      if (verdict === 'lost') draft.writes.lose();
      if (typeof verdict === 'string') return verdict === 'missing';
      const again = draft.writes.events.lost(verdict.event);
      if (!again) draft.writes.lose();
      else draft.portion = withLostEvents(draft.portion, verdict.event, again);
      return again !== undefined;
    });
  }

  #written(writes: SessionWrites, portion: Portion, isSynced: boolean): void {
    writes.written(portion, isSynced);
    this.call(portion.session);
  }

  /**
   * Where sessions stand whose portion was not written now: it was `written` before, is `missing`, the session is `lost`, or a
   * crash of the database took events back that were behind number `event`.
   */
  async #verdicts(portions: readonly Portion[]): Promise<Map<string, Verdict>> {
    const { rows } = await this.#database.query<Standing & { id: string }>(
      `SELECT id::text, epoch, last_seq AS seq, last_event AS event FROM ${this.#database.schema}.sessions
       WHERE id = ANY($1::bigint[])`,
      [portions.map(({ session }) => session)],
    );
    const found = new Map(rows.map((row) => [row.id, row]));
    return new Map(
      portions.map((portion) => [portion.session, verdictOn(portion, found.get(portion.session))]),
    );
  }
}

function verdictOn({ epoch, before, after }: Portion, now: Standing | undefined): Verdict {
  if (now?.epoch !== epoch) return 'lost';
  if (now.seq === after.seq && now.event === after.event) return 'written';
  if (now.seq !== before.seq || now.event > before.event) return 'lost';
  return now.event === before.event ? 'missing' : { event: now.event };
}

function withLostEvents(portion: Portion, event: number, again: Portion['events']): Portion {
  return {
    ...portion,
    before: { ...portion.before, event },
    events: [...again, ...portion.events.filter(({ number }) => number > again.at(-1)!.number)],
  };
}
