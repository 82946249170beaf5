import { type RecordName, stepPath } from '../../../durable/index.ts';
import { numberOf, objectsIn, textIn } from './figures.ts';
import type { StepReport, WorkTime } from './session-report.ts';

/** Steps that are shown as the longest ones. */
const LONGEST = 5;

interface OpenStep {
  readonly place: string;
  readonly modelMs: number;
  readonly tools: readonly string[];
  readonly turnAt: number;
  lastCallAt: number;
  /** Of all its calls. */
  ms: number;
  waitedMs: number;
}

/** Where the time of the steps went. */
export class StepFigures {
  #step: OpenStep | undefined;
  #longest: StepReport[] = [];
  #time: WorkTime = { modelMs: 0, callsMs: 0, waitedMs: 0 };

  turn({ run, step = 0 }: RecordName, value: Record<string, unknown>, at: number): void {
    this.close();
    const tools = new Set(objectsIn(value['calls']).map((call) => textIn(call['name'])));
    const modelMs = numberOf(value['durationMs']);
    const place = stepPath(run, step);
    this.#step = { place, modelMs, tools: [...tools], turnAt: at, lastCallAt: at, ms: 0, waitedMs: 0 };
  }

  call(ms: number, at: number): void {
    if (!this.#step) return;
    this.#step.ms += ms;
    this.#step.lastCallAt = at;
  }

  /** Several calls may wait at the same time. */
  waited(ms: number): void {
    if (this.#step) this.#step.waitedMs = Math.max(this.#step.waitedMs, ms);
  }

  close(): void {
    const step = this.#step;
    this.#step = undefined;
    if (!step) return;
    const { place, modelMs, tools, waitedMs } = step;
    // Calls side by side took less than their sum, and while the process was dead none ran.
    const callsMs = Math.max(0, Math.min(step.ms, step.lastCallAt - step.turnAt));
    const ms = modelMs + callsMs + waitedMs;
    const { modelMs: model, callsMs: calls, waitedMs: waited } = this.#time;
    this.#time = { modelMs: model + modelMs, callsMs: calls + callsMs, waitedMs: waited + waitedMs };
    this.#longest.push({ place, ms, modelMs, callsMs, waitedMs, tools });
    this.#longest.sort((a, b) => b.ms - a.ms);
    this.#longest.length = Math.min(this.#longest.length, LONGEST);
  }

  get longest(): readonly StepReport[] {
    return this.#longest.filter(({ ms }) => ms > 0);
  }

  get time(): WorkTime {
    return this.#time;
  }
}
