import type { RunStatus, RunsClient, SessionCommand, SessionSummary } from '../../durable/index.ts';
import { resumeCommand } from '../sessions/place.ts';
import { mustGoOnHere, reach, type Store } from '../sessions/store.ts';
import { isDue, statusOf } from './with-runs.ts';

/** Tells a run something before its next turn, or when it has answered. Returns the exit code. */
export async function steerRun(
  id: string,
  text: string,
  when: 'now' | 'after',
  store: Store,
  client: RunsClient | undefined,
): Promise<number> {
  const message = { role: 'user', content: text } as const;
  const session = await reach(store, id);
  await mustGoOnHere(session, store);
  const status = client && (await statusOf(id, client));
  const isQueued = client !== undefined && isDue(status);
  if (isQueued) await client.steer(id, message, when);
  else await session.queue({ when, message });
  const isOver = !isQueued && !(await session.owner());
  process.stdout.write(
    when === 'now' ? `Told ${id}, for its next turn.\n` : `Told ${id}, for when it has answered.\n`,
  );
  if (isOver) {
    process.stderr.write(
      `Nobody works on it now. Its next run hears it: ${resumeCommand(id, store.place, status !== undefined)}\n`,
    );
  }
  return 0;
}

/** Asks whoever works on a run to pause or to cancel it. Returns the exit code: 1 when nobody heard. */
export async function commandRun(
  id: string,
  command: SessionCommand,
  store: Store,
  client: RunsClient | undefined,
): Promise<number> {
  const session = await reach(store, id);
  const done = command === 'pause' ? 'pause' : 'be cancelled';
  const isReached = (client && (await client[command](id))) || (await session.command(command)).reached;
  const status = client && (await statusOf(id, client));
  if (!isReached) {
    process.stderr.write(`perigee: ${whyNot(id, command, status, store, await session.summary())}\n`);
    return 1;
  }
  process.stdout.write(`Asked ${id} to ${done}.\n`);
  if (status?.isLeft) {
    process.stderr.write(
      `Its worker, ${status.worker}, is gone: it is done when the next one takes it over.\n`,
    );
  }
  return 0;
}

function whyNot(
  id: string,
  command: SessionCommand,
  status: RunStatus | undefined,
  store: Store,
  { isUnfinished }: SessionSummary,
): string {
  const state = status?.state;
  // One that was cancelled before it began has nothing to go on with.
  const goesOn =
    isUnfinished || state === 'paused'
      ? ` It goes on with  ${resumeCommand(id, store.place, status !== undefined)}`
      : '';
  if (state === 'paused' || state === 'cancelled') return `${id} is ${state} already.${goesOn}`;
  return `nobody works on ${id}, so there is nothing to ${command}.${goesOn || ' Its last run has ended.'}`;
}
