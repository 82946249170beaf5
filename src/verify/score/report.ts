import type { Prices } from '../../core/index.ts';
import { CATEGORIES, type VerifyCase } from '../case.ts';
import type { Observation, Side } from '../wire/seen.ts';
import { type JudgeContext, judge, type Thresholds } from './judge.ts';
import { differenceOf } from './pairs.ts';
import { type Speed, speedOf } from './speed.ts';
import { type CategoryReport, type Finding, type Measure, Tally } from './tally.ts';

/** Who was asked. */
export interface SideInfo {
  readonly side: Side;
  /** The address, without key and query. */
  readonly where: string;
  readonly model: string;
  readonly prices?: Prices;
}

/** What is to be said of one host. */
export interface SideReport {
  readonly side: Side;
  readonly where: string;
  readonly model: string;
  /** Answers and failures that were counted. */
  readonly answers: number;
  readonly measures: readonly Measure[];
  readonly findings: readonly Finding[];
  readonly categories: readonly CategoryReport[];
  readonly idForms: { readonly [form: string]: number };
  readonly finishReasons: { readonly [reason: string]: number };
  readonly speed: Speed;
}

export interface ReportOptions extends Thresholds {
  readonly cases: readonly VerifyCase[];
  readonly observations: readonly Observation[];
  readonly sides: readonly SideInfo[];
}

/** A measure of two sides, and by how many points the second is better. */
export interface Difference {
  readonly name: Measure['name'];
  readonly title: string;
  readonly bare: number | null;
  readonly through: number | null;
  readonly points: number | null;
}

/** The reports of all sides that were asked. Where a reference was, it says what should have been called. */
export function reportOf(options: ReportOptions): SideReport[] {
  const { sides, observations } = options;
  const hasReference = sides.some(({ side }) => side === 'reference');
  const reference = hasReference
    ? new Map(of(observations, 'reference').map((seen) => [placeOf(seen), seen]))
    : undefined;
  return sides.map((info) => reportOfSide(info, options, info.side === 'reference' ? undefined : reference));
}

/** What the gateway changes, measure by measure. */
export function differences(bare: SideReport, through: SideReport): Difference[] {
  return bare.measures.map(({ name, title, percent }) => {
    const other = through.measures.find((measure) => measure.name === name)?.percent ?? null;
    const points = percent === null || other === null ? null : Math.round((other - percent) * 100) / 100;
    return { name, title, bare: percent, through: other, points };
  });
}

function reportOfSide(
  info: SideInfo,
  options: ReportOptions,
  reference: ReadonlyMap<string, Observation> | undefined,
): SideReport {
  const cases = new Map(options.cases.map((asked) => [asked.id, asked]));
  const seen = of(options.observations, info.side).filter((observation) => cases.has(observation.case));
  const byPlace = new Map(seen.map((observation) => [placeOf(observation), observation]));
  const all = new Tally();
  const categories = new Map(CATEGORIES.map((category) => [category, new Tally()]));
  const idForms: { [form: string]: number } = {};
  const finishReasons: { [reason: string]: number } = {};
  for (const observation of seen) {
    const asked = cases.get(observation.case)!;
    const context: JudgeContext = {
      ...thresholdsOf(options),
      usedIds: usedIds(observation, asked, byPlace),
      ...(reference && { reference: calledThere(reference.get(placeOf(observation))) }),
    };
    const verdict = judge(observation, asked, context);
    for (const tally of [all, categories.get(asked.category)!]) tally.add(verdict, observation);
    for (const form of verdict.idForms) idForms[form] = (idForms[form] ?? 0) + 1;
    if (observation.answer) {
      const reason = observation.answer.finishReason ?? 'none';
      finishReasons[reason] = (finishReasons[reason] ?? 0) + 1;
    }
    comparePair(observation, byPlace, [all, categories.get(asked.category)!]);
  }
  return {
    side: info.side,
    where: info.where,
    model: info.model,
    answers: seen.length,
    measures: all.measures(),
    findings: all.findings(),
    categories: [...categories].flatMap(([category, tally]) =>
      tally.answers === 0 ? [] : [{ category, answers: tally.answers, measures: tally.measures() }],
    ),
    idForms,
    finishReasons,
    speed: speedOf(seen, info.prices),
  };
}

function thresholdsOf({ firstEventMs, silenceMs }: Thresholds): Thresholds {
  return {
    ...(firstEventMs !== undefined && { firstEventMs }),
    ...(silenceMs !== undefined && { silenceMs }),
  };
}

function of(observations: readonly Observation[], side: Side): Observation[] {
  return observations.filter((seen) => seen.side === side);
}

/** The same for two sides. */
function placeOf({
  case: id,
  mode,
  repeat,
  step,
}: Pick<Observation, 'case' | 'mode' | 'repeat' | 'step'>): string {
  return [id, mode, repeat, step].join(' ');
}

function usedIds(
  seen: Observation,
  asked: VerifyCase,
  byPlace: ReadonlyMap<string, Observation>,
): Set<string> {
  const used = new Set<string>();
  for (const message of asked.messages) {
    if (message.role === 'assistant') for (const { id } of message.calls ?? []) used.add(id);
  }
  if (seen.step > 0) {
    const first = byPlace.get(placeOf({ ...seen, step: 0 }));
    for (const { id } of first?.answer?.calls ?? []) if (id !== undefined) used.add(id);
  }
  return used;
}

/** Whether the official host called, by what its finish reason said and what came. */
function calledThere(reference: Observation | undefined): boolean | 'unknown' {
  if (!reference?.answer || reference.problem) return 'unknown';
  return reference.answer.calls.length > 0;
}

function comparePair(
  seen: Observation,
  byPlace: ReadonlyMap<string, Observation>,
  tallies: readonly Tally[],
): void {
  if (seen.mode !== 'stream' || seen.step !== 0) return;
  const whole = byPlace.get(placeOf({ ...seen, mode: 'whole' }));
  // What did not answer at all is counted elsewhere.
  if (!whole || seen.problem || whole.problem) return;
  const difference = differenceOf(seen, whole);
  for (const tally of tallies) {
    tally.mark('same', difference === undefined);
    if (difference !== undefined)
      tally.fault('stream-differs', { case: seen.case, mode: 'both', detail: difference });
  }
}
