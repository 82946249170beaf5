import type { SessionCommand } from '../sqlite/desk.ts';
import type { Database } from './database.ts';
import { type Wakes, wakeChannel } from './wakes.ts';

/** Milliseconds after which is looked whether something came that nobody told. */
const LOOK_MS = 2_000;

/** One who works on a session, as far as others can reach it. */
export interface Addressee {
  readonly id: string;
  readonly epoch: number;
  /** Names under which something is waited for. */
  waitingFor(): Iterable<string>;
  delivered(name: string, text: string): void;
  /** Whether somebody listens to commands. */
  readonly listens: boolean;
  command(command: SessionCommand): void;
}

/**
 * What others leave for the sessions that are open here: values that are waited for, and commands. Looked for when it is told,
 * and now and then for all, since what is told can be lost.
 */
export class Inbox {
  readonly #database: Database;
  readonly #wakes: Wakes;
  readonly #open = new Map<string, Addressee>();
  readonly #due = new Set<string>();
  #looking: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(database: Database, wakes: Wakes) {
    this.#database = database;
    this.#wakes = wakes;
  }

  /** Returns what ends it. */
  open(addressee: Addressee): () => void {
    const { id } = addressee;
    this.#open.set(id, addressee);
    const stop = this.#wakes.listen('in', id, () => this.look(id));
    this.#timer ??= setInterval(() => {
      for (const each of this.#open.keys()) this.look(each);
    }, LOOK_MS).unref();
    return () => {
      stop();
      this.#open.delete(id);
      if (this.#open.size > 0) return;
      clearInterval(this.#timer);
      this.#timer = undefined;
    };
  }

  /** Looks what there is for a session. */
  look(id: string): void {
    this.#due.add(id);
    // What is told in the same moment is looked for together; what cannot be looked for now is looked for later.
    this.#looking ??= this.#lookForAll()
      .catch(() => {})
      .finally(() => {
        this.#looking = undefined;
        if (this.#due.size > 0) this.look([...this.#due][0]!);
      });
  }

  async #lookForAll(): Promise<void> {
    await Promise.resolve();
    const due = [...this.#due].flatMap((id) => this.#open.get(id) ?? []);
    this.#due.clear();
    const waiting = due.flatMap(({ id, waitingFor }) => [...waitingFor()].map((name) => ({ id, name })));
    if (waiting.length > 0) await this.#lookForValues(waiting);
    if (due.length > 0) await this.#lookForCommands(due);
  }

  async #lookForValues(waiting: readonly { id: string; name: string }[]): Promise<void> {
    const { rows } = await this.#database.query<{ id: string; name: string; value: string }>(
      `SELECT session::text AS id, name, value FROM ${this.#database.schema}.delivered
       JOIN unnest($1::bigint[], $2::text[]) AS w (session, name) USING (session, name)`,
      [waiting.map(({ id }) => id), waiting.map(({ name }) => name)],
    );
    for (const { id, name, value } of rows) this.#open.get(id)?.delivered(name, value);
  }

  async #lookForCommands(due: readonly Addressee[]): Promise<void> {
    const { schema } = this.#database;
    const { rows } = await this.#database.query<{
      session: string;
      command: SessionCommand;
      listens: boolean;
    }>(
      `WITH heard AS (
         UPDATE ${schema}.commands c SET heard = o.listens
         FROM unnest($1::bigint[], $2::int[], $3::bool[]) AS o (session, epoch, listens)
         WHERE c.session = o.session AND c.epoch = o.epoch AND c.heard IS NULL
         RETURNING c.id, c.session::text AS session, c.command, o.listens
       ) SELECT session, command, listens FROM heard ORDER BY id`,
      [due.map(({ id }) => id), due.map(({ epoch }) => epoch), due.map(({ listens }) => listens)],
    );
    if (rows.length === 0) return;
    for (const { session, command, listens } of rows) {
      if (listens) this.#open.get(session)?.command(command);
    }
    const heard = [...new Set(rows.map(({ session }) => session))].join(',');
    await this.#database.query('SELECT pg_notify($1, $2)', [wakeChannel(this.#database), `out ${heard}`]);
  }
}
