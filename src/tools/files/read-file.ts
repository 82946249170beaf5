import { tool } from '../../agent/index.ts';
import { accessTo } from './access.ts';
import { resolveInside } from './jail.ts';
import { decodeText, readInside } from './read-inside.ts';

/** Bytes of a file that are looked at. */
const MAX_BYTES = 8 * 1024 * 1024;
/** Characters of one answer. */
const MAX_CHARACTERS = 50_000;
const DEFAULT_LINES = 1000;

/** What `read_file` is given. */
export interface ReadFileInput {
  readonly path: string;
  /** Counted from 1; default 1. */
  readonly start_line?: number;
  /** Default 1,000. */
  readonly line_count?: number;
}

/** What `read_file` answers. */
export interface ReadFile {
  readonly path: string;
  readonly start_line: number;
  /** The last line in `content`; `start_line - 1` when there is none. */
  readonly end_line: number;
  /** Lines of the whole file; of its first 8 MiB where it is larger. */
  readonly total_lines: number;
  readonly content: string;
  /** What is missing, if anything. */
  readonly truncated?: string;
}

/** A tool that reads text files inside `root`. */
export function readFile(root: string) {
  return tool({
    description: `Reads a text file, ${DEFAULT_LINES} lines at a time unless told otherwise.`,
    inputSchema: {
      type: 'object',
      properties: {
        path: { type: 'string', description: 'Relative path of the file.', minLength: 1 },
        start_line: { type: 'integer', minimum: 1, description: 'First line, counted from 1. Default 1.' },
        line_count: { type: 'integer', minimum: 1, description: `Default ${DEFAULT_LINES}.` },
      },
      required: ['path'],
      additionalProperties: false,
    },
    readOnly: true,
    accesses: ({ path }: ReadFileInput) => [accessTo(path, 'read')],
    async execute({ path, start_line = 1, line_count = DEFAULT_LINES }: ReadFileInput): Promise<ReadFile> {
      const inside = await resolveInside(root, path);
      const { bytes, more } = await readInside(inside, path, MAX_BYTES);
      const text = decodeText(bytes, path, more);
      return excerpt(inside.shown, text, more, start_line, line_count);
    },
  });
}

function excerpt(shown: string, text: string, more: boolean, start: number, count: number): ReadFile {
  const lines = text.split('\n');
  if (lines.at(-1) === '') lines.pop();
  const wanted = lines.slice(start - 1, start - 1 + count);
  let content = '';
  let taken = 0;
  for (const line of wanted) {
    if (content.length + line.length + 1 > MAX_CHARACTERS) break;
    content += `${line}\n`;
    taken++;
  }
  const missing: string[] = [];
  if (taken === 0 && wanted.length > 0) {
    content = wanted[0]!.slice(0, MAX_CHARACTERS);
    taken = 1;
    missing.push(`Line ${start} has ${wanted[0]!.length} characters; these are the first ${MAX_CHARACTERS}.`);
  }
  const end = start - 1 + taken;
  // An empty file that is read from its beginning is read whole.
  if (start > Math.max(1, lines.length)) missing.push(`The file ends with line ${lines.length}.`);
  else if (end < lines.length) missing.push(`Go on with start_line ${end + 1}.`);
  if (more) missing.push('The file is larger than 8 MiB; only the beginning can be read.');
  return {
    path: shown,
    start_line: start,
    end_line: end,
    total_lines: lines.length,
    content,
    ...(missing.length > 0 && { truncated: missing.join(' ') }),
  };
}
