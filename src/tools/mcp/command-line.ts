import { PerigeeError } from '../../core/index.ts';

/** A program to start. */
export interface Program {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

const ASSIGNMENT = /^([A-Za-z_]\w*)=(.*)$/s;

/**
 * Splits a command line into words as a shell does: quotes, backslashes, and variables in front (`TOKEN=x npx …`).
 * Nothing is expanded. Throws `invalid-options` for a quote without its end, and for what only a shell could do.
 */
export function splitCommandLine(line: string): Program {
  const words = wordsOf(line);
  const env: Record<string, string> = {};
  let first = 0;
  for (; first < words.length; first++) {
    const assignment = ASSIGNMENT.exec(words[first]!);
    if (!assignment) break;
    env[assignment[1]!] = assignment[2]!;
  }
  const [command, ...args] = words.slice(first);
  if (command === undefined || command === '') throw unreadable(line, 'it names no program');
  return { command, args, env };
}

const WORD = /\s+|'([^']*)'|"((?:[^"\\]|\\.)*)"|\\(.)|([|&;<>()`])|([^\s'"\\|&;<>()`]+)|(.)/gs;

function wordsOf(line: string): string[] {
  const words: string[] = [];
  let word: string | undefined;
  for (const [, single, double, escaped, operator, plain, stray] of line.matchAll(WORD)) {
    if (operator !== undefined) {
      throw unreadable(line, `it is not run by a shell, so ${operator} has no meaning: quote it`);
    }
    if (stray !== undefined) throw unreadable(line, `a ${stray} has no end`);
    // In double quotes a backslash stands for itself unless it is in front of one of these.
    const text = single ?? double?.replace(/\\(["\\$`])/g, '$1') ?? escaped ?? plain;
    if (text !== undefined) word = (word ?? '') + text;
    else if (word !== undefined) {
      words.push(word);
      word = undefined;
    }
  }
  if (word !== undefined) words.push(word);
  return words;
}

function unreadable(line: string, why: string): PerigeeError {
  // Values are often keys.
  const shown = JSON.stringify(line.replace(/\b([A-Za-z_]\w*=)\S+/g, '$1…').slice(0, 200));
  return new PerigeeError('invalid-options', `The command line ${shown} cannot be used: ${why}.`, {
    remedy: 'Give it as in "npx -y @modelcontextprotocol/server-filesystem .", or as { command, args }.',
  });
}
