import { approvalName, readRecordName } from '../agent/index.ts';
import { isJsonObject } from '../core/index.ts';
import { askedCalls, type SessionSummary, type SummaryExtras, type WaitingCall } from './summary.ts';

/**
 * What a summary says of records, kept up to date with each of them, so that nobody has to read them for it. Plain JSON;
 * immutable. The same as `summarise` for records in an order that the agent loop writes.
 */
export interface Tally {
  /** Of this form; one of another form is made anew from the records. */
  readonly form: 1;
  readonly records: number;
  readonly lastAt: number | undefined;
  /** Runs so far, and the last one. */
  readonly runs: number;
  readonly lastRun: number;
  readonly steps: number;
  readonly calls: number;
  readonly cost: number | undefined;
  readonly model: string | undefined;
  readonly isUnfinished: boolean;
  readonly finishReason: string | undefined;
  /** Calls that wait for a person, as far as the records say. */
  readonly asked: readonly WaitingCall[];
  /** Approvals on record of the step that is under way. */
  readonly answered: readonly string[];
}

export const NO_TALLY: Tally = {
  form: 1,
  records: 0,
  lastAt: undefined,
  runs: 0,
  lastRun: -1,
  steps: 0,
  calls: 0,
  cost: undefined,
  model: undefined,
  isUnfinished: false,
  finishReason: undefined,
  asked: [],
  answered: [],
};

/** The tally with one more record. */
export function tallied(tally: Tally, name: string, at: number, value: unknown): Tally {
  const counted = { ...tally, records: tally.records + 1, lastAt: at };
  const place = readRecordName(name);
  if (!place) return counted;
  const fields = isJsonObject(value) ? value : {};
  const { run, step, call, part } = place;
  const next = {
    ...counted,
    runs: run > tally.lastRun ? tally.runs + 1 : tally.runs,
    lastRun: Math.max(run, tally.lastRun),
    isUnfinished: part !== 'end',
    finishReason: part !== 'end' ? undefined : tally.finishReason,
  };
  switch (part) {
    case 'prompt':
    case 'turn':
      if (typeof fields['model'] === 'string') next.model = fields['model'];
      if (typeof fields['cost'] === 'number') next.cost = (tally.cost ?? 0) + fields['cost'];
      return part === 'turn' ? { ...next, steps: tally.steps + 1, answered: [] } : next;
    case 'call':
      next.calls = tally.calls + 1;
      // Whoever has a result waits for nothing, approved or not.
      return step === undefined ? next : answered(next, approvalName(run, step, call ?? 0));
    case 'approval':
      return answered(next, name);
    case 'approvals': {
      const asked = askedCalls(run, step, fields).filter(
        ({ approval }) => !tally.answered.includes(approval),
      );
      return { ...next, asked: [...tally.asked, ...asked] };
    }
    case 'end':
      if (typeof fields['finishReason'] === 'string') next.finishReason = fields['finishReason'];
      // What an ended run still waited for is nobody's business any more.
      return { ...next, asked: [], answered: [] };
    default:
      return next;
  }
}

function answered(tally: Tally, approval: string): Tally {
  return {
    ...tally,
    asked: tally.asked.filter((call) => call.approval !== approval),
    answered: [...tally.answered, approval],
  };
}

/** A tally as it was kept; undefined for one of another form. */
export function readTally(text: string | null): Tally | undefined {
  if (text === null) return NO_TALLY;
  const tally = JSON.parse(text) as Tally;
  return tally.form === NO_TALLY.form ? { ...NO_TALLY, ...tally } : undefined;
}

/** The summary that a tally makes with what stands beside the records. */
export function summaryOf(tally: Tally, extras: SummaryExtras): SessionSummary {
  const { form: _, lastRun: __, asked, answered: ___, ...said } = tally;
  const delivered = new Set(extras.delivered);
  return {
    ...said,
    createdAt: extras.createdAt,
    forkedFrom: extras.forkedFrom,
    queued: extras.queued,
    waiting: asked.filter(({ approval }) => !delivered.has(approval)),
  };
}
