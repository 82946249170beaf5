import { readRecordName } from '../../agent/index.ts';
import type { Database } from './database.ts';
import { type RecordRow, recordPage } from './pages.ts';
import { takenOver } from './session-writes.ts';

/** Records of which all names are kept in memory; of a longer session those of its last run. */
const MOST_NAMES = 20_000;

/**
 * What is on record, by name. Whoever goes on with a run asks for it in about the order in which it was written, so it is read
 * in pages; what is not on record is known without asking.
 */
export class Recorded {
  readonly #database: Database;
  readonly #session: string;
  readonly #name: string;
  readonly #seqs: Map<string, number>;
  /** Records of this run and of later ones are all known by name; undefined: of all runs, and all others too. */
  readonly #knownFrom: number | undefined;
  #page: ReadonlyMap<number, string> = new Map();
  #turn: Promise<unknown> = Promise.resolve();

  private constructor(
    database: Database,
    { id, name }: { readonly id: string; readonly name: string },
    seqs: Map<string, number>,
    knownFrom: number | undefined,
  ) {
    this.#database = database;
    this.#session = id;
    this.#name = name;
    this.#seqs = seqs;
    this.#knownFrom = knownFrom;
  }

  /** `records`: how many there are; `lastRun`: the number of the last run. */
  static async load(
    database: Database,
    session: { readonly id: string; readonly name: string },
    records: number,
    lastRun: number,
  ): Promise<Recorded> {
    if (records === 0) return new Recorded(database, session, new Map(), undefined);
    const knownFrom = records > MOST_NAMES ? Math.max(0, lastRun) : undefined;
    // Names are in the order of their bytes, and "0" is what comes after "/".
    const { rows } = await database.query<{ seq: number; name: string }>(
      `SELECT seq, name FROM ${database.schema}.records WHERE session = $1
       ${knownFrom === undefined ? '' : 'AND name >= $2 AND name < $3'}`,
      [session.id, ...(knownFrom === undefined ? [] : [`run-${knownFrom}/`, `run-${knownFrom}0`])],
    );
    const seqs = new Map(rows.map(({ seq, name }) => [name, seq]));
    return new Recorded(database, session, seqs, knownFrom);
  }

  /** A record that was written here. */
  add(name: string, seq: number): void {
    this.#seqs.set(name, seq);
    // Replay is over, and what was read for it is not asked for again.
    this.#page = new Map();
  }

  /** The text of a record; undefined when there is none of this name. */
  async text(name: string): Promise<string | undefined> {
    const seq = this.#seqs.get(name);
    if (seq !== undefined) return this.#inTurn(() => this.#paged(seq));
    if (this.#knownFrom === undefined) return undefined;
    const run = readRecordName(name)?.run;
    if (run !== undefined && run >= this.#knownFrom) return undefined;
    const { rows } = await this.#database.query<{ value: string }>(
      `SELECT value FROM ${this.#database.schema}.records WHERE session = $1 AND name = $2`,
      [this.#session, name],
    );
    return rows[0]?.value;
  }

  /** One after the other: whoever asks at the same time finds the page that the first one has read. */
  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#turn.then(work);
    this.#turn = result.catch(() => {});
    return result;
  }

  async #paged(seq: number): Promise<string> {
    const known = this.#page.get(seq);
    if (known !== undefined) return known;
    const page = await recordPage(this.#database, this.#session, seq - 1);
    this.#page = new Map(page.map((row: RecordRow) => [row.seq, row.text]));
    const text = this.#page.get(seq);
    // Only a removed session has no record that it had.
    if (text === undefined) throw takenOver(this.#name);
    return text;
  }
}
