import type { Database } from '../../durable/index.ts';
import { databaseUrlOf } from '../database-url.ts';
import type { ServeFlags } from './flags.ts';

/** What a gateway keeps outside of its memory, opened once for all who keep something there. */
export interface GatewayState {
  /** The database that replicas share; undefined: there is none. */
  readonly database?: Database;
  /** Writes what is still to be written, and lets go of it. */
  close(): Promise<void>;
}

/** Opens what the gateway keeps its state in. Throws `database-unreachable` where the database cannot be had. */
export async function openState(flags: ServeFlags, environment: NodeJS.ProcessEnv): Promise<GatewayState> {
  const databaseUrl = databaseUrlOf(flags.databaseUrl, environment);
  if (databaseUrl === undefined) return { close: async () => {} };
  const { Database, MIGRATIONS } = await import('../../durable/index.ts');
  const database = await Database.open({ databaseUrl }, MIGRATIONS);
  return { database, close: () => database.close() };
}
