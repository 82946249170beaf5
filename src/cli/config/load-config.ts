import { checkDocument } from './check.ts';
import type { Config } from './config.ts';
import { readDocument } from './document.ts';
import type { ConfigProblem } from './problem.ts';
import { resolveConfig } from './resolve-config.ts';
import { SETTINGS } from './settings.ts';
import type { WrittenConfig } from './written.ts';

export type LoadedConfig = { readonly config: Config } | { readonly problems: readonly ConfigProblem[] };

export interface LoadOptions {
  readonly environment: NodeJS.ProcessEnv;
  /** The address to listen at, whatever the file says. */
  readonly host?: string;
  /** There may be keys beside those of the file: a server that others reach need not have any here. */
  readonly keysElsewhere?: boolean;
}

/**
 * Reads a configuration, YAML or JSON. Either it can be used as it is, or there is a list of all that is wrong with
 * it, in the order of the file. Pure: no file is read, nothing is asked but `environment`. Never throws.
 */
export function loadConfig(
  text: string,
  { environment, host, keysElsewhere = false }: LoadOptions,
): LoadedConfig {
  const { document, problems: faults, locate } = readDocument(text);
  if (!document) return { problems: inOrder(faults) };
  const checked = checkDocument(document, SETTINGS, environment, locate);
  const problems = [...faults, ...checked.problems];
  if (checked.incomplete) return { problems: inOrder(problems) };
  const { places, faulty } = checked;
  const written = checked.value as WrittenConfig;
  const server = { ...written.server, ...(host !== undefined && { host }) };
  const config = resolveConfig(
    { ...written, server },
    {
      environment,
      keysElsewhere,
      report: (path, message, remedy) => {
        // It may be the echo of a fault that is told already.
        if ([...faulty].some((section) => isWithin(path, section))) return;
        const { line, column } = placeOf(path, places);
        problems.push({ line, column, kind: 'meaning', message, remedy });
      },
      variablesOf: (path) => places.get(path)?.variables ?? [],
    },
  );
  return problems.length > 0 ? { problems: inOrder(problems) } : { config };
}

function isWithin(path: string, section: string): boolean {
  return (
    section === '' ||
    path === section ||
    (/^[.[]/.test(path.slice(section.length)) && path.startsWith(section))
  );
}

/** Nobody reads more. */
const MOST_PROBLEMS = 100;

/** Where a value stands, or else what it should stand in. */
function placeOf(
  path: string,
  places: ReadonlyMap<string, { line: number; column: number }>,
): { line: number; column: number } {
  for (let at = path; ; at = at.replace(/(?:^|\.)(?:[\w$-]+|"(?:[^"\\]|\\.)*")$|\[\d+\]$/, '')) {
    const place = places.get(at);
    if (place) return place;
    if (at === '') return { line: 1, column: 1 };
  }
}

function inOrder(problems: readonly ConfigProblem[]): ConfigProblem[] {
  const sorted = [...problems].sort((a, b) => a.line - b.line || a.column - b.column);
  return sorted.slice(0, MOST_PROBLEMS);
}
