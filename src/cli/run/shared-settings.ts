import { UsageError } from '../failure.ts';
import { toolEntries } from '../load-tools.ts';

type Settings = Readonly<Record<string, unknown>>;

/** Tools that a run has where nobody asks for others. */
const HARMLESS: ReadonlySet<string> = new Set(['calculator', 'files', 'weather', 'incident']);

/** Each with its flag: code that would be run here, and the place that a key of this machine would be sent to. */
const NEVER_TAKEN = {
  baseUrl: '--base-url',
  apiKeyEnv: '--api-key-env',
  mcp: '--mcp',
  tools: '--tools',
} as const;

/**
 * Throws `UsageError` for settings of a session in a database that only whoever sits at this machine may choose, and has not given:
 * others may have written them.
 */
export function mustGiveAgain(recorded: Settings, given: Settings, session: string): void {
  const missing = Object.entries(NEVER_TAKEN).filter(([name]) => {
    if (given[name] !== undefined || recorded[name] === undefined) return false;
    // The key of one host is not sent to another one anyway.
    if (name === 'apiKeyEnv' && given['baseUrl'] !== undefined)
      return given['baseUrl'] === recorded['baseUrl'];
    return !(name === 'tools' && isHarmless(recorded[name]));
  });
  if (missing.length === 0) return;
  const had = missing.map(([name, flag]) => `${flag} ${JSON.stringify(recorded[name])}`);
  throw new UsageError(
    `the session ${session} has worked with ${had.join(' ')}. Others may write to the database that it is in, so this is not taken from there: ` +
      `give ${missing.map(([, flag]) => flag).join(' and ')} again.`,
  );
}

function isHarmless(tools: unknown): boolean {
  return typeof tools === 'string' && toolEntries(tools).every((entry) => HARMLESS.has(entry));
}
