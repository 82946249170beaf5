import { PerigeeError } from '../../core/index.ts';
import type { SessionOwner, SessionSummary } from '../../durable/index.ts';
import { writeLine } from '../json-lines.ts';
import { count } from '../terminal/screen.ts';
import { table } from '../terminal/table.ts';
import { stateOf, stateText } from './state.ts';
import type { Store } from './store.ts';
import { timeText } from './time-text.ts';

interface Listed {
  readonly name: string;
  readonly summary?: SessionSummary;
  readonly owner?: SessionOwner;
  /** Why nothing more can be said. */
  readonly problem?: PerigeeError;
}

/** Prints all sessions, the one that was last at work at the end. */
export async function listSessions(store: Store, options: { json?: boolean }): Promise<void> {
  const listed: Listed[] = [];
  for (const name of await store.sessions.names()) {
    const session = await look(store, name);
    if (session) listed.push(session);
  }
  listed.sort((a, b) => activity(a) - activity(b));
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

/** One session that cannot be read must not hide the others. Undefined: it was just removed. */
async function look({ sessions }: Store, name: string): Promise<Listed | undefined> {
  try {
    const session = await sessions.reach(name);
    const summary = await session.summary();
    const owner = await session.owner();
    return { name, summary, ...(owner && { owner }) };
  } catch (error) {
    if (!(error instanceof PerigeeError) || error.code === 'missing-package') throw error;
    return error.code === 'session-not-found' ? undefined : { name, problem: error };
  }
}

function activity({ summary }: Listed): number {
  return summary?.lastAt ?? summary?.createdAt ?? 0;
}

function jsonOf({ name, summary, owner, problem }: Listed): object {
  if (!summary) return { name, state: problem?.code, problem: problem?.message };
  return { name, state: stateOf(summary, owner), ...summary, ...(owner && { owner }) };
}

function rowOf(listed: Listed): string[] {
  const { name, summary, owner, problem } = listed;
  if (!summary)
    return [name, problem?.code === 'session-busy' ? 'in use, does not answer' : problem!.message];
  const at = activity(listed);
  const cost = summary.cost === undefined ? '-' : `$${summary.cost.toFixed(summary.cost < 1 ? 4 : 2)}`;
  return [name, stateText(summary, owner), count(summary.steps), at === 0 ? '-' : timeText(at), cost];
}
