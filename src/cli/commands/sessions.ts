import { Command, InvalidArgumentError } from 'commander';
import { sqliteSessions } from '../../durable/index.ts';
import { exportSession } from '../sessions/export-session.ts';
import { forkSession } from '../sessions/fork-session.ts';
import { importSession } from '../sessions/import-session.ts';
import { listSessions } from '../sessions/list-sessions.ts';
import { removeSessions } from '../sessions/remove-sessions.ts';
import { reportSession } from '../sessions/report/report-session.ts';
import { showSession } from '../sessions/show-session.ts';

interface StoreOptions {
  readonly dataDir?: string;
}

/** `perigee sessions`: looking at what runs left behind, and tending it. */
export function sessionsCommand(finish: (exitCode: number) => void): Command {
  const sessions = new Command('sessions').description('List, read, copy and remove the sessions of runs.');
  const add = (usage: string, description: string) =>
    sessions
      .command(usage)
      .description(description)
      .option(
        '--data-dir <folder>',
        'where sessions are kept (default: PERIGEE_DATA_DIR, else the state folder)',
      );
  add('list', 'all sessions: what they are at, steps, last activity, cost')
    .option('--json', 'print one object a line')
    .action(async (options: StoreOptions & { json?: boolean }) => listSessions(storeOf(options), options));
  add('show <name>', 'what happened in a session, one record a line')
    .option('--follow', 'go on while somebody works on it')
    .option('--from <n>', 'begin with the nth record', wholeNumber)
    .option('--json', 'print the records as they are, one a line')
    .action(
      async (name: string, options: StoreOptions & { follow?: boolean; from?: number; json?: boolean }) =>
        showSession(storeOf(options), name, options),
    );
  add('report <name>', 'one page about a session: steps, tools, tokens, cost, what went wrong')
    .option('--json', 'print all of it as one object')
    .action(async (name: string, options: StoreOptions & { json?: boolean }) =>
      reportSession(storeOf(options), name, options),
    );
  add('export <name>', 'a session as a file')
    .option('--jsonl', 'one record a line, which import takes back (the default)')
    .option('--openai', 'the messages as OpenAI chat has them')
    .option('--markdown', 'the conversation for people')
    .option('-o, --output <file>', 'default: standard output')
    .action(async (name: string, options: StoreOptions & ExportFlags) =>
      exportSession(storeOf(options), name, options),
    );
  add('fork <name> <copy>', 'a copy of a session, to go on from there another way')
    .option('--at <step>', 'the last step that goes along: run-0/step-3, or its number counted from 0')
    .action(async (name: string, copy: string, options: StoreOptions & { at?: string }) =>
      forkSession(storeOf(options), name, copy, options.at),
    );
  add('rm <names...>', 'remove sessions for ever')
    .option('-y, --yes', 'do not ask')
    .action(async (names: string[], options: StoreOptions & { yes?: boolean }) =>
      finish(await removeSessions(storeOf(options), names, options.yes ?? false)),
    );
  add(
    'import <name> <file>',
    'a new session from OpenAI chat messages or an exported session; - is standard input',
  ).action(async (name: string, file: string, options: StoreOptions) =>
    importSession(storeOf(options), name, file),
  );
  return sessions;
}

interface ExportFlags {
  jsonl?: boolean;
  openai?: boolean;
  markdown?: boolean;
  output?: string;
}

function storeOf({ dataDir }: StoreOptions) {
  return sqliteSessions({ command: 'perigee sessions', ...(dataDir !== undefined && { dataDir }) });
}

function wholeNumber(text: string): number {
  if (!/^[1-9]\d{0,14}$/.test(text)) throw new InvalidArgumentError('It must be a whole number from 1.');
  return Number(text);
}
