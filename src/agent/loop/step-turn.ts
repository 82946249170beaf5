import { type Message, NO_USAGE, PerigeeError, type QueuedMessage } from '../../core/index.ts';
import { type Begun, EagerCalls } from '../calls/eager.ts';
import type { CutPlan } from '../context/index.ts';
import { type Due, dueLimit, wrapUpMessage } from '../limits/due.ts';
import { callLimit } from '../limits/limits.ts';
import { nextTurn, outputRoom, spentSoFar } from '../limits/next-turn.ts';
import type { TurnRecord } from '../session/records.ts';
import { addBill } from './bill.ts';
import { type LoopContext, toolboxOf } from './context.ts';
import { type CutMade, makeCut } from './cut.ts';
import { judge } from './judge.ts';
import { planStep, type StepPlan, withRoom } from './plan.ts';
import { type Taken, takeTurn } from './take-turn.ts';
import { transcribe } from './transcript.ts';

/** A turn's record, and what is under way already though it is not on record. */
export interface StepTurn {
  readonly record: TurnRecord;
  readonly begun: ReadonlyMap<number, Begun>;
}

/** How often a prompt is cut because the host says that it is too long. */
const OVERFLOWS = 3;

/**
 * All that leads to a turn and the turn itself: what was put in line, which bound is reached, what is cut, what is asked,
 * the answer. It is one unit of work with one record, so a run that is resumed either has all of it or does it anew.
 */
export async function stepTurn(context: LoopContext, step: number): Promise<StepTurn> {
  const { state, limits } = context;
  const started = state.clock.now();
  const said = await readQueue(context);
  const due = dueNow(context, step);
  const wrapsUp = due?.hasRoom === true && limits.wrapUp;
  if (due) state.emit({ type: 'limit', step, ...due.limit, wrapUp: wrapsUp });
  const steered = wrapsUp ? [...said, wrapUpMessage(due.limit)] : said;
  state.add(steered);
  const told = { queueSeen: state.queueSeen, ...(steered.length > 0 && { steered }) };
  if (due && !wrapsUp) {
    const durationMs = state.clock.now() - started;
    return { record: { ...told, limit: due.limit, usage: NO_USAGE, cost: 0, durationMs }, begun: new Map() };
  }
  if (said.length > 0) state.emit({ type: 'steered', step, messages: said });
  const asked = await askCutting(context, step, due !== undefined);
  const { plan, taken, cut } = asked;
  const { turn, calls } = taken;
  const transcript = transcribe(turn, calls.claim, plan.toolbox);
  const begun = await state.cancellation.race(calls.begun());
  if (judge(turn) !== 'act') calls.drop();
  const { usage, cost } = cut?.bill ? addBill(taken.bill, cut.bill) : taken.bill;
  const { toolNames, toolChoice } = plan;
  const record: TurnRecord = {
    ...told,
    ...(due && { limit: due.limit }),
    ...(cut && { cut: cut.cut, ...(cut.summary && { summary: cut.summary }) }),
    model: plan.model.id,
    ...(toolNames && { tools: toolNames }),
    ...(toolChoice !== undefined && { toolChoice }),
    turn,
    ...transcript,
    usage,
    ...(cost !== undefined && { cost }),
    durationMs: state.clock.now() - started,
  };
  return { record, begun };
}

/** Which bound ends the run with this turn, if one does. */
function dueNow(context: LoopContext, step: number): Due | undefined {
  const { state, limits } = context;
  return dueLimit(limits, {
    steps: step,
    ...spentSoFar(context),
    elapsedMs: state.elapsedMs,
    repeating: state.repeats.isOver,
    next: nextTurn(context),
  });
}

/** Asks, with less of the history where that is due or the host says so. */
async function askCutting(
  context: LoopContext,
  step: number,
  isLast: boolean,
): Promise<{ plan: StepPlan; taken: Taken; cut: CutMade | undefined }> {
  const { state } = context;
  let cut = await cutBy(state.context.plan(), context, step, isLast, undefined);
  for (let overflows = 0; ; overflows++) {
    const plan = await planned(context, step, isLast);
    if (overflows === 0) state.emit({ type: 'step-start', step, model: plan.model.id });
    try {
      return { plan, taken: await taken(context, plan, step, isLast), cut };
    } catch (error) {
      const isTooLong = error instanceof PerigeeError && error.code === 'context-too-long';
      const further = isTooLong && overflows < OVERFLOWS ? state.context.overflowed() : undefined;
      if (!further) throw error;
      cut = await cutBy(further, context, step, isLast, cut);
    }
  }
}

async function cutBy(
  cut: CutPlan | undefined,
  context: LoopContext,
  step: number,
  isLast: boolean,
  before: CutMade | undefined,
): Promise<CutMade | undefined> {
  if (!cut) return before;
  return makeCut(cut, () => planned(context, step, isLast), context, step, before);
}

function planned(context: LoopContext, step: number, isLast: boolean): Promise<StepPlan> {
  const { options, cacheKey, state, limits } = context;
  const room = outputRoom(limits, spentSoFar(context), nextTurn(context), isLast);
  // Where a limit says that there is room, there is some for an answer.
  const maxTokens = room === undefined ? undefined : Math.max(1, room);
  return planStep({ options, toolbox: toolboxOf(context), cacheKey, state, step, isLast, maxTokens });
}

function taken(context: LoopContext, plan: StepPlan, step: number, isLast: boolean): Promise<Taken> {
  const { state, limits, options } = context;
  const next = nextTurn(context);
  const mayExecute = (name: string, earlier: number) =>
    (state.executions.get(name) ?? 0) + earlier < callLimit(limits, name);
  const policy = options.approval ?? 'auto';
  const setting = { state, limits, toolbox: plan.toolbox, policy, step, mayExecute };
  const again = () => withRoom(plan, outputRoom(limits, spentSoFar(context), next, isLast));
  return takeTurn(plan, again, state, step, limits, (writing) => {
    // In a turn in which nothing may be called nothing starts early either.
    return new EagerCalls(setting, writing, plan.toolChoice === 'none');
  });
}

/** What was put in line for the model to read now. */
async function readQueue({ state }: LoopContext): Promise<Message[]> {
  const queued = await state.journal.session.queued(state.queueSeen);
  state.queueSeen += queued.length;
  return messagesFor('now', queued);
}

export function messagesFor(when: QueuedMessage['when'], queued: readonly QueuedMessage[]): Message[] {
  return queued.filter((entry) => entry.when === when).map((entry) => entry.message);
}
