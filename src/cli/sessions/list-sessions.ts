import { PerigeeError } from '../../core/index.ts';
import type { RunStatus, RunsClient, SessionOwner, SessionSummary } from '../../durable/index.ts';
import { writeLine } from '../json-lines.ts';
import { statusOf } from '../runs/with-runs.ts';
import { count } from '../terminal/screen.ts';
import { table } from '../terminal/table.ts';
import { stateOf, stateText } from './state.ts';
import type { Store } from './store.ts';
import { timeText } from './time-text.ts';

/** Sessions that are looked at side by side. */
const AT_ONCE = 8;

interface Listed {
  readonly name: string;
  readonly summary?: SessionSummary;
  readonly owner?: SessionOwner;
  /** Where its run stands with the workers. */
  readonly run?: RunStatus;
  /** Why nothing more can be said. */
  readonly problem?: PerigeeError;
}

/** Prints all sessions, the one that was last at work at the end. */
export async function listSessions(
  store: Store,
  client: RunsClient | undefined,
  options: { json?: boolean },
): Promise<void> {
  const listed = await lookAtAll(store, client);
  listed.sort((a, b) => activity(a) - activity(b) || (a.name < b.name ? -1 : 1));
  if (options.json) {
    for (const session of listed) await writeLine(jsonOf(session));
    return;
  }
  if (listed.length === 0) {
    process.stderr.write(`There are no sessions in ${store.where}. A run keeps one with --session NAME.\n`);
    return;
  }
  const rows = table([['NAME', 'STATE', 'STEPS', 'LAST ACTIVITY', 'COST'], ...listed.map(rowOf)]);
  process.stdout.write(`${rows.join('\n')}\n`);
}

async function lookAtAll(store: Store, client: RunsClient | undefined): Promise<Listed[]> {
  const names = [...(await store.sessions.names())];
  const listed: Listed[] = [];
  const lookOn = async () => {
    for (let name = names.shift(); name !== undefined; name = names.shift()) {
      const session = await look(store, client, name);
      if (session) listed.push(session);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lookOn));
  return listed;
}

/** One session that cannot be read must not hide the others. Undefined: it was just removed. */
async function look(
  { sessions }: Store,
  client: RunsClient | undefined,
  name: string,
): Promise<Listed | undefined> {
  try {
    const session = await sessions.reach(name);
    const summary = await session.summary();
    const owner = await session.owner();
    const run = client && (await statusOf(name, client));
    return { name, summary, ...(owner && { owner }), ...(run && { run }) };
  } catch (error) {
    if (!(error instanceof PerigeeError) || error.code === 'missing-package') throw error;
    return error.code === 'session-not-found' ? undefined : { name, problem: error };
  }
}

function activity({ summary, run }: Listed): number {
  return Math.max(summary?.lastAt ?? summary?.createdAt ?? 0, run?.queuedAt ?? 0);
}

function jsonOf({ name, summary, owner, run, problem }: Listed): object {
  if (!summary) return { name, state: problem?.code, problem: problem?.message };
  return {
    name,
    state: stateOf(summary, owner, run),
    ...summary,
    ...(owner && { owner }),
    ...(run && { run }),
  };
}

function rowOf(listed: Listed): string[] {
  const { name, summary, owner, run, problem } = listed;
  if (!summary)
    return [name, problem?.code === 'session-busy' ? 'in use, does not answer' : problem!.message];
  const at = activity(listed);
  const cost = summary.cost === undefined ? '-' : `$${summary.cost.toFixed(summary.cost < 1 ? 4 : 2)}`;
  return [name, stateText(summary, owner, run), count(summary.steps), at === 0 ? '-' : timeText(at), cost];
}
