import type { FindingCode } from './finding-data.ts';
import type { IdForm } from './ids.ts';
import type { MeasureName } from './measure-data.ts';

/** A finding in one answer. */
export interface Fault {
  readonly code: FindingCode;
  /** What was seen, in a few words; may hold what a model or host wrote. */
  readonly detail: string;
}

/** What is to be said of one answer. */
export class Verdict {
  /** Whether it called, against whether it should have. Absent: does not count. */
  trigger: 'true-positive' | 'false-positive' | 'false-negative' | 'true-negative' | undefined;
  readonly marks = new Map<MeasureName, boolean>();
  readonly faults: Fault[] = [];
  readonly idForms: IdForm[] = [];

  /** One bad mark spoils a measure for this answer. */
  mark(measure: MeasureName, good: boolean): void {
    this.marks.set(measure, (this.marks.get(measure) ?? true) && good);
  }

  /** The first of each kind is enough as an example. */
  fault(code: FindingCode, detail: string): void {
    if (!this.faults.some((fault) => fault.code === code)) this.faults.push({ code, detail });
  }
}
