import type { Message, QueuedMessage } from '../../core/index.ts';
import { type Begun, EagerCalls } from '../calls/eager.ts';
import { type Due, dueLimit, wrapUpMessage } from '../limits/due.ts';
import { callLimit } from '../limits/limits.ts';
import { nextTurn, outputRoom, spentSoFar } from '../limits/next-turn.ts';
import type { TurnRecord } from '../session/records.ts';
import type { LoopContext } from './context.ts';
import { judge } from './judge.ts';
import { planStep, type StepPlan, withRoom } from './plan.ts';
import { takeTurn } from './take-turn.ts';
import { transcribe } from './transcript.ts';

/** A turn's record, and what is under way already though it is not on record. */
export interface StepTurn {
  readonly record: TurnRecord;
  readonly begun: ReadonlyMap<number, Begun>;
}

/**
 * All that leads to a turn and the turn itself: what was put in line, which bound is reached, what is asked, the answer.
 * It is one unit of work with one record, so a run that is resumed either has all of it or does it anew.
 */
export async function stepTurn(context: LoopContext, step: number): Promise<StepTurn> {
  const { state, limits, options } = context;
  const started = state.clock.now();
  const { queueSeen, said } = await readQueue(context);
  const next = nextTurn(context, said);
  const spent = spentSoFar(context);
  const due = dueLimit(limits, {
    steps: step,
    ...spent,
    elapsedMs: state.elapsedMs,
    repeating: state.repeats.isOver,
    next,
  });
  const isLast = due !== undefined;
  const wrapsUp = isLast && due.hasRoom && limits.wrapUp;
  if (due) state.emit({ type: 'limit', step, ...due.limit, wrapUp: wrapsUp });
  if (isLast && !wrapsUp) return ended(queueSeen, said, due, state.clock.now() - started);
  const added = due ? [...said, wrapUpMessage(due.limit)] : said;
  const room = (): number | undefined => outputRoom(limits, spentSoFar(context), next, isLast);
  const first = room();
  // Where a limit says that there is room, there is some for an answer.
  const maxTokens = first === undefined ? undefined : Math.max(1, first);
  const plan = await planStep({ ...context, step, added, isLast, maxTokens });
  state.emit({ type: 'step-start', step, model: plan.model.id });
  if (said.length > 0) state.emit({ type: 'steered', step, messages: said });
  const mayExecute = (name: string, earlier: number) =>
    (state.executions.get(name) ?? 0) + earlier < callLimit(limits, name);
  const policy = options.approval ?? 'auto';
  // A turn in which nothing may be called starts nothing early either.
  const { toolbox } = plan;
  const setting = { state, limits, toolbox, policy, step, mayExecute };
  const again = (): StepPlan | undefined => withRoom(plan, room());
  const taken = await takeTurn(plan, again, state, step, limits, (writing) => {
    return new EagerCalls(setting, writing, plan.toolChoice === 'none');
  });
  const { turn, bill, calls } = taken;
  const transcript = transcribe(turn, calls.claim, toolbox);
  const begun = await state.cancellation.race(calls.begun());
  if (judge(turn) !== 'act') calls.drop();
  const { usage, cost } = bill;
  const { toolNames, toolChoice } = plan;
  const record: TurnRecord = {
    queueSeen,
    ...(added.length > 0 && { steered: added }),
    ...(due && { limit: due.limit }),
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

/** What was put in line for the model to read now. */
async function readQueue({ state }: LoopContext): Promise<{ queueSeen: number; said: Message[] }> {
  const queued = await state.journal.session.queued(state.queueSeen);
  return { queueSeen: state.queueSeen + queued.length, said: messagesFor('now', queued) };
}

export function messagesFor(when: QueuedMessage['when'], queued: readonly QueuedMessage[]): Message[] {
  return queued.filter((entry) => entry.when === when).map((entry) => entry.message);
}

/** A bound was reached, and there is no room for a last answer. */
function ended(queueSeen: number, said: readonly Message[], { limit }: Due, durationMs: number): StepTurn {
  const record: TurnRecord = {
    queueSeen,
    ...(said.length > 0 && { steered: said }),
    limit,
    usage: { inputTokens: 0, cachedInputTokens: 0, outputTokens: 0 },
    cost: 0,
    durationMs,
  };
  return { record, begun: new Map() };
}
