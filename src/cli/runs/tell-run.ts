import type { RunsClient, SessionCommand } from '../../durable/index.ts';
import { placeOption } from '../sessions/place.ts';
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
  const isQueued = client !== undefined && isDue(await statusOf(id, client));
  if (isQueued) await client.steer(id, message, when);
  else await session.queue({ when, message });
  const isOver = !isQueued && !(await session.owner());
  process.stdout.write(
    when === 'now' ? `Told ${id}, for its next turn.\n` : `Told ${id}, for when it has answered.\n`,
  );
  if (isOver) {
    process.stderr.write(
      `Nobody works on it now. Its next run hears it: perigee run --session ${id}${placeOption(store.place)} "…"\n`,
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
  if (!isReached) {
    const { isUnfinished } = await session.summary();
    const how = isUnfinished
      ? `It goes on with  perigee run --session ${id} --resume${placeOption(store.place)}`
      : 'Its last run has ended.';
    process.stderr.write(`perigee: nobody works on ${id}, so there is nothing to ${command}. ${how}\n`);
    return 1;
  }
  process.stdout.write(`Asked ${id} to ${done}.\n`);
  return 0;
}
