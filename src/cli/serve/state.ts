import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Accounts, SharedState, UpstreamHints } from '../../core/index.ts';
import type { Database } from '../../durable/index.ts';
import { accountsFile } from '../accounts-file.ts';
import type { Config } from '../config/config.ts';
import { databaseUrlOf } from '../database-url.ts';
import { describeError } from '../failure.ts';
import { awaitDatabase } from './await-database.ts';
import type { ServeFlags } from './flags.ts';
import type { Parts } from './parts.ts';

/** What a gateway keeps outside of its memory, opened once for all who keep something there. */
export interface GatewayState {
  /** The database that replicas share; undefined: there is none. */
  readonly database?: Database;
  /** Undefined: in memory. */
  readonly accounts?: Accounts;
  /** Responses and reasoning, as replicas share them; undefined: in memory. */
  readonly shared?: SharedState;
  /** What replicas tell each other about upstreams. */
  readonly hints?: UpstreamHints;
  /** Seals reasoning where the configuration has no secret. */
  readonly secret?: string;
  /** What the user should know about it, without a full stop. */
  readonly notes: readonly string[];
  /** Writes what is still to be written, and lets go of it. */
  close(): Promise<void>;
}

export interface StateSurroundings {
  readonly environment: NodeJS.ProcessEnv;
  readonly err: (text: string) => void;
}

/** Of each gateway, for accounts and whatever else is kept there. */
const CONNECTIONS = 16;

const NOTHING: GatewayState = { notes: [], close: async () => {} };

/**
 * Opens what the gateway keeps its state in: the database that is named, else a file of the data folder where budgets are to be
 * kept or keys are. Throws `database-unreachable` where the database cannot be had.
 */
export async function openState(
  flags: ServeFlags,
  config: Config,
  parts: Parts,
  surroundings: StateSurroundings,
): Promise<GatewayState> {
  const databaseUrl = databaseUrlOf(flags.databaseUrl, surroundings.environment);
  if (databaseUrl !== undefined) return openDatabase(databaseUrl, config, parts, surroundings);
  const path = accountsFile(flags, surroundings.environment);
  const hasBudgets = config.keys.some(({ monthlyBudget }) => monthlyBudget !== undefined);
  if (flags.dataDir === undefined && !hasBudgets && !existsSync(path)) return NOTHING;
  try {
    const file = await openFile(path, parts, surroundings);
    return flags.dataDir === undefined ? file : await withMemory(file, flags.dataDir, config, surroundings);
  } catch (error) {
    // Whoever named no folder may have none that can be written to, and serves as before.
    if (flags.dataDir !== undefined || existsSync(path)) throw error;
    return {
      ...NOTHING,
      notes: [`what is spent of budgets is forgotten at the end: ${describeError(error)}`],
    };
  }
}

async function openDatabase(
  databaseUrl: string,
  { fail, keep }: Config,
  { localAccounts }: Parts,
  { err }: StateSurroundings,
): Promise<GatewayState> {
  const { Database, MIGRATIONS, postgresAccounts, postgresState } = await import('../../durable/index.ts');
  const tell = (text: string) => err(`perigee: ${text}\n`);
  const database = await awaitDatabase(
    () => Database.open({ databaseUrl, connections: CONNECTIONS }, MIGRATIONS),
    tell,
  );
  try {
    const accounts = await postgresAccounts({ database, fail, alone: localAccounts, tell });
    const shared = await postgresState(database, databaseUrl, { ...keep, tell }).catch(
      async (error: unknown) => {
        await accounts.close();
        throw error;
      },
    );
    return {
      database,
      accounts,
      shared,
      hints: shared.hints,
      secret: shared.secret,
      notes: [
        `keys, rates, budgets, usage and what clients come back to are those of all replicas on ${database.where}`,
      ],
      async close() {
        await accounts.close();
        await shared.close();
        await database.close();
      },
    };
  } catch (error) {
    await database.close();
    throw error;
  }
}

async function openFile(
  path: string,
  { localAccounts }: Parts,
  { err }: StateSurroundings,
): Promise<GatewayState> {
  const { sqliteAccounts } = await import('../../durable/index.ts');
  const file = await sqliteAccounts(path, (text) => err(`perigee: ${text}\n`));
  const accounts = localAccounts(file);
  return {
    accounts,
    secret: file.secret('seal', newSecret),
    notes: [`keys, budgets and usage are kept in ${path}`],
    close: () => accounts.close(),
  };
}

/** With a second file, in which responses and reasoning outlive the process. */
async function withMemory(
  state: GatewayState,
  folder: string,
  { keep }: Config,
  { err }: StateSurroundings,
): Promise<GatewayState> {
  const { openSqliteState } = await import('../../durable/index.ts');
  const path = join(folder, 'memory.sqlite');
  try {
    const shared = await openSqliteState(path, { ...keep, tell: (text) => err(`perigee: ${text}\n`) });
    return {
      ...state,
      shared,
      notes: [...state.notes, `stored responses, and reasoning that clients drop, are kept in ${path}`],
      async close() {
        await shared.close();
        await state.close();
      },
    };
  } catch (error) {
    await state.close();
    throw error;
  }
}

function newSecret(): string {
  return randomBytes(32).toString('hex');
}
