import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import { type ToolContext, tool } from '../../agent/index.ts';
import { accessTo } from './access.ts';
import { patternTest } from './glob.ts';
import { resolveInside } from './jail.ts';
import { type Found, MAX_SEEN, walk } from './walk.ts';

/** Entries that are listed by name; further ones are only counted. */
const MAX_LISTED = 500;

/** What `list_files` is given. */
export interface ListFilesInput {
  readonly path?: string;
  readonly pattern?: string;
  readonly recursive?: boolean;
}

/** One entry of a folder. */
export interface ListedEntry extends Found {
  /** Bytes; files only. */
  readonly size?: number;
}

/** What `list_files` answers. */
export interface ListedFiles {
  readonly path: string;
  /** All entries that fit, of whatever type. */
  readonly count: number;
  readonly file_count: number;
  readonly directory_count: number;
  /** The first 500 by name. */
  readonly files: readonly ListedEntry[];
  /** What is missing, if anything. */
  readonly truncated?: string;
  /** Why nothing fits, where a pattern was given and nothing does. */
  readonly note?: string;
}

/** A tool that lists a folder inside `root`. */
export function listFiles(root: string) {
  return tool({
    description:
      'Lists the files and directories in a folder, with their number: file_count counts files alone, count ' +
      'counts all entries. Hidden ones are included; links are not followed.',
    inputSchema: {
      type: 'object',
      properties: {
        path: {
          type: 'string',
          description: 'Relative path of the folder; default ".", the folder you work in.',
        },
        pattern: {
          type: 'string',
          description:
            'Only entries whose name fits, for example "*.ts" or "*.{ts,md}". With a "/" or "**" in it, the path ' +
            'below the folder must fit, and directories below are looked at too: "**/*.ts", "src/*.ts".',
        },
        recursive: { type: 'boolean', description: 'Also what is in the directories below. Default false.' },
      },
      additionalProperties: false,
    },
    readOnly: true,
    accesses: ({ path = '.' }: ListFilesInput) => [accessTo(path, 'read')],
    async execute(
      { path = '.', pattern, recursive = false }: ListFilesInput,
      { signal }: ToolContext,
    ): Promise<ListedFiles> {
      const { real, shown } = await resolveInside(root, path || '.');
      if (!(await lstat(real)).isDirectory()) throw new Error(`${JSON.stringify(path)} is not a directory.`);
      const wanted = wantedBy(pattern);
      const deep = recursive || wanted.deep;
      // A list, not a map: names that are not UTF-8 may read the same and are still two.
      const found: Found[] = [];
      const { whole, seen } = await walk(real, path, { recursive: deep, signal }, (entry) => {
        if (wanted.fits(entry.name)) found.push(entry);
      });
      const listed = await summary(shown, real, found, whole);
      if (found.length > 0 || wanted.pattern === undefined) return listed;
      const where = deep ? 'in this folder and below' : 'in this folder alone';
      return {
        ...listed,
        note: `None of the ${seen} entries ${where} fits the pattern ${JSON.stringify(wanted.pattern)}.`,
      };
    },
  });
}

/** What a pattern asks for; `deep` when it speaks of paths, which one folder alone cannot answer. */
export function wantedBy(given: string | undefined) {
  const pattern = given?.replace(/^(?:\.\/+)+/, '');
  if (pattern === undefined || pattern === '') return { pattern: undefined, deep: false, fits: () => true };
  if (/^\/|\/$|(?:^|\/)\.\.?(?:\/|$)/.test(pattern)) {
    throw new Error(
      'A pattern cannot begin or end with "/" or have "." or ".." as a folder; name the folder in "path".',
    );
  }
  const deep = pattern.includes('/') || pattern.includes('**');
  const test = patternTest(pattern);
  return {
    pattern,
    deep,
    fits: (name: string) => test(deep ? name : name.slice(name.lastIndexOf('/') + 1)),
  };
}

async function summary(
  shown: string,
  real: string,
  found: readonly Found[],
  whole: boolean,
): Promise<ListedFiles> {
  const sorted = [...found].sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
  const files: ListedEntry[] = [];
  for (const { name, type } of sorted.slice(0, MAX_LISTED)) {
    const size = type === 'file' ? (await lstat(join(real, name)).catch(() => undefined))?.size : undefined;
    files.push({ name, type, ...(size !== undefined && { size }) });
  }
  const missing: string[] = [];
  if (!whole) missing.push(`Stopped after ${MAX_SEEN} entries: there are more than are counted here.`);
  if (found.length > MAX_LISTED) missing.push(`Only the first ${MAX_LISTED} of ${found.length} are listed.`);
  return {
    path: shown,
    count: found.length,
    file_count: found.filter(({ type }) => type === 'file').length,
    directory_count: found.filter(({ type }) => type === 'directory').length,
    files,
    ...(missing.length > 0 && { truncated: missing.join(' ') }),
  };
}
