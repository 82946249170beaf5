import { PerigeeError } from '../../core/index.ts';

/** The package `@dbos-inc/dbos-sdk`, as it is imported. */
export type Dbos = typeof import('@dbos-inc/dbos-sdk');

let loaded: Promise<Dbos> | undefined;

/** The engine. Throws `missing-package` where it is not installed. */
export function loadDbos(): Promise<Dbos> {
  loaded ??= load();
  return loaded;
}

async function load(): Promise<Dbos> {
  try {
    return await import('@dbos-inc/dbos-sdk');
  } catch (error) {
    throw new PerigeeError(
      'missing-package',
      'Runs on other machines need the packages @dbos-inc/dbos-sdk and pg.',
      {
        remedy: 'npm install @dbos-inc/dbos-sdk@5 pg',
        cause: error,
      },
    );
  }
}
