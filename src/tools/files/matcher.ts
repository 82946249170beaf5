import { Worker } from 'node:worker_threads';
import { programOf } from '../program-of.ts';
import { type MatchedLine, type MatchRequest, matchWorker } from './match-worker.ts';

/** Characters of one line that are shown. */
const MAX_LINE = 300;

/** Looks for a pattern in one text after the other. */
export interface Matcher {
  /** The lines that fit, at most `limit`; undefined when it was stopped before that was known. */
  match(text: string, limit: number): Promise<readonly MatchedLine[] | undefined>;
  /** Ends it, also in the middle of a text. */
  stop(): void;
  /** Frees what it holds; when this resolves, nothing runs any more. */
  close(): Promise<void>;
}

/**
 * Starts a matcher in a thread of its own: a hostile expression can take for ever, and a thread can be ended in the
 * middle of it.
 */
export function startMatcher(pattern: RegExp): Matcher {
  const worker = new Worker(programOf(matchWorker, "require('node:worker_threads')"), {
    eval: true,
    workerData: { source: pattern.source, flags: pattern.flags, maxLine: MAX_LINE },
    resourceLimits: { maxOldGenerationSizeMb: 256 },
    execArgv: [],
    env: {},
  });
  let waiting: { resolve(found?: readonly MatchedLine[]): void; reject(error: Error): void } | undefined;
  let ended: 'no' | 'stopped' | Error = 'no';
  worker.on('message', (found: readonly MatchedLine[]) => waiting?.resolve(found));
  worker.on('error', (error) => {
    ended = new Error(`The pattern cannot be looked for: ${error.message}.`);
    waiting?.reject(ended);
  });
  return {
    match: (text, limit) =>
      new Promise((resolve, reject) => {
        if (ended === 'stopped') return resolve(undefined);
        if (ended !== 'no') return reject(ended);
        waiting = { resolve, reject };
        worker.postMessage({ text, limit } satisfies MatchRequest);
      }),
    stop() {
      if (ended === 'no') ended = 'stopped';
      waiting?.resolve();
      void worker.terminate();
    },
    async close() {
      await worker.terminate();
    },
  };
}
