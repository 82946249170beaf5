import { isJsonObject, type JournalRecord } from '../../../core/index.ts';
import { type RecordName, readRecordName, type SessionEntry, stepPath } from '../../../durable/index.ts';
import { ApprovalFigures } from './approval-figures.ts';
import { BillFigures } from './bill-figures.ts';
import { numberOf, textIn } from './figures.ts';
import type { LimitReport, RunReport, SessionReport } from './session-report.ts';
import { StepFigures } from './step-figures.ts';
import { ToolFigures } from './tool-figures.ts';

/** Limits that are listed; a session of a thousand runs may reach one in each. */
const MOST_LIMITS = 50;

type Run = { -readonly [K in keyof RunReport]: RunReport[K] };

/**
 * Makes the report of a session, one entry at a time: it keeps figures and no texts but a line of each different failure.
 * Records that it does not know, and fields that are not what they should be, are counted and no more.
 */
export class ReportReader {
  readonly #bill = new BillFigures();
  readonly #tools = new ToolFigures();
  readonly #steps = new StepFigures();
  readonly #approvals = new ApprovalFigures();
  readonly #runs = new Map<number, Run>();
  readonly #limits: LimitReport[] = [];
  #firstAt: number | undefined;
  #lastAt: number | undefined;
  #counts = { records: 0, steps: 0, calls: 0, queued: 0, restarts: 0 };
  /** Which process began the last effect, and in which run. */
  #worker: { readonly run: number; readonly process: string } | undefined;

  push(entry: SessionEntry): void {
    if ('queued' in entry) this.#counts.queued++;
    else if ('delivered' in entry) this.#approvals.deliver(entry.delivered.name, entry.delivered.at);
    else this.#record(entry);
  }

  #record({ name, at, value }: JournalRecord): void {
    this.#counts.records++;
    this.#firstAt ??= at;
    this.#lastAt = at;
    const fields = isJsonObject(value) ? value : {};
    const place = readRecordName(name);
    if (place) this.#ofRun(place, fields, at, name);
    else if (/^settings(-\d+)?$/.test(name)) this.#bill.settings(fields);
  }

  #ofRun(place: RecordName, value: Record<string, unknown>, at: number, name: string): void {
    switch (place.part) {
      case 'prompt':
        this.#runOf(place.run);
        break;
      case 'turn':
        this.#turn(place, value, at);
        break;
      case 'approvals':
        this.#approvals.ask(place, value, at);
        break;
      case 'approval':
        this.#steps.waited(this.#approvals.answer(name, value, at));
        break;
      case 'call':
        this.#counts.calls++;
        this.#tools.add(value, name);
        this.#steps.call(numberOf(value['ms']), at);
        break;
      case 'end':
        this.#end(place, value);
        break;
      default:
        if (place.part.startsWith('begin-')) this.#begin(place.run, textIn(value['process']));
    }
  }

  #turn(place: RecordName, value: Record<string, unknown>, at: number): void {
    const limit = isJsonObject(value['limit']) ? value['limit'] : undefined;
    const { run, step = 0 } = place;
    if (limit && this.#limits.length < MOST_LIMITS) {
      const [kind, explanation] = [textIn(limit['kind']), textIn(limit['explanation'])];
      this.#limits.push({ place: stepPath(run, step), kind, explanation });
    }
    // A bound was reached and there was no room for a last answer: nobody was asked.
    if (limit && !isJsonObject(value['turn'])) return;
    this.#counts.steps++;
    this.#runOf(run).steps++;
    this.#steps.turn(place, value, at);
    this.#bill.turn(value);
  }

  #end({ run }: RecordName, value: Record<string, unknown>): void {
    this.#steps.close();
    this.#approvals.close();
    const entry = this.#runOf(run);
    entry.finishReason = textIn(value['finishReason']);
    entry.explanation = textIn(value['explanation']);
  }

  #begin(run: number, process: string): void {
    if (process === '') return;
    if (this.#worker?.run === run && this.#worker.process !== process) this.#counts.restarts++;
    this.#worker = { run, process };
  }

  #runOf(run: number): Run {
    let entry = this.#runs.get(run);
    if (!entry) {
      entry = { run, steps: 0, finishReason: undefined, explanation: undefined };
      this.#runs.set(run, entry);
    }
    return entry;
  }

  report(): SessionReport {
    this.#steps.close();
    return {
      models: this.#bill.models,
      firstAt: this.#firstAt,
      lastAt: this.#lastAt,
      ...this.#counts,
      runs: [...this.#runs.values()],
      time: this.#steps.time,
      ...this.#bill.report,
      tools: this.#tools.tools,
      limits: this.#limits,
      approvals: this.#approvals.report,
      failures: this.#tools.failures,
      otherFailures: this.#tools.otherFailures,
      longest: this.#steps.longest,
    };
  }
}
