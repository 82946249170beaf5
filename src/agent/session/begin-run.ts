import { isJsonObject, type Message, PerigeeError, type Session } from '../../core/index.ts';
import type { Ending, RunState } from '../loop/run-state.ts';
import type { AgentOptions, RunOptions } from '../options.ts';
import { type Earlier, readEarlier } from './earlier.ts';
import { Journal } from './journal.ts';
import type { PromptRecord } from './records.ts';

/**
 * Sets a run up on its session: what was said before, which run it is, what it was given. Returns how it ended if there
 * is nothing left to do. Without a `prompt` the last run is gone on with.
 */
export async function beginRun(
  session: Session,
  prompt: readonly Message[] | undefined,
  { messages = [], toolChoice }: RunOptions,
  options: AgentOptions,
  state: RunState,
): Promise<Ending | undefined> {
  if (prompt !== undefined && !isHistory(prompt)) throw invalid('A prompt is a text or a list of messages.');
  if (!isHistory(messages)) throw invalid('messages must be a list of messages, each with a role.');
  state.journal = new Journal(session, 0);
  const earlier = await readEarlier(session, (result, record) => state.context.contentOf(result, record));
  const { runs, end } = earlier;
  if (runs > 0 && messages.length > 0) {
    throw invalid(`The session ${session.name} has a history: messages can only be given to a new one.`);
  }
  if (runs === 0 && prompt === undefined) {
    throw invalid(`There is nothing to go on with in the session ${session.name}.`, 'Run it with a prompt.');
  }
  state.addEarlier(earlier.messages);
  if (earlier.cut) state.context.apply(earlier.cut.plan, earlier.cut.summary);
  state.queueSeen = earlier.queueSeen;
  state.moreSeen = earlier.moreSeen;
  const isOpen = runs > 0 && end === undefined;
  const isAnswered = end?.finishReason === 'stop' && !(await hasUnread(session, earlier));
  if (prompt === undefined && isAnswered) {
    // It was answered: the same again, without asking anybody.
    state.journal = new Journal(session, runs - 1);
    state.addToBill({ usage: end.usage, cost: end.cost });
    return { finishReason: 'stop', explanation: end.explanation };
  }
  const run = isOpen ? runs - 1 : runs;
  if (isOpen) {
    state.asked = earlier.asked;
    state.begunBefore = earlier.begun;
    state.settled = earlier.settled;
  }
  // Somebody else's run is not dropped for a new prompt: it is told to the model where it stands.
  if (isOpen && prompt) {
    for (const message of prompt) await session.queue({ when: 'now', message });
    state.promptUntil = earlier.queueSeen + (await session.queued(earlier.queueSeen)).length;
  }
  state.journal = new Journal(session, run, isOpen ? () => resumed(session, state) : undefined);
  const { value: record } = await new Journal(session, run).step(
    'prompt',
    async (): Promise<PromptRecord> => {
      const choice = toolChoice ?? options.toolChoice;
      return {
        id: crypto.randomUUID(),
        messages: [...messages, ...(prompt ?? [])],
        ...(messages.length > 0 && { earlier: messages.length }),
        model: options.model.id,
        ...(choice !== undefined && { toolChoice: choice }),
      };
    },
  );
  state.runId = record.id;
  state.toolChoice = record.toolChoice;
  const { earlier: broughtAlong = 0 } = record;
  state.addEarlier(record.messages.slice(0, broughtAlong));
  state.add(record.messages.slice(broughtAlong));
  return undefined;
}

/** Whether somebody has said something since, such as a prompt that came when the run was at its end. */
async function hasUnread(session: Session, { queueSeen }: Earlier): Promise<boolean> {
  const queued = await session.queued(queueSeen);
  return queued.some(({ when }) => when === 'now');
}

function resumed(session: Session, state: RunState): void {
  const { usage, cost } = state.bill;
  state.emit({ type: 'resumed', session: session.name, steps: state.steps.length, usage, cost });
}

function isHistory(value: unknown): value is readonly Message[] {
  return (
    Array.isArray(value) &&
    value.every((message) => isJsonObject(message) && typeof message['role'] === 'string')
  );
}

function invalid(message: string, remedy?: string): PerigeeError {
  return new PerigeeError('invalid-options', message, remedy === undefined ? {} : { remedy });
}
