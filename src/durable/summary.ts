import type { ApprovalRequest } from '../agent/index.ts';
import { approvalName, readRecordName } from '../agent/index.ts';
import { isJsonObject } from '../core/index.ts';

/** A call that waits for a person to say yes or no. */
export interface WaitingCall extends ApprovalRequest {
  /** Under which name the answer is to be delivered. */
  readonly approval: string;
  readonly run: number;
}

/** What there is to say about a session without reading it. */
export interface SessionSummary {
  readonly createdAt: number | undefined;
  /** When something was last recorded. */
  readonly lastAt: number | undefined;
  readonly records: number;
  readonly runs: number;
  /** Turns of the model, over all runs. */
  readonly steps: number;
  /** Calls with a result, over all runs. */
  readonly calls: number;
  /** US dollars of the turns whose cost is known; undefined when that is none. */
  readonly cost: number | undefined;
  readonly model: string | undefined;
  /** A run has begun and not ended. */
  readonly isUnfinished: boolean;
  /** Why the last run ended; undefined while it has not. */
  readonly finishReason: string | undefined;
  readonly waiting: readonly WaitingCall[];
  /** Messages that were put in line, delivered or not. */
  readonly queued: number;
  readonly forkedFrom: string | undefined;
  /** Where it goes on; no run goes on with it here. Undefined: it goes on here. */
  readonly closedFor?: string;
}

/** What of a record a summary is made of. Of turns `cost` and `model` are enough, of calls the name. */
export interface SummaryRow {
  readonly at: number;
  readonly name: string;
  readonly value?: unknown;
}

/** What stands beside the records. */
export interface SummaryExtras {
  readonly createdAt?: number;
  readonly forkedFrom?: string;
  readonly closedFor?: string;
  readonly queued: number;
  /** The names under which something was delivered. */
  readonly delivered: Iterable<string>;
}

/** Sums a session up. Records with names or values that are not known here are counted and no more. */
export function summarise(rows: Iterable<SummaryRow>, extras: SummaryExtras): SessionSummary {
  const answered = new Set(extras.delivered);
  const asked: WaitingCall[] = [];
  const runs = new Set<number>();
  let [records, steps, calls] = [0, 0, 0];
  let lastAt: number | undefined;
  let cost: number | undefined;
  let model: string | undefined;
  let finishReason: string | undefined;
  let isUnfinished = false;
  for (const { at, name, value } of rows) {
    records++;
    lastAt = at;
    const place = readRecordName(name);
    if (!place) continue;
    runs.add(place.run);
    const fields = isJsonObject(value) ? value : {};
    isUnfinished = place.part !== 'end';
    if (isUnfinished) finishReason = undefined;
    switch (place.part) {
      case 'prompt':
      case 'turn':
        if (typeof fields['model'] === 'string') model = fields['model'];
        if (typeof fields['cost'] === 'number') cost = (cost ?? 0) + fields['cost'];
        if (place.part === 'turn') steps++;
        break;
      case 'call':
        calls++;
        // Whoever has a result waits for nothing, approved or not.
        if (place.step !== undefined) answered.add(approvalName(place.run, place.step, place.call ?? 0));
        break;
      case 'approval':
        answered.add(name);
        break;
      case 'approvals':
        asked.push(...askedCalls(place.run, place.step, fields));
        break;
      case 'end':
        if (typeof fields['finishReason'] === 'string') finishReason = fields['finishReason'];
        // What an ended run still waited for is nobody's business any more.
        asked.length = 0;
    }
  }
  return {
    createdAt: extras.createdAt,
    forkedFrom: extras.forkedFrom,
    ...(extras.closedFor !== undefined && { closedFor: extras.closedFor }),
    queued: extras.queued,
    lastAt,
    records,
    runs: runs.size,
    steps,
    calls,
    cost,
    model,
    isUnfinished,
    finishReason,
    waiting: asked.filter(({ approval }) => !answered.has(approval)),
  };
}

/** The calls that a record of approvals asks about. */
export function askedCalls(
  run: number,
  step: number | undefined,
  fields: Record<string, unknown>,
): WaitingCall[] {
  const calls = fields['calls'];
  if (step === undefined || !Array.isArray(calls)) return [];
  return calls.filter(isJsonObject).flatMap((call) => {
    const { index, id, name, arguments: text, preview } = call;
    if (typeof index !== 'number') return [];
    return {
      approval: approvalName(run, step, index),
      run,
      step,
      index,
      id: String(id),
      name: String(name),
      arguments: String(text),
      ...(typeof preview === 'string' && { preview }),
    };
  });
}
