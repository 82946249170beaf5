import type { Category } from '../case.ts';
import { FINDING_CODES, FINDINGS, type FindingCode } from './finding-data.ts';
import { MEASURE_NAMES, MEASURES, type MeasureName } from './measure-data.ts';
import type { Verdict } from './verdict.ts';

/** A share of answers. */
export interface Measure {
  readonly name: MeasureName;
  readonly title: string;
  readonly good: number;
  readonly of: number;
  /** From 0 to 100, rounded down so that 100 means all; null where nothing could be told. */
  readonly percent: number | null;
}

/** Something that is wrong, with an example. */
export interface Finding {
  readonly code: FindingCode;
  readonly title: string;
  readonly severity: 'fault' | 'note';
  /** Answers in which it was seen, of all. */
  readonly count: number;
  readonly of: number;
  readonly remedy: string;
  readonly example: { readonly case: string; readonly mode: string; readonly detail: string };
  /** All cases in which it was seen. */
  readonly cases: readonly string[];
}

interface Counted {
  good: number;
  of: number;
}

interface Found {
  count: number;
  readonly example: Finding['example'];
  readonly cases: Set<string>;
}

/** Adds verdicts up. */
export class Tally {
  answers = 0;
  readonly #marks = new Map<MeasureName, Counted>();
  readonly #found = new Map<FindingCode, Found>();
  #truePositives = 0;
  #falsePositives = 0;
  #falseNegatives = 0;

  add(verdict: Verdict, { case: id, mode }: { readonly case: string; readonly mode: string }): void {
    this.answers++;
    for (const [measure, good] of verdict.marks) this.mark(measure, good);
    for (const { code, detail } of verdict.faults) this.fault(code, { case: id, mode, detail });
    if (verdict.trigger === 'true-positive') this.#truePositives++;
    if (verdict.trigger === 'false-positive') this.#falsePositives++;
    if (verdict.trigger === 'false-negative') this.#falseNegatives++;
  }

  mark(measure: MeasureName, good: boolean): void {
    const counted = this.#marks.get(measure) ?? { good: 0, of: 0 };
    if (good) counted.good++;
    counted.of++;
    this.#marks.set(measure, counted);
  }

  fault(code: FindingCode, example: Finding['example']): void {
    const found = this.#found.get(code) ?? { count: 0, example, cases: new Set<string>() };
    found.count++;
    found.cases.add(example.case);
    this.#found.set(code, found);
  }

  measures(): Measure[] {
    return MEASURE_NAMES.map((name) => {
      const { good, of } = this.#counted(name);
      return { name, title: MEASURES[name], good, of, percent: percentOf(good, of) };
    });
  }

  findings(): Finding[] {
    return FINDING_CODES.flatMap((code) => {
      const found = this.#found.get(code);
      if (!found) return [];
      const { count, example, cases } = found;
      return [{ code, ...FINDINGS[code], count, of: this.answers, example, cases: [...cases] }];
    });
  }

  #counted(name: MeasureName): Counted {
    const hits = this.#truePositives;
    const all = { precision: hits + this.#falsePositives, recall: hits + this.#falseNegatives };
    if (name === 'precision' || name === 'recall') return { good: hits, of: all[name] };
    // 2PR / (P + R), written with whole numbers.
    if (name === 'f1') return { good: 2 * hits, of: 2 * hits + this.#falsePositives + this.#falseNegatives };
    return this.#marks.get(name) ?? { good: 0, of: 0 };
  }
}

/** A share in percent with two digits, rounded down. */
export function percentOf(good: number, of: number): number | null {
  return of === 0 ? null : Math.floor((good / of) * 10_000 + 1e-9) / 100;
}

/** The measures of one category. */
export interface CategoryReport {
  readonly category: Category;
  readonly answers: number;
  readonly measures: readonly Measure[];
}
