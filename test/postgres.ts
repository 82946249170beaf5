import { execFile, spawn } from 'node:child_process';
import { randomBytes, randomInt } from 'node:crypto';
import { chmod, chown, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const exec = promisify(execFile);

/** A Postgres server of its own, for as long as a test file takes. */
export interface Postgres {
  readonly port: number;
  /** A connection string; `database` default `postgres`. */
  url(database?: string): string;
  /** Makes an empty database and gives its connection string. */
  freshUrl(): Promise<string>;
  /** Runs SQL in a database, as `psql` does, and gives what it prints without headings. */
  sql(url: string, text: string): Promise<string>;
  /** Ends every connection at once and starts again. */
  restart(): Promise<void>;
  /** Ends the server; `immediate`: as a crash would. */
  stop(mode?: 'fast' | 'immediate'): Promise<void>;
  start(): Promise<void>;
  /** Stops it and removes its files. */
  remove(): Promise<void>;
}

/** The folder with the server's programs; undefined where Postgres is not installed. */
async function programs(): Promise<string | undefined> {
  const root = '/usr/lib/postgresql';
  const versions = await readdir(root).catch(() => [] as string[]);
  const newest = versions.sort((a, b) => Number(b) - Number(a))[0];
  if (newest !== undefined) return join(root, newest, 'bin');
  const found = await exec('pg_config', ['--bindir']).catch(() => undefined);
  return found?.stdout.trim();
}

const BIN = await programs();

/** Whether there is a Postgres to test with. Where there is none, tests that need one are skipped, and this says why. */
export const hasPostgres = BIN !== undefined;
if (!hasPostgres)
  console.warn('Postgres is not installed (apt-get install postgresql): what needs it is skipped.');

/** The user under whom the server runs: it refuses to be root's. */
async function serverUser(): Promise<{ uid: number; gid: number } | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const lines = (await readFile('/etc/passwd', 'utf8')).split('\n').map((line) => line.split(':'));
  const [, , uid, gid] =
    lines.find(([name]) => name === 'postgres') ?? lines.find(([name]) => name === 'nobody') ?? [];
  return { uid: Number(uid), gid: Number(gid) };
}

/** Starts a server with an empty cluster; `settings`: lines of its configuration, as `max_connections = 50`. */
export async function startPostgres(settings: readonly string[] = []): Promise<Postgres> {
  const user = await serverUser();
  const folder = await mkdtemp(join(tmpdir(), 'pg-'));
  if (user) await chown(folder, user.uid, user.gid);
  await chmod(folder, 0o700);
  const data = join(folder, 'data');
  const port = await freePort();
  // Inherits nothing that would point to another server.
  const env = { PATH: process.env['PATH'] ?? '', LC_ALL: 'C', TZ: 'UTC' };
  const options = { cwd: folder, env, ...user };
  const run = (program: string, ...args: string[]) => exec(join(BIN!, program), args, options);
  await run(
    'initdb',
    '-D',
    data,
    '-U',
    'postgres',
    '-A',
    'trust',
    '-E',
    'UTF8',
    '--no-instructions',
    '--no-sync',
  );
  const flags = [
    '-c',
    `port=${port}`,
    '-c',
    'listen_addresses=127.0.0.1',
    '-c',
    `unix_socket_directories=${folder}`,
    // What a crash of the server leaves is the same; only one of the machine would lose something.
    '-c',
    'fsync=off',
    ...settings.flatMap((line) => ['-c', line.replace(/\s*=\s*/, '=')]),
  ];
  const url = (database = 'postgres') => `postgres://postgres@127.0.0.1:${port}/${database}`;
  const start = async () => {
    // By a child of ours, not of pg_ctl, whose shell takes spaces and quotes apart.
    const server = spawn(join(BIN!, 'postgres'), ['-D', data, ...flags], {
      ...options,
      stdio: ['ignore', 'ignore', 'ignore'],
    });
    server.unref();
    for (;;) {
      if (server.exitCode !== null) throw new Error(`Postgres ended with ${server.exitCode}.`);
      const ready = await run('pg_isready', '-q', '-h', '127.0.0.1', '-p', String(port)).then(
        () => true,
        () => false,
      );
      if (ready) return;
    }
  };
  const stop = async (mode: 'fast' | 'immediate' = 'fast') => {
    await run('pg_ctl', 'stop', '-D', data, '-m', mode, '-w', '-s');
  };
  const sql = async (at: string, text: string) => {
    const { stdout } = await exec(
      join(BIN!, 'psql'),
      ['-X', '-q', '-A', '-t', '-v', 'ON_ERROR_STOP=1', '-c', text, at],
      {
        env,
      },
    );
    return stdout.trim();
  };
  await start();
  return {
    port,
    url,
    sql,
    start,
    stop,
    async freshUrl() {
      const name = `test_${randomBytes(6).toString('hex')}`;
      await sql(url(), `CREATE DATABASE ${name}`);
      return url(name);
    },
    async restart() {
      await stop('fast');
      await start();
    },
    async remove() {
      await stop('immediate').catch(() => {});
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Ports below those that systems give to whoever wants any, so that nobody gets one before it is listened at. */
const [FIRST_PORT, LAST_PORT] = [10_000, 32_000];

/** A port that nobody listens at. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(FIRST_PORT, LAST_PORT);
    const isFree = await new Promise<boolean>((resolve) => {
      const server = createServer();
      server.once('error', () => resolve(false));
      server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
    });
    if (isFree) return port;
  }
}
