import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { dataFolder } from './data-folder.ts';
import { databaseUrlOf } from './database-url.ts';

/** Where keys, budgets and usage are kept, as flags say. */
export interface AccountsPlace {
  readonly databaseUrl?: string;
  readonly dataDir?: string;
}

/** The file for the accounts of one gateway alone. */
export function accountsFile({ dataDir }: AccountsPlace, environment: NodeJS.ProcessEnv): string {
  return join(dataDir ?? dataFolder(environment), 'gateway.sqlite');
}

/** Whether there is a place that may keep keys beside those of the configuration. */
export function mayKeepKeys(place: AccountsPlace, environment: NodeJS.ProcessEnv): boolean {
  return (
    databaseUrlOf(place.databaseUrl, environment) !== undefined ||
    place.dataDir !== undefined ||
    existsSync(accountsFile(place, environment))
  );
}
