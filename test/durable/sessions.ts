import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { JournalRecord } from '../../src/core/index.ts';
import { type SqliteSessions, sqliteSessions } from '../../src/durable/index.ts';
import { BUILT, startScript, type Worker, type WorkerOptions } from './workers.ts';

/** A folder of its own, removed with the test. */
export function freshFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'perigee-durable-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export function freshStore(): SqliteSessions {
  return sqliteSessions({ dataDir: freshFolder(), command: 'the test' });
}

/** The file of a session. */
export function fileOf(dataDir: string, name: string): string {
  return join(dataDir, 'sessions', `${name}.db`);
}

/** What is waited for until the test lets it pass. */
export function gate(): { readonly passed: Promise<void>; open(): void } {
  let open = () => {};
  const passed = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { passed, open };
}

/** All that an iterable gives. */
export async function all<T>(items: Iterable<T> | AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const item of items) list.push(item);
  return list;
}

/** The names of records, in their order. */
export async function names(
  records: Iterable<JournalRecord> | AsyncIterable<JournalRecord>,
): Promise<string[]> {
  return (await all(records)).map(({ name }) => name);
}

/** Runs a script in a process of its own, with `sessions` and `print` at hand. It is stopped with the test. */
export function startWorker(dataDir: string, script: string, options: WorkerOptions = {}): Worker {
  return startScript(
    `import { sqliteSessions } from ${JSON.stringify(BUILT)};
     const sessions = sqliteSessions({ dataDir: ${JSON.stringify(dataDir)}, command: 'the worker' });
     ${script}`,
    options,
  );
}
