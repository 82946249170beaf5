import { PerigeeError } from '../../core/index.ts';

/** The package `pg`, as it is imported. */
export type Pg = typeof import('pg');

let loaded: Promise<Pg> | undefined;

/** The driver. Throws `missing-package` where it is not installed. */
export function loadPg(): Promise<Pg> {
  loaded ??= load();
  return loaded;
}

async function load(): Promise<Pg> {
  try {
    return (await import('pg')).default as unknown as Pg;
  } catch (error) {
    throw new PerigeeError('missing-package', 'A database URL needs the package pg.', {
      remedy: 'npm install pg',
      cause: error,
    });
  }
}
