import { Command, InvalidArgumentError } from 'commander';
import { PerigeeError } from '../../core/index.ts';
import type { RunsClient } from '../../durable/index.ts';
import { withStoreOrRuns } from '../runs/with-runs.ts';
import { readAge } from '../sessions/age.ts';
import { type ExportOptions, exportSession } from '../sessions/export-session.ts';
import { forkSession } from '../sessions/fork-session.ts';
import { importSession } from '../sessions/import-session.ts';
import { listSessions } from '../sessions/list-sessions.ts';
import { type MoveOptions, pullSessions, pushSessions } from '../sessions/move-sessions.ts';
import type { PlaceOptions } from '../sessions/place.ts';
import { type PruneOptions, pruneSessions } from '../sessions/prune-sessions.ts';
import { removeSessions } from '../sessions/remove-sessions.ts';
import { reportSession } from '../sessions/report/report-session.ts';
import { type ShowOptions, showSession } from '../sessions/show-session.ts';
import { type Store, withStore } from '../sessions/store.ts';
import { withPlaceFlags } from './place-flags.ts';

/** `perigee sessions`: looking at what runs left behind, and tending it. */
export function sessionsCommand(finish: (exitCode: number) => void): Command {
  const sessions = new Command('sessions').description(
    'List, read, copy, move and remove the sessions of runs.',
  );
  const add = (usage: string, description: string) =>
    withPlaceFlags(sessions.command(usage).description(description));
  add('list', 'all sessions: what they are at, steps, last activity, cost')
    .option('--size', 'also how large each is, which takes a while where there is much')
    .option('--json', 'print one object a line')
    .action((options: PlaceOptions & { json?: boolean; size?: boolean }) =>
      onRuns(options, (store, client) => listSessions(store, client, options)),
    );
  add('show <name>', 'what happened in a session, one record a line')
    .option('--follow', 'go on while somebody works on it')
    .option('--from <n>', 'begin with the nth record', wholeNumber)
    .option('--json', 'print the records as they are, one a line')
    .action((name: string, options: PlaceOptions & ShowOptions) =>
      on(options, (store) => showSession(store, name, options)),
    );
  add('report <name>', 'one page about a session: steps, tools, tokens, cost, what went wrong')
    .option('--json', 'print all of it as one object')
    .action((name: string, options: PlaceOptions & { json?: boolean }) =>
      on(options, (store) => reportSession(store, name, options)),
    );
  add('export <name>', 'a session as a file')
    .option('--jsonl', 'one record a line, which import takes back (the default)')
    .option('--openai', 'the messages as OpenAI chat has them')
    .option('--markdown', 'the conversation for people')
    .option('-o, --output <file>', 'default: standard output')
    .action((name: string, options: PlaceOptions & ExportOptions) =>
      on(options, (store) => exportSession(store, name, options)),
    );
  add('fork <name> <copy>', 'a copy of a session, to go on from there another way')
    .option('--at <step>', 'the last step that goes along: run-0/step-3, or its number counted from 0')
    .action((name: string, copy: string, options: PlaceOptions & { at?: string }) =>
      on(options, (store) => forkSession(store, name, copy, options.at)),
    );
  add('rm <names...>', 'remove sessions for ever')
    .option('-y, --yes', 'do not ask')
    .action(async (names: string[], options: PlaceOptions & { yes?: boolean }) =>
      finish(await on(options, (store) => removeSessions(store, names, options.yes ?? false))),
    );
  add('prune', 'remove the sessions in which nothing has happened for a while, for ever')
    .requiredOption('--older-than <age>', 'for how long, as in 12h, 30d or 2w', readAge)
    .option('--dry-run', 'only say which')
    .option('-y, --yes', 'do not ask')
    .addHelpText('after', PRUNE_NOTES)
    .action(async (options: PlaceOptions & PruneOptions) =>
      finish(await onRuns(options, (store, client) => pruneSessions(store, client, options))),
    );
  add(
    'import <name> <file>',
    'a new session from OpenAI chat messages or an exported session; - is standard input',
  ).action((name: string, file: string, options: PlaceOptions) =>
    on(options, (store) => importSession(store, name, file)),
  );
  add(
    'push [names...]',
    'move sessions from this machine into the database, where they go on; the files here stay, closed to runs',
  )
    .option('--all', 'all sessions of this machine that were not pushed before')
    .option('--as <name>', 'the name that it has there (with one session)')
    .option('--move', 'remove the files here when all is there')
    .action(async (names: string[], options: MoveOptions) => finish(await pushSessions(names, options)));
  add('pull [names...]', 'copy sessions from the database to this machine')
    .option('--all', 'all sessions of the database')
    .option('--as <name>', 'the name that it has here (with one session)')
    .option('--move', 'remove them there when all is here')
    .action(async (names: string[], options: MoveOptions) => finish(await pullSessions(names, options)));
  return sessions;
}

const PRUNE_NOTES = `
What somebody works on, is in line for a worker, or waits for a person stays, and so does what cannot be read.

Examples:
  perigee sessions prune --older-than 30d --dry-run
  perigee sessions prune --older-than 30d --yes          for a job that runs each night

Exit codes: 0 done, 1 failed, one could not be removed, or the answer was no, 2 wrong usage`;

function on<T>(options: PlaceOptions, work: (store: Store) => Promise<T>): Promise<T> {
  return withStore(options, 'perigee sessions', work);
}

/** With what workers have to do with them, where the packages for that are installed. */
async function onRuns<T>(
  options: PlaceOptions,
  work: (store: Store, client: RunsClient | undefined) => Promise<T>,
): Promise<T> {
  try {
    return await withStoreOrRuns(options, 'perigee sessions', work);
  } catch (error) {
    if (!(error instanceof PerigeeError) || error.code !== 'missing-package') throw error;
    return on(options, (store) => work(store, undefined));
  }
}

function wholeNumber(text: string): number {
  if (!/^[1-9]\d{0,14}$/.test(text)) throw new InvalidArgumentError('It must be a whole number from 1.');
  return Number(text);
}
