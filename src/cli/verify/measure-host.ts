import { existsSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { PerigeeError } from '../../core/index.ts';
import {
  openResults,
  renderPage,
  reportOf,
  runSuite,
  type SideReport,
  SUITE,
  SUITE_VERSION,
  type VerifyCase,
} from '../../verify/index.ts';
import { describeError, isSystemError, UsageError } from '../failure.ts';
import { onInterrupt } from '../run/interrupt.ts';
import type { VerifyFlags, VerifyOutput } from './flags.ts';
import { keeping } from './keeping.ts';
import { printReports } from './print-report.ts';
import { ProgressLine } from './progress.ts';
import { hostOf, type Measured, referenceOf } from './sides.ts';
import { throughGateway } from './through-gateway.ts';
import { missed } from './verdict.ts';

/** The questions that the flags ask for. */
export function casesOf({ only }: VerifyFlags): readonly VerifyCase[] {
  return only ? SUITE.filter(({ category }) => only.includes(category)) : SUITE;
}

/** Measures a host by the suite. Returns the exit code. */
export async function measureHost(
  flags: VerifyFlags,
  env: NodeJS.ProcessEnv,
  output: VerifyOutput,
): Promise<number> {
  checkFolder(flags.html);
  const bare = await hostOf(flags, env);
  const reference =
    flags.reference === undefined ? undefined : await referenceOf(flags, bare.info.model, env);
  const through = flags.throughGateway ? await throughGateway(bare, env) : undefined;
  try {
    const sides = [bare, ...(through ? [through.measured] : []), ...(reference ? [reference] : [])];
    return await run(sides, flags, output);
  } finally {
    await through?.close();
  }
}

async function run(sides: readonly Measured[], flags: VerifyFlags, output: VerifyOutput): Promise<number> {
  const cases = casesOf(flags);
  const path = flags.resultsFile ?? defaultFile(sides[0]!);
  const isNew = !existsSync(path);
  const file = opened(path, sides);
  const stop = new AbortController();
  const release = onInterrupt(() => stop.abort());
  const progress = new ProgressLine(output, 'questions');
  let kept = file.known.length;
  output.err(`${introduction(sides, cases)}; each answer is kept in ${path}.\n`);
  if (file.known.length > 0) output.err(`${file.known.length} answers are there already.\n`);
  try {
    const outcome = await runSuite({
      cases,
      sides: sides.map(({ asked }) => asked),
      signal: stop.signal,
      known: file.known,
      onObservation(seen) {
        keeping(path, () => file.add(seen));
        kept++;
      },
      onProgress: (state) => progress.show(state),
      ...(flags.concurrency !== undefined && { concurrency: flags.concurrency }),
      ...(flags.repeat !== undefined && { repeat: flags.repeat }),
      ...(flags.timeout !== undefined && { answerMs: flags.timeout * 1000 }),
    });
    progress.hide();
    const { observations, interrupted, error, skipped } = outcome;
    const reports = reportOf({ cases, observations, sides: sides.map(({ info }) => info) });
    const page = { sides: reports, suite: SUITE_VERSION, at: new Date().toISOString(), interrupted };
    if (flags.json) output.out(`${JSON.stringify({ ...page, skipped }, null, 2)}\n`);
    else if (observations.length > 0) output.out(printReports(reports));
    if (!flags.json && skipped.length > 0) output.out(skippedText(skipped));
    if (flags.html !== undefined) save(flags.html, renderPage(page));
    if (error) output.err(`perigee: ${describeError(error)}\n`);
    if (interrupted && kept === 0 && !error) output.err('Nothing was answered yet.\n');
    if (interrupted && kept > 0) output.err(`Not all was asked. To go on: ${again(path)}\n`);
    if (error) return 1;
    if (interrupted) return 130;
    return bars(reports[0]!, flags, output);
  } finally {
    progress.hide();
    release();
    file.close();
    // Nobody was reached: a file without an answer is in the way.
    if (isNew && kept === 0) rmSync(path, { force: true });
  }
}

function opened(path: string, sides: readonly Measured[]) {
  const header = {
    type: 'perigee-verify',
    suite: SUITE_VERSION,
    sides: Object.fromEntries(sides.map(({ info: { side, where, model } }) => [side, { where, model }])),
  } as const;
  try {
    return openResults(path, header);
  } catch (error) {
    if (isSystemError(error)) throw new UsageError(`cannot write ${path}: ${error.message}.`);
    throw error;
  }
}

function bars({ measures }: SideReport, flags: VerifyFlags, output: VerifyOutput): number {
  const percent = (name: string) => measures.find((measure) => measure.name === name)?.percent ?? null;
  const failed = missed([
    {
      flag: '--min-schema-accuracy',
      what: 'Schema accuracy',
      least: flags.minSchemaAccuracy,
      reached: percent('schema'),
    },
    { flag: '--min-f1', what: 'F1', least: flags.minF1, reached: percent('f1') },
  ]);
  for (const words of failed) output.err(`perigee: ${words}\n`);
  return failed.length > 0 ? 1 : 0;
}

function introduction(sides: readonly Measured[], cases: readonly VerifyCase[]): string {
  const { model, where } = sides[0]!.info;
  const times = sides.length > 1 ? `, ${sides.length} times each` : '';
  return `${cases.length} questions to ${model} at ${where}${times}`;
}

function skippedText(skipped: readonly { readonly reason: string }[]): string {
  const reasons = new Map<string, number>();
  for (const { reason } of skipped) reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
  return `Not asked: ${[...reasons].map(([reason, count]) => `${count} questions, since ${reason}`).join('; ')}.\n`;
}

/** After a whole run is too late to learn that the page has no place to go to. */
function checkFolder(path: string | undefined): void {
  if (path === undefined) return;
  const folder = dirname(path);
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory()) return;
  throw new UsageError(`--html ${path}: there is no folder ${folder}.`);
}

/** A name that no other run has. */
function defaultFile({ info: { where, model } }: Measured): string {
  const host = URL.canParse(where) ? new URL(where).hostname : 'host';
  const time = new Date().toISOString().slice(0, 19).replaceAll(':', '-');
  return `perigee-verify-${`${host}-${model}`.replace(/[^\w.-]+/g, '-')}-${time}.jsonl`;
}

/** The same command, with the file that holds what there is. */
function again(path: string): string {
  const given = process.argv.slice(2);
  const words = given.includes('--results-file') ? given : [...given, '--results-file', path];
  return `perigee ${words.map(quoted).join(' ')}`;
}

function quoted(word: string): string {
  return /^[\w./:@=,+-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

/** Writes a file that a flag names, all of it or nothing. */
export function save(path: string, text: string): void {
  try {
    writeFileSync(`${path}.part`, text);
    renameSync(`${path}.part`, path);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new PerigeeError('invalid-options', `${path} cannot be written: ${reason}`, {
      remedy: 'Give the path of a file that can be written.',
    });
  }
}
