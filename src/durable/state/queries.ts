import type { PoolClient } from 'pg';
import { PerigeeError } from '../../core/index.ts';
import type { Database } from '../postgres/database.ts';
import { inTransaction } from '../postgres/transaction.ts';
import { WaitingRoom } from '../postgres/waiting-room.ts';

/** Milliseconds in which a statement is answered, or its connection is given up: by default, and more per byte that is sent. */
const ANSWER_MS = 6000;
const MS_PER_BYTE = 0.001;
/** Questions at the same time, of the connections of a pool that admissions share. */
const LANES = 6;

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
 * up, so that its place in the pool is free again. While the database is away one question at a time tries it; the others wait for a
 * moment what comes of it, and fail at once where nothing does. Failures are told, each once until something succeeds or another one comes.
 */
export function patientQueries(
  database: Database,
  tell: (text: string) => void,
  answerMs = ANSWER_MS,
): Queries {
  const room = new WaitingRoom({ lanes: LANES, isAway: isAwayError, tries: 'questions' });
  let told: string | undefined;
  const ask = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      const value = await room.ask(work);
      told = undefined;
      return value;
    } catch (error) {
      const { message } = error as Error;
      if (message !== told) tell(`What replicas share is not read or written now: ${message}`);
      told = message;
      throw error;
    }
  };
  return {
    schema: database.schema,
    query: (text, values = [], bytes = 0) =>
      ask(() => database.query(timely(text, values, answerMs + bytes * MS_PER_BYTE))),
    transaction: (work) =>
      ask(() => database.withClient((client) => inTransaction(patientClient(client, answerMs), work))),
  };
}

function patientClient(client: PoolClient, answerMs: number): Asking {
  return { query: (text, values = []) => client.query(timely(text, values, answerMs)) };
}

/** The driver knows `query_timeout`, and its types do not. */
function timely(text: string, values: unknown[], milliseconds: number) {
  return { text, values, query_timeout: Math.round(milliseconds) };
}

function isAwayError(error: unknown): error is PerigeeError {
  return error instanceof PerigeeError && error.code === 'database-unreachable';
}
