import { execFile, spawn } from 'node:child_process';
import { chown, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const exec = promisify(execFile);

/** A Postgres server of its own, as it comes: it waits for the disk at each commit. */
export async function startPostgres() {
  const bin = await programs();
  const user = await serverUser();
  const folder = await mkdtemp(join(tmpdir(), 'bench-pg-'));
  if (user) await chown(folder, user.uid, user.gid);
  const options = { cwd: folder, env: { PATH: process.env.PATH, LC_ALL: 'C' }, ...user };
  const data = join(folder, 'data');
  await exec(join(bin, 'initdb'), ['-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8'], options);
  const port = await freePort();
  const flags = ['listen_addresses=127.0.0.1', `port=${port}`, `unix_socket_directories=${folder}`];
  const server = spawn(join(bin, 'postgres'), ['-D', data, ...flags.flatMap((flag) => ['-c', flag])], {
    ...options,
    stdio: 'ignore',
  });
  const isReady = () =>
    exec(join(bin, 'pg_isready'), ['-q', '-h', '127.0.0.1', '-p', port], options).then(
      () => true,
      () => false,
    );
  while (!(await isReady())) if (server.exitCode !== null) throw new Error('Postgres did not start.');
  return {
    version: (await exec(join(bin, 'postgres'), ['--version'])).stdout.trim(),
    url: `postgres://postgres@127.0.0.1:${port}/postgres`,
    async remove() {
      await exec(join(bin, 'pg_ctl'), ['stop', '-D', data, '-m', 'immediate', '-w'], options).catch(() => {});
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function programs() {
  const root = '/usr/lib/postgresql';
  const versions = await readdir(root).catch(() => []);
  const newest = versions.sort((a, b) => Number(b) - Number(a))[0];
  return newest === undefined
    ? (await exec('pg_config', ['--bindir'])).stdout.trim()
    : join(root, newest, 'bin');
}

/** The server refuses to be root's. */
async function serverUser() {
  if (process.getuid?.() !== 0) return undefined;
  const lines = (await readFile('/etc/passwd', 'utf8')).split('\n').map((line) => line.split(':'));
  const [, , uid, gid] =
    lines.find(([name]) => name === 'postgres') ?? lines.find(([name]) => name === 'nobody');
  return { uid: Number(uid), gid: Number(gid) };
}

async function freePort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return String(port);
}
