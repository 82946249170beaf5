import { onTestFinished } from 'vitest';
import type { Database } from '../../src/durable/index.ts';
import {
  Database as Databases,
  MIGRATIONS,
  type PostgresState,
  postgresState,
} from '../../src/durable/index.ts';
import type { GatewayOptions } from '../../src/gateway/index.ts';
import { type Running, running } from './fixtures.ts';

export interface Replica extends Running {
  readonly state: PostgresState;
  readonly database: Database;
}

/** A gateway that shares a database with others. It is drained before its connections close. */
export async function replica(
  databaseUrl: string,
  options: GatewayOptions,
  stateOptions: Parameters<typeof postgresState>[2] = {},
): Promise<Replica> {
  const database = await Databases.open({ databaseUrl, connections: 4 }, MIGRATIONS);
  const state = await postgresState(database, databaseUrl, stateOptions);
  // Called in the opposite order: after the gateway was drained.
  onTestFinished(async () => {
    await state.close();
    await database.close();
  });
  return { ...(await running({ ...options, state })), state, database };
}

/** The figures of a gateway: the value of each series, by its name with labels. */
export async function figuresOf(gateway: Running['gateway']): Promise<Map<string, number>> {
  const lines = (await gateway.metrics()).split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(
    lines.map((line) => {
      const space = line.lastIndexOf(' ');
      return [line.slice(0, space), Number(line.slice(space + 1))];
    }),
  );
}
