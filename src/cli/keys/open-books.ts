import type { AccountBooks } from '../../core/index.ts';
import { Database, MIGRATIONS, postgresBooks, sqliteAccounts } from '../../durable/index.ts';
import { type AccountsPlace, accountsFile } from '../accounts-file.ts';
import { databaseUrlOf } from '../database-url.ts';

/** Opens the books of a place, does `work` with them, and closes them. `where`: that place, for people, without a password. */
export async function withBooks<T>(
  place: AccountsPlace,
  environment: NodeJS.ProcessEnv,
  work: (books: AccountBooks, where: string) => Promise<T>,
): Promise<T> {
  const databaseUrl = databaseUrlOf(place.databaseUrl, environment);
  if (databaseUrl === undefined) {
    const path = accountsFile(place, environment);
    const file = await sqliteAccounts(path);
    try {
      return await work(file, path);
    } finally {
      file.close();
    }
  }
  const database = await Database.open({ databaseUrl, connections: 1 }, MIGRATIONS);
  try {
    return await work(postgresBooks(database), database.where);
  } finally {
    await database.close();
  }
}
