import { homedir } from 'node:os';
import { defaultDataDir } from '../durable/index.ts';

/** The folder in which the command keeps what it needs again, sessions and backups; see `defaultDataDir`. */
export function dataFolder(
  environment: NodeJS.ProcessEnv = process.env,
  platform: NodeJS.Platform = process.platform,
): string {
  return defaultDataDir({ env: environment, platform, home: homeFolder(environment) });
}

/** The user's home folder; the variable first, as shells have it. */
export function homeFolder(environment: NodeJS.ProcessEnv): string {
  return environment['HOME']?.trim() || environment['USERPROFILE']?.trim() || homedir();
}
