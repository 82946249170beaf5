import { PerigeeError } from '../../core/index.ts';
import { mayKeepKeys } from '../accounts-file.ts';
import type { Config } from '../config/config.ts';
import { showProblem } from '../config/excerpt.ts';
import { loadConfig } from '../config/load-config.ts';
import type { ServeFlags } from './flags.ts';

/**
 * The configuration that a file's text is, what flags say about the server before what it says. Throws
 * `config-invalid` whose remedy shows every problem with its line.
 */
export function configOfText(
  text: string,
  file: string,
  flags: ServeFlags,
  environment: NodeJS.ProcessEnv,
): Config {
  const loaded = loadConfig(text, {
    environment,
    keysElsewhere: mayKeepKeys(flags, environment),
    ...(flags.listen !== undefined && { host: flags.listen }),
  });
  if ('problems' in loaded) {
    const { problems } = loaded;
    const shown = problems.map((problem) => showProblem(problem, text, file)).join('\n');
    const count = problems.length === 1 ? 'a problem' : `${problems.length} problems`;
    throw new PerigeeError('config-invalid', `${file} has ${count}.`, { remedy: `\n${shown.trimEnd()}` });
  }
  const { config } = loaded;
  const { server } = config;
  const { port = server.port, listen: host = server.host, log = config.log } = flags;
  const drainDelayMs = flags.drainDelay === undefined ? server.drainDelayMs : flags.drainDelay * 1000;
  return { ...config, server: { ...server, host, port, drainDelayMs }, log };
}
