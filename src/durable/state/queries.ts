import type { PoolClient } from 'pg';
import { PerigeeError } from '../../core/index.ts';
import type { Database } from '../postgres/database.ts';
import { inTransaction } from '../postgres/transaction.ts';

/** Milliseconds in which a statement is answered, or its connection is given up: for any, and per byte that is sent. */
const ANSWER_MS = 6000;
const MS_PER_BYTE = 0.001;
/** Questions at the same time, of the connections of a pool that admissions share. */
const LANES = 6;
/** Milliseconds until somebody else may try a database that is away. */
const TRY_MS = 2000;

/** What a statement gave; as the driver's own type, which not everybody has. */
export interface Answer<Row> {
  readonly rows: Row[];
  readonly rowCount: number | null;
}

type AnyRow = Record<string, unknown>;

/** Asks within a transaction. */
export interface Asking {
  query<Row extends object = AnyRow>(text: string, values?: unknown[]): Promise<Answer<Row>>;
}

/** What the stores need of a database. */
export interface Queries {
  readonly schema: string;
  /** `bytes`: about what is sent. */
  query<Row extends object = AnyRow>(text: string, values?: unknown[], bytes?: number): Promise<Answer<Row>>;
  transaction<T>(work: (client: Asking) => Promise<T>): Promise<T>;
}

/**
 * A database as the stores ask it. None of them waits for a connection that does not answer, whatever the network says: it is given
 * up, so that its place in the pool is free again. While the database is away one question at a time tries it and all others fail at
 * once. Failures are told, each once until something succeeds or another one comes.
 */
export function patientQueries(database: Database, tell: (text: string) => void): Queries {
  const gate = new Gate(tell);
  return {
    schema: database.schema,
    query: (text, values = [], bytes = 0) =>
      gate.pass(() => database.query(timely(text, values, ANSWER_MS + bytes * MS_PER_BYTE))),
    transaction: (work) =>
      gate.pass(() => database.withClient((client) => inTransaction(patientClient(client), work))),
  };
}

function patientClient(client: PoolClient): Asking {
  return { query: (text, values = []) => client.query(timely(text, values, ANSWER_MS)) };
}

/** The driver knows `query_timeout`, and its types do not. */
function timely(text: string, values: unknown[], milliseconds: number) {
  return { text, values, query_timeout: Math.round(milliseconds) };
}

/** Lets so many through at a time, and hardly any while all fails. */
class Gate {
  readonly #tell: (text: string) => void;
  readonly #queue: (() => void)[] = [];
  #inside = 0;
  #failure: PerigeeError | undefined;
  #told: string | undefined;
  #triedAt = Number.NEGATIVE_INFINITY;
  #trying = 0;
  #successes = 0;

  constructor(tell: (text: string) => void) {
    this.#tell = tell;
  }

  async pass<T>(work: () => Promise<T>): Promise<T> {
    while (this.#failure === undefined && this.#inside >= LANES) {
      await new Promise<void>((resolve) => this.#queue.push(resolve));
    }
    const isTry = this.#failure !== undefined;
    if (this.#failure !== undefined && !this.#mayTry()) throw this.#failure;
    this.#inside++;
    if (isTry) this.#trying++;
    const successes = this.#successes;
    try {
      const value = await work();
      this.#successes++;
      this.#failure = undefined;
      this.#told = undefined;
      return value;
    } catch (error) {
      // What was asked before it came back says nothing of how it is now.
      if (successes === this.#successes || !isAwayError(error)) this.#failed(error);
      throw error;
    } finally {
      this.#inside--;
      if (isTry) this.#trying--;
      this.#queue.shift()?.();
    }
  }

  #mayTry(): boolean {
    const now = performance.now();
    if (this.#trying > 0 && now - this.#triedAt < TRY_MS) return false;
    this.#triedAt = now;
    return true;
  }

  #failed(error: unknown): void {
    const { message } = error as Error;
    if (message !== this.#told) this.#tell(`What replicas share is not read or written now: ${message}`);
    this.#told = message;
    if (!isAwayError(error)) return;
    this.#failure = error;
    for (const go of this.#queue.splice(0)) go();
  }
}

function isAwayError(error: unknown): error is PerigeeError {
  return error instanceof PerigeeError && error.code === 'database-unreachable';
}
