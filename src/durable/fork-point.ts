import { readRecordName, stepPath } from '../agent/index.ts';
import { isJsonObject, type JournalRecord, PerigeeError } from '../core/index.ts';

/** Up to which record a session can be copied. */
export interface ForkPoint {
  /** The last record that goes along; 0: none. */
  readonly seq: number;
  /** The step in which it stands, as in `run-0/step-3`; undefined when no step goes along. */
  readonly step: string | undefined;
  /** What was asked for and is not in the copy, since a call in it has no result. */
  readonly cut: string | undefined;
}

interface Step {
  readonly path: string;
  readonly first: number;
  last: number;
  /** Calls of the turn without a result so far; undefined: there is no turn. */
  open: Set<unknown> | undefined;
}

/**
 * Finds where a session can be forked: after the step `at`, as `run-0/step-3` or as a number that counts the steps of all
 * runs from 0; without it, at its end. A step counts when its turn and the results of all its calls are on record; what
 * comes after the last such step is cut. Throws `invalid-options` for a step that there is not.
 */
export async function forkPoint(
  records: Iterable<JournalRecord> | AsyncIterable<JournalRecord>,
  at?: string,
): Promise<ForkPoint> {
  const steps: Step[] = [];
  let last = 0;
  for await (const record of records) {
    last = record.seq;
    note(steps, record);
  }
  if (at === undefined) {
    const end = steps.at(-1);
    if (!end || isWhole(end)) return { seq: last, step: end?.path, cut: undefined };
    return { seq: end.first - 1, step: steps.at(-2)?.path, cut: end.path };
  }
  const position = positionOf(steps, at);
  const step = steps[position]!;
  if (isWhole(step)) return { seq: step.last, step: step.path, cut: undefined };
  return { seq: step.first - 1, step: steps[position - 1]?.path, cut: step.path };
}

function note(steps: Step[], { seq, name, value }: JournalRecord): void {
  const place = readRecordName(name);
  if (place?.step === undefined) return;
  const path = stepPath(place.run, place.step);
  let step = steps.at(-1);
  if (step?.path !== path) steps.push((step = { path, first: seq, last: seq, open: undefined }));
  step.last = seq;
  if (place.part === 'turn') {
    const calls = isJsonObject(value) && Array.isArray(value['calls']) ? value['calls'] : [];
    step.open = new Set(calls.filter(isJsonObject).map(({ index }) => index));
  }
  if (place.part === 'call') step.open?.delete(place.call);
}

function isWhole({ open }: Step): boolean {
  return open?.size === 0;
}

function positionOf(steps: readonly Step[], at: string): number {
  const position = /^\d{1,9}$/.test(at) ? Number(at) : steps.findIndex(({ path }) => path === at);
  if (position >= 0 && position < steps.length) return position;
  const last = steps.at(-1)?.path;
  throw new PerigeeError('invalid-options', `The session has no step ${at}.`, {
    remedy:
      last === undefined
        ? 'It has no steps at all.'
        : `Give a number from 0 to ${steps.length - 1}, or a name as in ${last}, which is the last one.`,
  });
}
