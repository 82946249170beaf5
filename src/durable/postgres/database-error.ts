import { PerigeeError } from '../../core/index.ts';

/**
 * SQLSTATE classes and codes that mean: not now. Connection, rolled back for another, resources, shutting down, starting up; a
 * server that only reads, since it has just been replaced; a question or a connection that was ended from outside.
 */
const AWAY = /^(08|40|53|57P0[1235]|57014|25006|25P03)/;

const NODE_AWAY: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOENT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
]);

/** What the driver says without a code when a connection ends or cannot be had. */
const SAID_AWAY =
  /Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error|Query read timeout|not queryable/i;

/** What else than a server that is down keeps a database from being used. */
const REMEDIES: { readonly [code: string]: string | undefined } = {
  '53300':
    'All its connections are in use: raise max_connections, or run fewer processes. docs/scaling.md counts them.',
  '53100': 'Its disk is full: remove what is not needed (perigee sessions prune), or give it more.',
};

/** Whether a question was given up, and its connection still waits for the answer. */
export function isTimeout(error: unknown): boolean {
  return error instanceof Error && error.message === 'Query read timeout';
}

/** Whether the database could not be reached, so that what was asked may or may not have been done. */
export function isAway(error: unknown): boolean {
  const { code, message, errors } = error as { code?: unknown; message?: unknown; errors?: unknown };
  if (Array.isArray(errors) && errors.length > 0) return errors.every(isAway);
  if (typeof code === 'string') return AWAY.test(code) || NODE_AWAY.has(code);
  return typeof message === 'string' && SAID_AWAY.test(message);
}

/** Whether the database or the way to it failed, and not what somebody did with it. */
export function isOfDatabase(error: unknown): boolean {
  return isAway(error) || typeof (error as { code?: unknown }).code === 'string';
}

/** A failure of the database in the words of Perigee. `where`: the database, without a password. */
export function databaseError(error: unknown, where: string): PerigeeError {
  if (error instanceof PerigeeError) return error;
  const { code } = error as { code?: unknown };
  // An AggregateError, of a name with two addresses, says nothing itself.
  const said =
    (error as Error).message || (error as { errors?: Error[] }).errors?.[0]?.message || String(error);
  if (code === '28P01' || code === '28000') {
    return new PerigeeError(
      'database-unreachable',
      `The database ${where} does not let this user in: ${said}.`,
      {
        remedy: 'Check user and password of the database URL.',
        cause: error,
      },
    );
  }
  // The driver's own words for it speak of its insides.
  if (code === undefined && /client password must be a (non-empty )?string/.test(said)) {
    return new PerigeeError('database-unreachable', `The database ${where} asks for a password.`, {
      remedy: 'Put it into the database URL, as in postgres://USER:PASSWORD@HOST:5432/DATABASE.',
      cause: error,
    });
  }
  if (code === '3D000') {
    return new PerigeeError('database-unreachable', `There is no such database: ${said}.`, {
      remedy: 'Make it (createdb), or give another one at the end of the database URL.',
      cause: error,
    });
  }
  if (code === '25006') {
    return new PerigeeError('database-unreachable', `The database ${where} takes no changes now: ${said}.`, {
      remedy: 'Give the URL of the server that does, or wait until it does again.',
      retryable: true,
      cause: error,
    });
  }
  if (code === '42501') {
    return new PerigeeError(
      'database-invalid',
      `The user of the database URL may not do what is needed in ${where}: ${said}.`,
      {
        remedy:
          'Tables and the schemas that hold them are made at the first start: GRANT CREATE ON DATABASE … TO …, or let a user who may start it once.',
        cause: error,
      },
    );
  }
  if (isAway(error)) {
    // It answers, but has no room, no memory or no connection left.
    const what =
      typeof code === 'string' && code.startsWith('53') ? 'can do no more now' : 'cannot be reached';
    return new PerigeeError('database-unreachable', `The database ${where} ${what}: ${said}.`, {
      remedy: REMEDIES[String(code)] ?? 'Check that it runs and that the database URL names it.',
      retryable: true,
      cause: error,
    });
  }
  return new PerigeeError('database-invalid', `The database ${where} refused: ${said}.`, { cause: error });
}
