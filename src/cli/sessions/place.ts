import { DATABASE_VARIABLE, databaseUrlOf } from '../database-url.ts';
import { UsageError } from '../failure.ts';

/** What the options say about where sessions are kept. */
export interface PlaceOptions {
  readonly dataDir?: string;
  readonly databaseUrl?: string;
}

/** The database that sessions are kept in; undefined: they are files on this machine. Throws `UsageError` for both at once. */
export function databaseOf(
  { dataDir, databaseUrl }: PlaceOptions,
  environment: NodeJS.ProcessEnv = process.env,
): string | undefined {
  if (dataDir !== undefined && databaseUrl !== undefined) {
    throw new UsageError(
      '--data-dir and --database-url do not go together: sessions are in a folder of this machine, or in a database.',
    );
  }
  // What is said here counts for more than what is set once for all commands.
  return dataDir === undefined ? databaseUrlOf(databaseUrl, environment) : undefined;
}

/** The database of a command that has no other way. */
export function neededDatabase(options: PlaceOptions, what: string): string {
  if (options.dataDir !== undefined && options.databaseUrl === undefined) {
    throw new UsageError(`${what} needs a Postgres database: give --database-url instead of --data-dir.`);
  }
  const url = databaseOf(options);
  if (url !== undefined) return url;
  throw new UsageError(
    `${what} needs a Postgres database: set ${DATABASE_VARIABLE}, or give --database-url postgres://HOST/DATABASE.`,
  );
}

/**
 * The option as a command needs it that is shown to be pasted, with a space in front; nothing where none was given. A password
 * is never shown.
 */
export function placeOption({ dataDir, databaseUrl }: PlaceOptions): string {
  if (databaseUrl !== undefined) return ` --database-url ${shellWord(withoutPassword(databaseUrl))}`;
  return dataDir === undefined ? '' : ` --data-dir ${shellWord(dataDir)}`;
}

/** The command that goes on with a session, as it is shown to be pasted. `isDetached`: workers had it, and are to go on with it. */
export function resumeCommand(session: string, place: PlaceOptions, isDetached = false): string {
  return `perigee run ${isDetached ? '--detach ' : ''}--session ${session} --resume${placeOption(place)}`;
}

function withoutPassword(databaseUrl: string): string {
  if (!URL.canParse(databaseUrl)) return '…';
  const url = new URL(databaseUrl);
  // Any field of the query may be a password or name a file that holds one.
  if (url.password === '' && url.search === '') return databaseUrl;
  return `"$${DATABASE_VARIABLE}"`;
}

function shellWord(text: string): string {
  const isPlain = /^[\w.:/@%\\-]+$/.test(text) || text === `"$${DATABASE_VARIABLE}"`;
  return isPlain ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
