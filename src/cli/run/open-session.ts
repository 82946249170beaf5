import { PerigeeError } from '../../core/index.ts';
import type { SqliteSession, SqliteSessions } from '../../durable/index.ts';
import { UsageError } from '../failure.ts';

/** What the options say about the session of a run. */
export interface SessionOptions {
  readonly session?: string;
  readonly resume?: boolean;
  readonly dataDir?: string;
}

/** Opens the session that a run works on; undefined without one. */
export async function openSession(options: SessionOptions): Promise<SqliteSession | undefined> {
  const { session: name, resume, dataDir } = options;
  if (name === undefined) {
    if (resume) throw new UsageError('--resume needs a session: perigee run --session NAME --resume.');
    return undefined;
  }
  const { sqliteSessions } = await import('../../durable/index.ts');
  const sessions: SqliteSessions = sqliteSessions(dataDir === undefined ? {} : { dataDir });
  if (resume && !(await sessions.names()).includes(name)) {
    throw new PerigeeError('session-not-found', `There is no session ${JSON.stringify(name)} to resume.`, {
      remedy: 'perigee sessions list shows what there is; --data-dir names another folder.',
    });
  }
  return sessions.open(name);
}

/** What was asked for when a session began: a resumed run is the same agent unless other options are given. */
export interface AgentSettings {
  readonly model?: string;
  readonly baseUrl?: string;
  readonly apiKeyEnv?: string;
  readonly format?: string;
  readonly completions?: boolean;
  readonly tools?: string;
  readonly mcp?: readonly string[];
  readonly system?: string;
  readonly thinking?: string;
  readonly approval?: string;
}

const NAMES = [
  'model',
  'baseUrl',
  'apiKeyEnv',
  'format',
  'completions',
  'tools',
  'mcp',
  'system',
  'thinking',
  'approval',
] as const;

/** The options, filled up with what the session began with. Only its first run writes that down. */
export async function withSettings<Options extends object>(
  options: Options,
  session: SqliteSession | undefined,
): Promise<Options> {
  if (!session) return options;
  const given = options as Record<string, unknown>;
  const began = await session.step('settings', async () =>
    Object.fromEntries(NAMES.filter((name) => given[name] !== undefined).map((name) => [name, given[name]])),
  );
  return {
    ...began,
    ...Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)),
  } as Options;
}
