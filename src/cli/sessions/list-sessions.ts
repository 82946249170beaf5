import type { ListedRun, RunsClient } from '../../durable/index.ts';
import { writeLine } from '../json-lines.ts';
import { count, plural } from '../terminal/screen.ts';
import { table } from '../terminal/table.ts';
import { oneLine } from '../terminal/text.ts';
import { sizeText } from './age.ts';
import { stateOf, stateText } from './state.ts';
import type { Store } from './store.ts';
import { timeText } from './time-text.ts';

/** Columns of a cell. */
const LONGEST = 200;

/** Prints all sessions, the one that was last at work at the end. */
export async function listSessions(
  store: Store,
  client: RunsClient | undefined,
  options: { readonly json?: boolean; readonly size?: boolean },
): Promise<void> {
  const listed: ListedRun[] = [...(await (client ? client.list() : store.sessions.summaries()))];
  listed.sort((a, b) => activity(a) - activity(b) || (a.name < b.name ? -1 : 1));
  const sizes = options.size ? await store.sessions.sizes(listed.map(({ name }) => name)) : undefined;
  if (options.json) {
    for (const session of listed) {
      const bytes = sizes?.get(session.name);
      await writeLine({ ...jsonOf(session), ...(bytes !== undefined && { bytes }) });
    }
    return;
  }
  if (listed.length === 0) {
    process.stderr.write(`There are no sessions in ${store.where}. A run keeps one with --session NAME.\n`);
    return;
  }
  const sized = (cells: readonly string[], size: string) => (sizes ? [...cells, size] : cells);
  const rows = table([
    sized(['NAME', 'STATE', 'STEPS', 'LAST ACTIVITY', 'COST'], 'SIZE'),
    ...listed.map((session) => {
      const cells = rowOf(session).map(cell);
      // What cannot be read has no more to say, at the place where others say it.
      return session.summary ? sized(cells, sizeText(sizes?.get(session.name) ?? 0)) : cells;
    }),
  ]);
  process.stdout.write(`${rows.join('\n')}\n`);
  if (!sizes) return;
  const total = [...sizes.values()].reduce((sum, bytes) => sum + bytes, 0);
  process.stderr.write(`${plural(listed.length, 'session')}, ${sizeText(total)} in ${store.where}.\n`);
}

/** When something was last done in it, as people see it: a copy of what was done long ago is as old as that. */
function activity({ summary, run }: ListedRun): number {
  return Math.max(summary?.lastAt ?? summary?.createdAt ?? 0, run?.queuedAt ?? 0);
}

function jsonOf({ name, summary, owner, run, problem }: ListedRun): object {
  if (!summary) return { name, state: problem?.code, problem: problem?.message };
  return {
    name,
    state: stateOf(summary, owner, run),
    ...summary,
    ...(owner && { owner }),
    ...(run && { run }),
  };
}

function rowOf(listed: ListedRun): string[] {
  const { name, summary, owner, run, problem } = listed;
  if (!summary)
    return [name, problem?.code === 'session-busy' ? 'in use, does not answer' : problem!.message];
  const at = activity(listed);
  const cost = summary.cost === undefined ? '-' : `$${summary.cost.toFixed(summary.cost < 1 ? 4 : 2)}`;
  return [name, stateText(summary, owner, run), count(summary.steps), at === 0 ? '-' : timeText(at), cost];
}

/** What others wrote must not make lines of its own. */
function cell(text: string): string {
  return oneLine(text, LONGEST);
}
