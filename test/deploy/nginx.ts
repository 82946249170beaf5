import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, constants, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

/** The server's program; undefined where there is none. */
const PROGRAM = [
  '/usr/sbin/nginx',
  ...(process.env['PATH'] ?? '').split(':').map((folder) => join(folder, 'nginx')),
].find(isProgram);

/** Whether there is an nginx to test with. Where there is none, tests that need one are skipped, and this says why. */
export const hasNginx = PROGRAM !== undefined;
if (!hasNginx)
  console.warn('nginx is not installed (apt-get install nginx-light): what needs it is skipped.');

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

export interface Nginx {
  readonly port: number;
  /** What it wrote to its error log. */
  errors(): string;
}

export interface NginxOptions {
  /** Where it listens. */
  readonly port: number;
  /** The ports of the replicas. */
  readonly replicas: readonly number[];
  /** What else to exchange, each of which must be there. */
  readonly changes?: readonly (readonly [from: string, to: string])[];
}

/** The configuration for users, with the addresses and folders of a test, and nothing else of it changed. */
export function nginxConfig(folder: string, { port, replicas, changes = [] }: NginxOptions): string {
  let text = readFileSync(new URL('../../deploy/nginx.conf', import.meta.url), 'utf8');
  const exchanges = [
    ['listen 8080;', `listen 127.0.0.1:${port};`],
    ...replicas.map((replica, i) => [`server 172.30.87.1${i + 1}:8787 `, `server 127.0.0.1:${replica} `]),
    ...changes,
  ] as const;
  for (const [from, to] of exchanges) {
    if (!text.includes(from!)) throw new Error(`deploy/nginx.conf has no ${from}`);
    text = text.replaceAll(from!, to!);
  }
  return text.replaceAll('/tmp/perigee-nginx', join(folder, 'nginx'));
}

/** The words that make it run in the foreground, as whoever runs the tests. */
const OWN = `daemon off;${process.getuid?.() === 0 ? ' user root;' : ''}`;

/** Has nginx read a configuration. Returns what it says. */
export function checkNginx(config: string): string {
  const folder = ownFolder(config);
  return execFileSync(PROGRAM!, ['-t', '-p', folder, '-c', join(folder, 'nginx.conf')], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

/** Starts nginx in front of these replicas; it is stopped with the test. */
export async function startNginx(options: NginxOptions): Promise<Nginx> {
  const folder = ownFolder('');
  writeFileSync(join(folder, 'nginx.conf'), nginxConfig(folder, options));
  const child = spawn(PROGRAM!, ['-p', folder, '-c', join(folder, 'nginx.conf'), '-g', OWN], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors += text;
  });
  onTestFinished(() => stop(child));
  await untilOpen(options.port, child, () => errors);
  return { port: options.port, errors: () => errors };
}

function ownFolder(config: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'perigee-nginx-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  // Where it writes before it has read its configuration.
  mkdirSync(join(folder, 'logs'));
  writeFileSync(join(folder, 'nginx.conf'), config.replaceAll('/tmp/perigee-nginx', join(folder, 'nginx')));
  return folder;
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGTERM');
  await once(child, 'close');
}

/** Resolves once a connection can be opened. */
async function untilOpen(port: number, child: ChildProcess, errors: () => string): Promise<void> {
  for (;;) {
    if (child.exitCode !== null) throw new Error(`nginx ended with ${child.exitCode}: ${errors()}`);
    const socket = connect(port, '127.0.0.1');
    const open = await new Promise<boolean>((resolve) => {
      socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    });
    socket.destroy();
    if (open) return;
  }
}
