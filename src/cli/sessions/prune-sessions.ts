import { PerigeeError } from '../../core/index.ts';
import type { ListedRun, RunsClient } from '../../durable/index.ts';
import { reportError } from '../failure.ts';
import { plural } from '../terminal/screen.ts';
import { table } from '../terminal/table.ts';
import { oneLine } from '../terminal/text.ts';
import { sizeText } from './age.ts';
import { lastUseOf } from './last-use.ts';
import { confirms } from './remove-sessions.ts';
import { type SessionState, stateOf, stateText } from './state.ts';
import type { Store } from './store.ts';
import { timeText } from './time-text.ts';

export interface PruneOptions {
  /** Milliseconds for which nothing has happened in a session that is removed. */
  readonly olderThan: number;
  readonly dryRun?: boolean;
  readonly yes?: boolean;
}

/** Somebody works on these, is to work on them, or is waited for. */
const KEPT: ReadonlySet<SessionState> = new Set(['running', 'queued', 'waiting']);
/** Columns of a cell. */
const LONGEST = 80;

/**
 * Removes the sessions in which nothing has happened for a while, after a question; with `dryRun` it only says which. Returns the
 * exit code: 1 where one could not be removed, or the answer was no.
 */
export async function pruneSessions(
  store: Store,
  client: RunsClient | undefined,
  { olderThan, dryRun = false, yes = false }: PruneOptions,
): Promise<number> {
  const idleSince = Date.now() - olderThan;
  const listed: readonly ListedRun[] = await (client ? client.list() : store.sessions.summaries());
  const { old, kept } = sorted(listed, idleSince);
  if (old.length === 0) {
    process.stderr.write(`Nothing to remove in ${store.where}. ${keptText(kept)}\n`);
    return 0;
  }
  const sizes = await store.sessions.sizes(old.map(({ name }) => name));
  const total = [...sizes.values()].reduce((sum, bytes) => sum + bytes, 0);
  process.stdout.write(`${tableOf(old, sizes).join('\n')}\n`);
  const what = `${plural(old.length, 'session')}, ${sizeText(total)}`;
  process.stderr.write(`${what}${dryRun ? ' would be removed' : ''}. ${keptText(kept)}\n`);
  if (dryRun) return 0;
  if (!yes && !(await confirms(`Remove ${old.length === 1 ? 'it' : 'them'} for ever? [y/N] `))) return 1;
  return removed(store, old, idleSince);
}

interface Kept {
  readonly younger: number;
  readonly inUse: number;
  readonly waiting: number;
  readonly unreadable: number;
}

function sorted(listed: readonly ListedRun[], idleSince: number): { old: ListedRun[]; kept: Kept } {
  const old: ListedRun[] = [];
  const kept = { younger: 0, inUse: 0, waiting: 0, unreadable: 0 };
  for (const session of listed) {
    const { summary, owner, run } = session;
    if (!summary) {
      kept.unreadable++;
      continue;
    }
    const state = stateOf(summary, owner, run);
    if (state === 'waiting') kept.waiting++;
    else if (owner || KEPT.has(state)) kept.inUse++;
    else if (lastUseOf(session) > idleSince) kept.younger++;
    else old.push(session);
  }
  old.sort((a, b) => lastUseOf(a) - lastUseOf(b));
  return { old, kept };
}

function keptText({ younger, inUse, waiting, unreadable }: Kept): string {
  const parts = [
    younger > 0 && `${younger} younger`,
    inUse > 0 && `${inUse} in use or in line`,
    waiting > 0 && `${waiting} waiting for a person`,
    unreadable > 0 && `${unreadable} that cannot be read`,
  ].filter((part) => part !== false);
  return parts.length === 0 ? 'None is kept.' : `Kept: ${parts.join(', ')}.`;
}

function tableOf(old: readonly ListedRun[], sizes: ReadonlyMap<string, number>): string[] {
  const rows = old.map((session) => {
    const { name, summary, owner, run } = session;
    const state = stateText(summary!, owner, run);
    return [name, state, timeText(lastUseOf(session)), sizeText(sizes.get(name) ?? 0)].map((cell) =>
      oneLine(cell, LONGEST),
    );
  });
  return table([['NAME', 'STATE', 'LAST ACTIVITY', 'SIZE'], ...rows], undefined, [3]);
}

async function removed(store: Store, old: readonly ListedRun[], idleSince: number): Promise<number> {
  let exitCode = 0;
  let count = 0;
  for (const { name } of old) {
    try {
      await store.sessions.remove(name, { idleSince });
      count++;
    } catch (error) {
      if (!(error instanceof PerigeeError)) throw error;
      // Somebody else was quicker.
      if (error.code === 'session-not-found') continue;
      reportError(error);
      exitCode = 1;
    }
  }
  process.stdout.write(`Removed ${plural(count, 'session')}.\n`);
  return exitCode;
}
