import { lstat } from 'node:fs/promises';
import { posix } from 'node:path';
import { type ToolContext, tool } from '../../agent/index.ts';
import { accessTo } from './access.ts';
import { resolveInside } from './jail.ts';
import { wantedBy } from './list-files.ts';
import { type Matcher, startMatcher } from './matcher.ts';
import { readInside, textOf } from './read-inside.ts';
import { walk } from './walk.ts';

/** Milliseconds that one search may take, unless told otherwise. */
const DEFAULT_MS = 10_000;
/** Lines that are given, and how many a call may ask for. */
const DEFAULT_MATCHES = 100;
const MAX_MATCHES = 500;
/** Bytes of one file that are looked through, and of all files together. */
const MAX_FILE_BYTES = 2 * 1024 * 1024;
const MAX_ALL_BYTES = 256 * 1024 * 1024;
const MAX_QUERY = 1000;
/** What others have made, and would bury what is looked for; searched when "path" leads into it. */
const SKIPPED = ['.git', 'node_modules'];

/** What `search_files` is given. */
export interface SearchFilesInput {
  readonly query: string;
  /** `query` is a regular expression of JavaScript; default false. */
  readonly regex?: boolean;
  readonly path?: string;
  readonly pattern?: string;
  readonly ignore_case?: boolean;
  readonly limit?: number;
}

/** What `search_files` answers. */
export interface FoundLines {
  readonly path: string;
  readonly matches: readonly { readonly path: string; readonly line: number; readonly text: string }[];
  /** Text files that were looked through. */
  readonly files_searched: number;
  /** What is missing, if anything. */
  readonly truncated?: string;
}

/** A tool that looks for a text in the files inside `root`, for `searchMs` milliseconds at most. */
export function searchFiles(root: string, searchMs = DEFAULT_MS) {
  return tool({
    description:
      'Looks for a text or regular expression in the text files of a folder and below; answers with the lines that ' +
      `fit. Directories called ${SKIPPED.join(' or ')} are skipped unless "path" leads into them; links are not followed.`,
    inputSchema: {
      type: 'object',
      properties: {
        query: { type: 'string', description: 'What to look for.', minLength: 1, maxLength: MAX_QUERY },
        regex: {
          type: 'boolean',
          description: 'The query is a regular expression of JavaScript; ^ and $ mean lines. Default false.',
        },
        path: { type: 'string', description: 'Relative path of a folder, or of one file. Default ".".' },
        pattern: {
          type: 'string',
          description:
            'Only files whose name fits, as in "*.ts", or whose path does, as in "src/**/*.{ts,md}".',
        },
        ignore_case: { type: 'boolean', description: 'Default false.' },
        limit: {
          type: 'integer',
          minimum: 1,
          maximum: MAX_MATCHES,
          description: `Lines at most. Default ${DEFAULT_MATCHES}.`,
        },
      },
      required: ['query'],
      additionalProperties: false,
    },
    readOnly: true,
    accesses: ({ path = '.' }: SearchFilesInput) => [accessTo(path, 'read')],
    execute: (input: SearchFilesInput, { signal }: ToolContext) => search(root, input, signal, searchMs),
  });
}

async function search(
  root: string,
  input: SearchFilesInput,
  signal: AbortSignal,
  searchMs: number,
): Promise<FoundLines> {
  const expression = expressionOf(input);
  const { real, shown } = await resolveInside(root, input.path || '.');
  const names = await namesOf(real, input, signal);
  signal.throwIfAborted();
  const matcher = startMatcher(expression);
  const stop = () => matcher.stop();
  const timer = setTimeout(stop, searchMs);
  signal.addEventListener('abort', stop);
  try {
    const found = await look(root, shown, names.files, matcher, input.limit ?? DEFAULT_MATCHES);
    signal.throwIfAborted();
    const missing = [...names.missing, ...found.missing];
    return {
      path: shown,
      matches: found.matches,
      files_searched: found.searched,
      ...(missing.length > 0 && { truncated: missing.join(' ') }),
    };
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', stop);
    await matcher.close();
  }
}

function expressionOf({ query, regex = false, ignore_case = false }: SearchFilesInput): RegExp {
  const source = regex ? query : query.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&').replace(/\r?\n/g, '\\r?\\n');
  const flags = ignore_case ? 'gmi' : 'gm';
  try {
    // Only read by `u` are \u{…} and \p{…}; many models escape more than it allows, so that both are tried.
    return new RegExp(source, `${flags}u`);
  } catch {
    try {
      return new RegExp(source, flags);
    } catch (error) {
      throw new Error(`The query is no regular expression: ${(error as Error).message}.`);
    }
  }
}

/** The files to look through, sorted, below `real`; `''` for `real` itself. */
async function namesOf(real: string, { path = '.', pattern }: SearchFilesInput, signal: AbortSignal) {
  const stats = await lstat(real);
  if (!stats.isDirectory()) return { files: [''], missing: [] };
  const wanted = wantedBy(pattern);
  const files: string[] = [];
  const skips = (name: string): boolean => SKIPPED.includes(name);
  const { whole, seen } = await walk(real, path, { recursive: true, signal, skips }, ({ name, type }) => {
    if (type === 'file' && wanted.fits(name)) files.push(name);
  });
  const missing = whole ? [] : [`Only the first ${seen} entries of the folder were looked at.`];
  return { files: files.sort(), missing };
}

async function look(
  root: string,
  shown: string,
  files: readonly string[],
  matcher: Matcher,
  limit: number,
): Promise<{ matches: FoundLines['matches']; searched: number; missing: string[] }> {
  const matches: FoundLines['matches'][number][] = [];
  const missing: string[] = [];
  let searched = 0;
  let bytesSeen = 0;
  let cut = 0;
  for (const name of files) {
    const path = posix.join(shown, name);
    const part = await partOf(root, path, name === '');
    if (part === undefined) continue;
    // One more than wanted tells whether there is more.
    const found = await matcher.match(part.text, limit - matches.length + 1);
    if (found === undefined) {
      missing.push(`The time was over in ${path}: narrow it by "path" or "pattern", or simplify the query.`);
      break;
    }
    searched++;
    bytesSeen += part.size;
    if (part.more) cut++;
    for (const { line, text } of found.slice(0, limit - matches.length)) matches.push({ path, line, text });
    if (found.length > 0 && matches.length === limit && found.at(-1)!.line !== matches.at(-1)!.line) {
      missing.push(
        `There are more than ${limit} such lines: narrow it by "path" or "pattern", or raise "limit".`,
      );
      break;
    }
    if (bytesSeen > MAX_ALL_BYTES) {
      missing.push(`Stopped behind ${path}: 256 MiB were looked through. Narrow it by "path" or "pattern".`);
      break;
    }
  }
  if (cut > 0) missing.push(`Of ${cut} large files only the first 2 MiB were looked through.`);
  return { matches, searched, missing };
}

/** What of a file is looked through; undefined for what is no text or has gone, unless it was asked for by name. */
async function partOf(root: string, path: string, asked: boolean) {
  try {
    const { bytes, more } = await readInside(await resolveInside(root, path), path, MAX_FILE_BYTES);
    const text = textOf(bytes, more);
    if (text === undefined && asked) throw new Error(`${JSON.stringify(path)} is a binary file, not text.`);
    return text === undefined ? undefined : { text, more, size: bytes.length };
  } catch (error) {
    if (asked) throw error;
    return undefined;
  }
}
