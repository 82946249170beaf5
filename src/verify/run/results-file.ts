import { closeSync, existsSync, ftruncateSync, openSync, readFileSync, writeSync } from 'node:fs';
import { isJsonObject, PerigeeError } from '../../core/index.ts';
import type { Observation } from '../wire/seen.ts';

/** The first line of a results file: what was asked of whom. */
export interface ResultsHeader {
  readonly type: 'perigee-verify';
  /** The version of the suite, or what else was asked. */
  readonly suite: string;
  /** Each side's address, without a key or a query, and its model. */
  readonly sides: { readonly [side: string]: { readonly where: string; readonly model: string } };
}

/** A file to which results are added, line by line, so that nothing is lost when the process dies. */
export interface ResultsFile {
  /** What stood in it already. */
  readonly known: readonly Observation[];
  add(observation: Observation): void;
  close(): void;
}

/**
 * Opens a results file, a new one if there is none. A last line that was cut in two when the process died is taken off.
 * Throws `invalid-options` when it holds something else than results of the same questions to the same hosts.
 */
export function openResults(path: string, header: ResultsHeader): ResultsFile {
  const { known, length, isNew } = readSoFar(path, header);
  const file = openSync(path, isNew ? 'w' : 'r+');
  ftruncateSync(file, length);
  let at = length;
  const write = (value: object) => {
    const bytes = Buffer.from(`${JSON.stringify(value)}\n`);
    for (let from = 0; from < bytes.length; )
      from += writeSync(file, bytes, from, bytes.length - from, at + from);
    at += bytes.length;
  };
  if (isNew) write(header);
  return { known, add: write, close: () => closeSync(file) };
}

/** Reads a results file to its end. Throws `invalid-options` when it is none. */
export function readResults(path: string): { header: ResultsHeader; observations: Observation[] } {
  const { header, known } = parseResults(path, readFileSync(path));
  return { header, observations: known };
}

function readSoFar(path: string, header: ResultsHeader) {
  if (!existsSync(path)) return { known: [], length: 0, isNew: true };
  const bytes = readFileSync(path);
  if (!bytes.includes(10) && bytes.length === 0) return { known: [], length: 0, isNew: true };
  const { header: found, known, length } = parseResults(path, bytes);
  const difference = differenceOf(found, header);
  if (difference === undefined) return { known, length, isNew: false };
  throw new PerigeeError('invalid-options', `${path} holds results of another run: ${difference}.`, {
    remedy: 'Give another file with --results-file, or take the old one away.',
  });
}

function parseResults(path: string, bytes: Buffer) {
  const end = bytes.lastIndexOf(10) + 1;
  const values: unknown[] = [];
  // Line by line: all of a large file is more than one text may hold.
  for (let from = 0; from < end; ) {
    const to = bytes.indexOf(10, from);
    try {
      values.push(JSON.parse(bytes.toString('utf8', from, to)));
    } catch {
      throw noResults(path, `line ${values.length + 1} is not JSON`);
    }
    from = to + 1;
  }
  const [header, ...rest] = values;
  if (!isJsonObject(header) || header['type'] !== 'perigee-verify' || !isJsonObject(header['sides'])) {
    throw noResults(path, 'its first line is not that of perigee verify');
  }
  const known = rest.map((value, position) => {
    if (isObservation(value)) return value;
    throw noResults(path, `line ${position + 2} is no observation`);
  });
  return { header: header as unknown as ResultsHeader, known, length: end };
}

function isObservation(value: unknown): value is Observation {
  return (
    isJsonObject(value) &&
    ['side', 'case', 'mode'].every((key) => typeof value[key] === 'string') &&
    ['repeat', 'step', 'at'].every((key) => typeof value[key] === 'number') &&
    Array.isArray(value['failures'])
  );
}

function noResults(path: string, why: string): PerigeeError {
  return new PerigeeError('invalid-options', `${path} is no results file: ${why}.`, {
    remedy: 'Give a file that perigee verify wrote, or the name of a new one.',
  });
}

function differenceOf(found: ResultsHeader, wanted: ResultsHeader): string | undefined {
  if (found.suite !== wanted.suite) return `of the suite ${found.suite}, not ${wanted.suite}`;
  for (const [side, { where, model }] of Object.entries(wanted.sides)) {
    const before = found.sides[side];
    if (!before) return `the ${side} was not asked`;
    if (before.where !== where || before.model !== model) {
      return `the ${side} was ${before.model} at ${before.where}, not ${model} at ${where}`;
    }
  }
  return undefined;
}
