import { PerigeeError, type ToolChoice } from '../../core/index.ts';
import type { Begun } from '../calls/eager.ts';
import { refusal } from '../calls/refusal.ts';
import { thrownMessage } from '../calls/result-text.ts';
import { serveCalls } from '../calls/serve-calls.ts';
import type { CallResult } from '../result.ts';
import { stepPart } from '../session/record-name.ts';
import type { MoreRecord, TurnRecord } from '../session/records.ts';
import { type LoopContext, toolboxOf } from './context.ts';
import { endingOf, judge, type Verdict } from './judge.ts';
import type { Ending, RunState } from './run-state.ts';
import { messagesFor, stepTurn } from './step-turn.ts';

/** How a step left the run: over, left off where it is, or to be gone on with. */
type Left = { readonly ending: Ending; readonly isOver: boolean } | undefined;

/**
 * Goes step by step until the model has answered or something ends the run. Throws what it cannot go on from.
 *
 * Everything that touches the world is a step of the journal under a name that is the same in every replay; all else
 * follows from what the steps gave. So a run that is resumed goes through the same code, and what is on record is not
 * done again. Steps are begun in an order that does not depend on what they give or how long they take, as engines
 * demand that check it.
 */
export async function runLoop(context: LoopContext): Promise<Left & object> {
  const { state } = context;
  for (let step = 0; ; step++) {
    state.cancellation.throwIfAborted();
    if (state.halted) return left(state);
    const ended = await runStep(context, step);
    if (!ended) continue;
    if (ended.isOver && ended.ending.finishReason === 'stop' && (await hasMore(state, step))) continue;
    return ended;
  }
}

/** One step: a turn of the model, its calls, and both in the history. */
async function runStep(context: LoopContext, step: number): Promise<Left> {
  const { state } = context;
  const started = state.clock.now();
  const begun = new Map<number, Begun>();
  try {
    return await runTurn(context, step, started, begun);
  } catch (error) {
    // Nothing is left running behind a run that ends.
    for (const { giveUp } of begun.values()) giveUp?.();
    throw error;
  }
}

async function runTurn(
  context: LoopContext,
  step: number,
  started: number,
  begun: Map<number, Begun>,
): Promise<Left> {
  const { state } = context;
  const { record, fresh } = await turnOf(context, step, begun);
  const { turn, limit } = record;
  if (!turn) return { ending: endingAt(limit!), isOver: true };
  const verdict = judge(turn);
  const served = await serve(context, record, verdict, begun, step);
  const { results } = served;
  // The time of tools counts as well, as far as it is on record: that of those side by side once.
  if (!fresh && !served.fresh) state.recordedMs += Math.max(0, ...results.map(({ ms }) => ms));
  state.endTurn(record, results, step);
  const { usage, cost } = record;
  const durationMs = fresh || served.fresh ? state.clock.now() - started : record.durationMs;
  state.steps.push({ index: step, turn, results, usage, cost, durationMs });
  state.writing = undefined;
  if (isMet(state.toolChoice, results)) state.toolChoice = 'auto';
  if (fresh || served.fresh) state.emit({ type: 'step-end', step, usage, cost, durationMs });
  if (limit) return { ending: endingAt(limit), isOver: true };
  if (verdict !== 'act') return { ending: endingOf(verdict, turn), isOver: true };
  state.cancellation.throwIfAborted();
  if (state.halted) return left(state);
  if (await stopWhen(context, step)) {
    return { ending: { finishReason: 'stopped', explanation: 'stopWhen ended the run.' }, isOver: true };
  }
  return undefined;
}

type TurnOf = { record: TurnRecord; fresh: boolean };

/** The turn of a step, new or from the record; what runs already is put into `begun`. */
async function turnOf(context: LoopContext, step: number, begun: Map<number, Begun>): Promise<TurnOf> {
  const { state } = context;
  const { value: record, fresh } = await state.journal.step(stepPart(step, 'turn'), async () => {
    const done = await stepTurn(context, step);
    for (const [index, call] of done.begun) begun.set(index, call);
    return done.record;
  });
  if (!fresh) state.replayTurn(record);
  return { record, fresh };
}

function serve(
  context: LoopContext,
  record: TurnRecord,
  verdict: Verdict,
  begun: ReadonlyMap<number, Begun>,
  step: number,
) {
  const { options, limits, whenWaiting, state } = context;
  const toolbox = toolboxOf(context);
  let forbidden: string | undefined;
  if (verdict !== 'act') forbidden = refusal.filtered();
  else if (record.toolChoice === 'none') forbidden = refusal.forbidden();
  const { tools, toolChoice } = record;
  return serveCalls(record.calls ?? [], {
    state,
    limits,
    plan: { toolbox: tools ? toolbox.only(tools) : toolbox, toolChoice },
    policy: options.approval ?? 'auto',
    onApproval: options.onApproval,
    whenWaiting,
    step,
    forbidden,
    begun,
  });
}

function endingAt({ kind, explanation }: { kind: Ending['finishReason']; explanation: string }): Ending {
  return { finishReason: kind, explanation };
}

function left(state: RunState): Left & object {
  const ending: Ending =
    state.halted === 'waiting'
      ? { finishReason: 'waiting', explanation: 'A call waits for an approval.' }
      : { finishReason: 'paused', explanation: 'The run was paused.' };
  return { ending, isOver: false };
}

/** Whether somebody has something more to say now that the model has answered. It is in the history then. */
async function hasMore(state: RunState, step: number): Promise<boolean> {
  const { value } = await state.journal.step(stepPart(step, 'more'), async (): Promise<MoreRecord> => {
    let queued = await state.journal.session.queued(state.moreSeen);
    if (queued.length <= Math.max(0, state.queueSeen - state.moreSeen)) {
      // Nothing more, it seems: the line is closed, then looked at once more, so that nobody gets into it unseen.
      state.control.shut(true);
      queued = await state.journal.session.queued(state.moreSeen);
    }
    // What was meant for before the next turn, and came during the last one, is said now.
    const late = queued.slice(Math.max(0, state.queueSeen - state.moreSeen));
    const messages = [...messagesFor('after', queued), ...messagesFor('now', late)];
    return { queueSeen: state.moreSeen + queued.length, messages };
  });
  state.control.shut(value.messages.length === 0);
  state.moreSeen = value.queueSeen;
  state.queueSeen = Math.max(state.queueSeen, value.queueSeen);
  state.add(value.messages);
  if (value.messages.length > 0) state.emit({ type: 'steered', step: step + 1, messages: value.messages });
  return value.messages.length > 0;
}

function isMet(choice: ToolChoice | undefined, results: readonly CallResult[]): boolean {
  if (choice === 'required') return results.some((result) => result.executed);
  if (typeof choice !== 'object') return false;
  return results.some((result) => result.executed && result.name === choice.name);
}

/** What the caller says to a step; recorded, so that a resumed run does not ask again. */
async function stopWhen({ options, state }: LoopContext, step: number): Promise<boolean> {
  const { stopWhen: ask } = options;
  if (!ask) return false;
  const { value } = await state.journal.step(stepPart(step, 'stop'), async () => {
    try {
      const answer = ask(state.info(step));
      return answer instanceof Promise ? await state.cancellation.race(answer) : answer;
    } catch (cause) {
      if (cause instanceof PerigeeError) throw cause;
      throw new PerigeeError('invalid-options', `stopWhen failed: ${thrownMessage(cause)}`, { cause });
    }
  });
  return value;
}
