import { approvalName, type RecordName } from '../../../durable/index.ts';
import { median, numberOf, objectsIn } from './figures.ts';
import type { ApprovalReport } from './session-report.ts';

/** Follows questions to their answers. */
export class ApprovalFigures {
  /** When something was delivered, by name: while nobody works on a session that is long before it is on record. */
  readonly #delivered = new Map<string, number>();
  /** When it was asked, by the name of the answer. */
  readonly #open = new Map<string, number>();
  readonly #times: number[] = [];
  #asked = 0;
  #approved = 0;
  #refused = 0;

  deliver(name: string, at: number): void {
    this.#delivered.set(name, at);
  }

  ask({ run, step = 0 }: RecordName, value: Record<string, unknown>, at: number): void {
    for (const call of objectsIn(value['calls'])) {
      this.#asked++;
      this.#open.set(approvalName(run, step, numberOf(call['index'])), at);
    }
  }

  /** Returns how long it was waited for. */
  answer(name: string, value: Record<string, unknown>, recordedAt: number): number {
    if (value['approved'] === true) this.#approved++;
    else this.#refused++;
    const askedAt = this.#open.get(name);
    this.#open.delete(name);
    if (askedAt === undefined) return 0;
    const ms = Math.max(0, (this.#delivered.get(name) ?? recordedAt) - askedAt);
    this.#times.push(ms);
    return ms;
  }

  /** The run has ended: what was not answered is nobody's business any more. */
  close(): void {
    this.#open.clear();
  }

  get report(): ApprovalReport {
    const open = [...this.#open.keys()].filter((name) => !this.#delivered.has(name)).length;
    return {
      asked: this.#asked,
      approved: this.#approved,
      refused: this.#refused,
      open,
      medianMs: median(this.#times),
      longestMs: this.#times.length === 0 ? undefined : this.#times.reduce((a, b) => Math.max(a, b)),
    };
  }
}
