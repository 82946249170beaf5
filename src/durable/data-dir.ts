import { homedir } from 'node:os';
import { join } from 'node:path';

/** Where the data folder is looked for. */
export interface DataDirSource {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly platform: string;
  readonly home: string;
}

/**
 * The folder for what Perigee keeps: `PERIGEE_DATA_DIR`, else where the system wants such things: XDG's state folder
 * (`~/.local/state/perigee`), `~/Library/Application Support/perigee`, `%LOCALAPPDATA%\perigee`.
 */
export function defaultDataDir({ env, platform, home }: DataDirSource = thisProcess()): string {
  const own = env['PERIGEE_DATA_DIR'];
  if (own) return own;
  if (platform === 'win32') return join(env['LOCALAPPDATA'] || join(home, 'AppData', 'Local'), 'perigee');
  if (platform === 'darwin') return join(home, 'Library', 'Application Support', 'perigee');
  const state = env['XDG_STATE_HOME'];
  // XDG: a path that is not absolute is to be ignored.
  return join(state?.startsWith('/') ? state : join(home, '.local', 'state'), 'perigee');
}

function thisProcess(): DataDirSource {
  return { env: process.env, platform: process.platform, home: homedir() };
}
