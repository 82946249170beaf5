import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

/** The books of a run that was killed and brought to its end; see `balance` in run-books.mjs. */
export interface Books {
  readonly steps: number;
  readonly calls: number;
  readonly effects: number;
  readonly flagged: readonly string[];
  readonly madeUpFor: number;
  readonly lost: readonly string[];
  readonly twice: readonly string[];
  readonly misjudged: readonly string[];
  readonly unanswered: readonly string[];
  readonly nobodys: readonly string[];
  readonly untold: readonly string[];
  readonly neverLooked: readonly string[];
  readonly difference: unknown;
}

/** Books in which every call balances, in a conversation like that of a run which nobody killed. */
export const BALANCED = {
  lost: [],
  twice: [],
  misjudged: [],
  unanswered: [],
  nobodys: [],
  untold: [],
  neverLooked: [],
  difference: null,
};

const PROGRAM = fileURLToPath(new URL('run-kills.mjs', import.meta.url));

/** Runs the program that kills; gives what it reports. */
export async function killing<Report>(...args: readonly string[]): Promise<Report> {
  const { stdout } = await promisify(execFile)(process.execPath, [PROGRAM, ...args], {
    maxBuffer: 100_000_000,
  });
  return JSON.parse(stdout) as Report;
}
