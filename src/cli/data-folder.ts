import { homedir } from 'node:os';
import { join } from 'node:path';

/**
 * The folder in which the command keeps what it needs again: `PERIGEE_DATA`, else what each system has for that.
 */
export function dataFolder(
  environment: NodeJS.ProcessEnv = process.env,
  platform: NodeJS.Platform = process.platform,
): string {
  const own = environment['PERIGEE_DATA']?.trim();
  if (own) return own;
  const home = homeFolder(environment);
  if (platform === 'win32')
    return join(environment['LOCALAPPDATA'] ?? join(home, 'AppData', 'Local'), 'perigee');
  if (platform === 'darwin') return join(home, 'Library', 'Application Support', 'perigee');
  return join(environment['XDG_DATA_HOME']?.trim() || join(home, '.local', 'share'), 'perigee');
}

/** The user's home folder; the variable first, as shells have it. */
export function homeFolder(environment: NodeJS.ProcessEnv): string {
  return environment['HOME']?.trim() || environment['USERPROFILE']?.trim() || homedir();
}
