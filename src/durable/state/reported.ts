import type { Database } from '../postgres/database.ts';

/** What the stores need of a database. */
export type Queries = Pick<Database, 'schema' | 'query' | 'transaction'>;

/** A database whose failures are told, each once until something succeeds or another one comes. */
export function reported(database: Database, tell: (text: string) => void): Queries {
  let last: string | undefined;
  const watched = async <T>(work: Promise<T>): Promise<T> => {
    try {
      const value = await work;
      last = undefined;
      return value;
    } catch (error) {
      const { message } = error as Error;
      if (message !== last) tell(`What replicas share is not read or written now: ${message}`);
      last = message;
      throw error;
    }
  };
  return {
    schema: database.schema,
    query: (text, values) => watched(database.query(text, values)),
    transaction: (work) => watched(database.transaction(work)),
  };
}
