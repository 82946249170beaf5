import { variable } from './config/report.ts';

/** The variable that names the database where no flag does. */
export const DATABASE_VARIABLE = 'PERIGEE_DATABASE_URL';

/** The database that a command works with: that of `--database-url`, else of the environment; undefined: none. */
export function databaseUrlOf(given: string | undefined, environment: NodeJS.ProcessEnv): string | undefined {
  return given ?? variable(environment, DATABASE_VARIABLE);
}
