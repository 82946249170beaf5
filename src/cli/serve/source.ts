import { existsSync } from 'node:fs';
import type { Config } from '../config/config.ts';
import { UsageError } from '../failure.ts';
import { readFileText } from '../input.ts';
import { configOfFlags, type ListModels, type ServeFlags, UPSTREAM_FLAGS } from './flags.ts';

/** The file that is used without `--config`, in the folder where the command is started. */
export const DEFAULT_FILE = 'perigee.yaml';

/** Where the configuration comes from. */
export interface Source {
  readonly config: Config;
  /** The file that it was read from, which is to be watched. */
  readonly file?: SourceFile;
  /** What the user should know about the choice, without a full stop. */
  readonly notes: readonly string[];
}

export interface SourceFile {
  readonly path: string;
  readonly text: string;
  /** What another text of the file means. Throws `config-invalid`. */
  parse(text: string): Config;
}

/**
 * The configuration that the gateway starts with: that of `--config`, else of flags, else of `perigee.yaml` in this
 * folder, else of the environment. Throws `config-invalid` with every problem of a file.
 */
export async function readSource(
  flags: ServeFlags,
  environment: NodeJS.ProcessEnv,
  listModels: ListModels,
): Promise<Source> {
  const given = Object.entries(UPSTREAM_FLAGS).flatMap(([flag, name]) =>
    flags[flag as keyof ServeFlags] === undefined ? [] : [name],
  );
  if (flags.config !== undefined && given.length > 0) {
    throw new UsageError(
      `${given.join(' and ')} and --config do not go together: write into ${flags.config} what they say.`,
    );
  }
  const found = existsSync(DEFAULT_FILE);
  const path = flags.config ?? (found && given.length === 0 ? DEFAULT_FILE : undefined);
  if (path !== undefined) return sourceFile(path, flags, environment);
  const config = await configOfFlags(flags, environment, listModels);
  const notes = [
    ...(found ? [`${DEFAULT_FILE} of this folder is not used, because ${given[0]} was given`] : []),
    ...(flags.key === undefined
      ? []
      : ['other users of this machine can read --key in the list of processes; PERIGEE_KEY is safer']),
  ];
  return { config, notes };
}

async function sourceFile(path: string, flags: ServeFlags, environment: NodeJS.ProcessEnv): Promise<Source> {
  const text = readFileText(path);
  // Only here: without a file nobody needs a reader of YAML.
  const { configOfText } = await import('./config-file.ts');
  const parse = (changed: string) => configOfText(changed, path, flags, environment);
  return {
    config: parse(text),
    file: { path, text, parse },
    notes: [`this is what ${path} says; changes of it count at once`],
  };
}
