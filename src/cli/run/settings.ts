import type { Session } from '../../core/index.ts';
import { UsageError } from '../failure.ts';
import { mustGiveAgain } from './shared-settings.ts';

/** What makes a session's agent the one it is: a resumed run is the same agent unless other options are given. */
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

type Settings = Readonly<Record<string, unknown>>;

/** Stands in a record for what is not kept. */
const LEFT_OUT = '…';

export interface SettledOptions<Options> {
  /** The options, filled up with those that the session had last. */
  readonly options: Options;
  /** Records them for the runs to come, if there is anything new. To be called once they are known to work. */
  keep(): Promise<void>;
}

/**
 * Fills the options up with what is on record. Each change is a record of its own: `settings`, `settings-1`, …
 * `isShared`: others may write the record too, so what could run their code or send a key away is not taken from it. Throws a
 * `UsageError` for what has to be given again: that, and a server of `--mcp` that was not recorded whole.
 */
export async function withSettings<Options extends object>(
  given: Options,
  session: Session | undefined,
  isShared: boolean,
): Promise<SettledOptions<Options>> {
  if (!session) return { options: given, keep: async () => {} };
  const { settings, next } = await lastSettings(session);
  const present = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  if (isShared) mustGiveAgain(settings, present, session.name);
  const options = { ...forSameHost(settings, present), ...present } as Options & Settings;
  mustBeWhole(options['mcp'], session.name);
  const keep = async () => {
    const kept = recordOf(options);
    if (next > 0 && JSON.stringify(kept) === JSON.stringify(settings)) return;
    await session.step(stepOf(next), async () => kept);
  };
  return { options, keep };
}

/** A key belongs to its host: where another one is given, the key's variable must be given too. */
function forSameHost(settings: Settings, present: Settings): Settings {
  const { apiKeyEnv: _, ...others } = settings;
  const isSame = present['baseUrl'] === undefined || present['baseUrl'] === settings['baseUrl'];
  return isSame ? settings : others;
}

async function lastSettings(session: Session): Promise<{ settings: Settings; next: number }> {
  const absent = new Error('nothing on record');
  let settings: Settings = {};
  for (let next = 0; ; next++) {
    try {
      // A step that fails leaves no record.
      settings = await session.step<Settings>(stepOf(next), () => Promise.reject(absent));
    } catch (error) {
      if (error === absent) return { settings, next };
      throw error;
    }
  }
}

function stepOf(change: number): string {
  return change === 0 ? 'settings' : `settings-${change}`;
}

function recordOf(options: Settings): Settings {
  const entries = NAMES.filter((name) => options[name] !== undefined).map((name) => [name, options[name]]);
  const { mcp, ...kept } = Object.fromEntries(entries) as Record<string, unknown>;
  return { ...kept, ...(Array.isArray(mcp) && { mcp: mcp.map(withoutSecrets) }) };
}

/** A session is kept in plain text, copied and sent: variables in front of a command and queries of URLs are mostly keys. */
function withoutSecrets(server: string): string {
  const text = server.trim();
  if (/^https?:\/\//i.test(text) && URL.canParse(text)) {
    const { origin, pathname, search, username, password } = new URL(text);
    return search || username || password ? `${origin}${pathname}?${LEFT_OUT}` : server;
  }
  const [, variable] = /^([A-Za-z_]\w*=)/.exec(text) ?? [];
  return variable === undefined ? server : `${variable}${LEFT_OUT}`;
}

function mustBeWhole(mcp: unknown, session: string): void {
  const cut = Array.isArray(mcp) ? mcp.find((server: string) => server.endsWith(LEFT_OUT)) : undefined;
  if (cut === undefined) return;
  throw new UsageError(
    `the session ${session} has worked with --mcp "${cut}", whose keys are not kept: give --mcp again.`,
  );
}
