import { existsSync } from 'node:fs';
import { mayKeepKeys } from '../accounts-file.ts';
import type { Config } from '../config/config.ts';
import { loadConfig } from '../config/load-config.ts';
import { UsageError } from '../failure.ts';
import { readFileText } from '../input.ts';
import { DEFAULT_FILE } from '../serve/source.ts';
import { type Finding, finder } from './finding.ts';

const MOST_PROBLEMS = 3;

/** Whether the configuration of the gateway is in order, and the configuration where it is. */
export function checkConfigFile(
  given: string | undefined,
  environment: NodeJS.ProcessEnv,
): { readonly finding: Finding; readonly config?: Config } {
  const find = finder('configuration');
  if (given === undefined && !existsSync(DEFAULT_FILE)) {
    return { finding: find.ok(`there is no ${DEFAULT_FILE} here: flags and environment count`) };
  }
  const file = given ?? DEFAULT_FILE;
  let text: string;
  try {
    text = readFileText(file);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    return {
      finding: find.fail(
        error.message.replace(/\.$/, ''),
        'Name another with --config, or correct its rights.',
      ),
    };
  }
  const loaded = loadConfig(text, { environment, keysElsewhere: mayKeepKeys({}, environment) });
  if ('config' in loaded) return { finding: find.ok(`${file} is in order`), config: loaded.config };
  const { problems } = loaded;
  const shown = problems.slice(0, MOST_PROBLEMS).map(({ line, message }) => `line ${line}: ${message}`);
  const count = problems.length === 1 ? 'a problem' : `${problems.length} problems`;
  return {
    finding: find.fail(
      `${file} has ${count}: ${shown.join(' ')}`.replace(/\.$/, ''),
      `perigee check-config ${file}  shows them all.`,
    ),
  };
}
