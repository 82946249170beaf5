import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import {
  type Concurrency,
  createRunsClient,
  type NumberedEvent,
  type RunsClient,
} from '../../../src/durable/index.ts';
import type { Postgres } from '../../postgres.ts';

const PROGRAM = fileURLToPath(new URL('worker.mjs', import.meta.url));

/** A database of its own, a client, and workers in processes of their own. All of it ends with the test. */
export interface Ground {
  readonly url: string;
  readonly folder: string;
  readonly client: RunsClient;
  worker(options?: {
    readonly name?: string;
    readonly concurrency?: Concurrency;
    readonly isLater?: boolean;
  }): Promise<WorkerProcess>;
  /** The lines of a file that the workers write. */
  lines(file: string): string[];
  /** Lets go of what a run holds. */
  release(id: string): void;
}

export interface WorkerProcess {
  readonly name: string;
  readonly child: ChildProcess;
  readonly ended: Promise<number | NodeJS.Signals | null>;
  readonly said: string[];
  /** What it wrote to standard error. */
  errors(): string;
  kill(signal?: NodeJS.Signals): Promise<void>;
}

export async function freshGround(postgres: Postgres): Promise<Ground> {
  const url = await postgres.freshUrl();
  const folder = mkdtempSync(join(tmpdir(), 'perigee-runs-'));
  const children = new Set<WorkerProcess>();
  const client = await createRunsClient({ databaseUrl: url });
  onTestFinished(async () => {
    await Promise.all([...children].map((worker) => worker.kill()));
    await client.close();
    rmSync(folder, { recursive: true, force: true });
  });
  return {
    url,
    folder,
    client,
    async worker(options = {}) {
      const worker = await startWorker({ databaseUrl: url, folder, ...options });
      children.add(worker);
      return worker;
    },
    lines: (file) => linesOf(join(folder, file)),
    release: (id) => writeFileSync(join(folder, `go-${id}`), ''),
  };
}

export function linesOf(path: string): string[] {
  return existsSync(path) ? readFileSync(path, 'utf8').split('\n').slice(0, -1) : [];
}

export async function startWorker(settings: object): Promise<WorkerProcess> {
  const child = spawn(process.execPath, [PROGRAM, JSON.stringify(settings)], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors += text;
  });
  const ended = new Promise<number | NodeJS.Signals | null>((resolve) => {
    child.on('close', (code, signal) => resolve(code ?? signal));
  });
  const said: string[] = [];
  const name = await new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      said.push(line);
      if (line.startsWith('ready ')) resolve(line.slice('ready '.length));
    });
    void ended.then((end) => reject(new Error(`The worker ended with ${end}: ${errors}`)));
  });
  return {
    name,
    child,
    ended,
    said,
    errors: () => errors,
    async kill(signal = 'SIGKILL') {
      child.kill(signal);
      await ended;
    },
  };
}

/** Waits until something is so, and fails loudly when it never is. */
export async function until<T>(
  what: string,
  look: () => T | Promise<T>,
  withinMs = 60_000,
): Promise<NonNullable<T>> {
  const end = Date.now() + withinMs;
  for (;;) {
    const seen = await look();
    if (seen) return seen as NonNullable<T>;
    if (Date.now() > end) throw new Error(`It never came to this: ${what}.`);
    await delay(20);
  }
}

/** All events of a run, until it is over. */
export async function eventsOf(client: RunsClient, id: string, from?: number): Promise<NumberedEvent[]> {
  const events: NumberedEvent[] = [];
  for await (const event of client.attach(id, from === undefined ? {} : { from })) events.push(event);
  return events;
}

export function typesOf(events: readonly NumberedEvent[]): string[] {
  return events.map(({ event }) => (event as { type: string }).type);
}
