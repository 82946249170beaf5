import type { Command } from 'commander';

/** Adds the options that say where sessions are kept. */
export function withPlaceFlags(command: Command): Command {
  return withDatabaseFlag(
    command.option(
      '--data-dir <folder>',
      'where sessions are kept (default: PERIGEE_DATA_DIR, else the state folder)',
    ),
  );
}

/** Adds the option that names the database. */
export function withDatabaseFlag(command: Command): Command {
  return command.option(
    '--database-url <url>',
    'a Postgres database that holds them, reached from any machine: postgres://HOST/DATABASE (default: PERIGEE_DATABASE_URL; a URL given here can be seen in ps, so put one with a password into the variable)',
  );
}
