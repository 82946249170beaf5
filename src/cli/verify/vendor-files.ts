import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import {
  type Patience,
  readSamples,
  readVendorResults,
  runSamples,
  type Sample,
  scoreVendor,
  type VendorResult,
  type VendorScore,
} from '../../verify/index.ts';
import { UsageError } from '../failure.ts';
import { readFileText } from '../input.ts';
import { onInterrupt } from '../run/interrupt.ts';
import type { VerifyFlags, VerifyOutput } from './flags.ts';
import { keeping } from './keeping.ts';
import { save } from './measure-host.ts';
import { ProgressLine } from './progress.ts';
import { hostOf, type Measured, referenceOf } from './sides.ts';
import { missed } from './verdict.ts';

/** Scores recorded results of Moonshot's vendor verifier, without a network. Returns the exit code. */
export function scoreFiles(flags: VerifyFlags, output: VerifyOutput): number {
  const results = readVendorResults(readFileText(flags.results!));
  return tell(results, recordedReference(flags), flags, output);
}

/** Sends samples of the vendor verifier and scores what comes. Returns the exit code. */
export async function sendSamples(
  flags: VerifyFlags,
  env: NodeJS.ProcessEnv,
  output: VerifyOutput,
): Promise<number> {
  const bare = await hostOf(flags, env);
  const text = readFileText(flags.samples!);
  const path = flags.resultsFile ?? 'results.jsonl';
  const stop = new AbortController();
  const release = onInterrupt(() => stop.abort());
  try {
    const host = await sendTo(bare, text, path, flags, output, stop.signal);
    let reference: readonly VendorResult[] | undefined = recordedReference(flags);
    let whole = host.whole;
    if (flags.reference !== undefined && !stop.signal.aborted) {
      const official = await referenceOf(flags, bare.info.model, env);
      const beside = path.replace(/(\.jsonl)?$/, '.reference.jsonl');
      const sent = await sendTo(official, text, beside, flags, output, stop.signal);
      reference = sent.results;
      whole &&= sent.whole;
    }
    const code = tell(host.results, reference, flags, output);
    if (whole) return code;
    output.err(
      `Not all samples were sent. To go on, start the same command again; what came is in ${path}.\n`,
    );
    return 130;
  } finally {
    release();
  }
}

async function sendTo(
  { asked, info }: Measured,
  text: string,
  path: string,
  flags: VerifyFlags,
  output: VerifyOutput,
  signal: AbortSignal,
): Promise<{ readonly results: readonly VendorResult[]; readonly whole: boolean }> {
  const samples = readSamples(text, info.model);
  const { results, lines } = readBefore(path, samples);
  save(path, lines.map((line) => `${line}\n`).join(''));
  output.err(
    `${samples.length - results.length} of ${samples.length} samples to ${info.model} at ${info.where}; results go into ${path}.\n`,
  );
  const progress = new ProgressLine(output, 'samples');
  const patience: Patience = flags.timeout === undefined ? {} : { answerMs: flags.timeout * 1000 };
  try {
    const whole = await runSamples({
      ...patience,
      samples,
      asked,
      signal,
      known: new Set(results.map(({ data_index: index }) => index)),
      onResult(result) {
        results.push(result);
        keeping(path, () => appendFileSync(path, lineOf(result)));
      },
      onProgress: (state) => progress.show(state),
      ...(flags.concurrency !== undefined && { concurrency: flags.concurrency }),
    });
    return { results, whole };
  } finally {
    progress.hide();
  }
}

/** What an earlier run got, as it stands there; without what failed and a last line that was cut in two. */
function readBefore(path: string, samples: readonly Sample[]): { results: VendorResult[]; lines: string[] } {
  if (!existsSync(path)) return { results: [], lines: [] };
  const text = readFileSync(path, 'utf8');
  const lines = text
    .split('\n')
    .slice(0, -1)
    .filter((line) => line.trim() !== '');
  const before = readVendorResults(lines.join('\n'));
  const requests = new Map(samples.map(({ index, request }) => [index, JSON.stringify(request)]));
  const other = before.find(
    ({ data_index: index, request }) => requests.get(index) !== JSON.stringify(request),
  );
  if (other || (lines.length === 0 && text.trim() !== '')) {
    throw new UsageError(
      `${path} holds results of other samples or of another model${other ? ` (sample ${other.data_index})` : ''}: give another file with --results-file.`,
    );
  }
  const isGood = (position: number) => before[position]!.status === 'success';
  return {
    results: before.filter((_, position) => isGood(position)),
    lines: lines.filter((_, position) => isGood(position)),
  };
}

function recordedReference({ referenceResults }: VerifyFlags): VendorResult[] | undefined {
  return referenceResults === undefined ? undefined : readVendorResults(readFileText(referenceResults));
}

function lineOf(result: VendorResult): string {
  return `${JSON.stringify(result)}\n`;
}

function tell(
  results: readonly VendorResult[],
  reference: readonly VendorResult[] | undefined,
  flags: VerifyFlags,
  output: VerifyOutput,
): number {
  const score = scoreVendor(results, reference);
  output.out(flags.json ? `${JSON.stringify(score, null, 2)}\n` : scoreText(score));
  const failed = missed([
    {
      flag: '--min-schema-accuracy',
      what: 'schema_accuracy',
      least: flags.minSchemaAccuracy,
      reached: score.schema_accuracy,
    },
    { flag: '--min-f1', what: 'tool_call_f1', least: flags.minF1, reached: score.tool_call_f1 },
  ]);
  for (const words of failed) output.err(`perigee: ${words}\n`);
  return failed.length > 0 ? 1 : 0;
}

function scoreText(score: VendorScore): string {
  const percent = (value: number | null) => (value === null ? '–' : `${value} %`);
  const others = Object.entries(score.finish_others_detail).map(([reason, count]) => `${count} ${reason}`);
  return `${[
    `schema_accuracy  ${percent(score.schema_accuracy)} (${score.successful_tool_call_count} of ${score.finish_tool_calls} answers that ended with tool_calls)`,
    `tool_call_f1     ${percent(score.tool_call_f1)} (precision ${percent(score.tool_call_precision)}, recall ${percent(score.tool_call_recall)}; ${score.compared} compared with the reference)`,
    `answers          ${score.success_count}, failed ${score.failure_count}; ${score.finish_stop} stop, ${score.finish_tool_calls} tool_calls${others.length > 0 ? `, ${others.join(', ')}` : ''}`,
  ].join('\n')}\n`;
}
