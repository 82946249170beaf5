import { PerigeeError } from '../../core/index.ts';
import { type Sessions, type SqliteSessions, sqliteSessions } from '../../durable/index.ts';
import { reportError, UsageError } from '../failure.ts';
import { neededDatabase, type PlaceOptions, resumeCommand } from './place.ts';
import { reach, type Store, withStore } from './store.ts';

/** What `sessions push` and `sessions pull` can be told. */
export interface MoveOptions extends PlaceOptions {
  readonly all?: boolean;
  readonly as?: string;
  readonly move?: boolean;
}

interface Places {
  readonly here: Omit<Store, 'sessions'> & { readonly sessions: SqliteSessions };
  readonly there: Store;
}

/** Moves sessions of this machine into the database. Returns the exit code: 1 when one of them could not be moved. */
export async function pushSessions(names: readonly string[], options: MoveOptions): Promise<number> {
  mustSayWhich(names, options, 'push');
  return between(options, 'sessions push', async ({ here, there }) => {
    const wanted = await chosen(names, options, here, 'push');
    return each(wanted, (name) => push(name, options.as ?? name, here, there, options.move ?? false));
  });
}

/** Copies sessions of the database to this machine. Returns the exit code. */
export async function pullSessions(names: readonly string[], options: MoveOptions): Promise<number> {
  mustSayWhich(names, options, 'pull');
  return between(options, 'sessions pull', async ({ here, there }) => {
    const wanted = await chosen(names, options, there, 'pull');
    return each(wanted, (name) => pull(name, options.as ?? name, here, there, options.move ?? false));
  });
}

async function push(name: string, as: string, here: Places['here'], there: Store, isMove: boolean) {
  const outside = await reach(here, name);
  // Whoever holds it is the only one who writes, so what is copied is the whole of it.
  const session = await here.sessions.open(name);
  try {
    await there.sessions.create(as, outside.entries());
    session.closeFor(`${there.where}${as === name ? '' : `, as "${as}"`}`);
  } finally {
    await session.close();
  }
  if (isMove) await here.sessions.remove(name);
  const { isUnfinished } = await (await there.sessions.reach(as)).summary();
  process.stdout.write(`${name} is in ${there.where} now${as === name ? '' : `, as ${as}`}.\n`);
  process.stderr.write(
    `  ${isMove ? 'The file here is removed.' : 'The file here stays, to be read; no run goes on with it.'}\n`,
  );
  if (!isUnfinished) return;
  process.stderr.write(
    `  Its run was not finished. It goes on with  ${resumeCommand(as, there.place)}\n` +
      '  or, on a worker, the same with --detach.\n',
  );
}

async function pull(name: string, as: string, here: Places['here'], there: Store, isMove: boolean) {
  const outside = await reach(there, name);
  const session = await there.sessions.open(name);
  try {
    await removeClosed(here.sessions, as);
    await here.sessions.create(as, outside.entries());
  } finally {
    await session.close();
  }
  if (isMove) await there.sessions.remove(name);
  process.stdout.write(`${name} is on this machine now${as === name ? '' : `, as ${as}`}.\n`);
  if (isMove) return;
  process.stderr.write(
    `  The one in ${there.where} stays, and what is said to one of them the other does not hear.\n`,
  );
}

/** What was left of a session when it was pushed must not keep it from coming back. */
async function removeClosed(sessions: Sessions, name: string): Promise<void> {
  if (!(await sessions.names()).includes(name)) return;
  const { closedFor } = await (await sessions.reach(name)).summary();
  if (closedFor !== undefined) await sessions.remove(name);
}

function mustSayWhich(names: readonly string[], { all, as }: MoveOptions, verb: string): void {
  if (all && names.length > 0) throw new UsageError('--all does not go with names.');
  if (!all && names.length === 0) {
    throw new UsageError(`say which sessions: perigee sessions ${verb} NAME…, or --all.`);
  }
  if (as !== undefined && (all || names.length > 1)) throw new UsageError('--as goes with one session.');
}

async function chosen(
  names: readonly string[],
  { all }: MoveOptions,
  from: Store,
  verb: string,
): Promise<readonly string[]> {
  if (!all) return [...new Set(names)];
  const open: string[] = [];
  for (const name of await from.sessions.names()) {
    const { closedFor } = await (await from.sessions.reach(name)).summary();
    if (closedFor === undefined) open.push(name);
  }
  if (open.length === 0) process.stderr.write(`There is no session to ${verb} in ${from.where}.\n`);
  return open;
}

/** One that fails must not keep the others from being moved. */
async function each(names: readonly string[], move: (name: string) => Promise<void>): Promise<number> {
  let exitCode = 0;
  for (const name of names) {
    try {
      await move(name);
    } catch (error) {
      if (!(error instanceof PerigeeError)) throw error;
      reportError(error);
      exitCode = 1;
    }
  }
  return exitCode;
}

async function between(
  options: MoveOptions,
  command: string,
  work: (places: Places) => Promise<number>,
): Promise<number> {
  const { dataDir, databaseUrl } = options;
  const url = neededDatabase(databaseUrl === undefined ? {} : { databaseUrl }, command);
  const sessions = sqliteSessions({
    command: `perigee ${command}`,
    ...(dataDir !== undefined && { dataDir }),
  });
  const here = {
    sessions,
    place: dataDir === undefined ? {} : { dataDir },
    where: sessions.dataDir,
    isLocal: true,
  };
  return withStore({ databaseUrl: url }, `perigee ${command}`, (there) =>
    work({ here, there: { ...there, place: databaseUrl === undefined ? {} : { databaseUrl } } }),
  );
}
