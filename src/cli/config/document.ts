import { type Document, LineCounter, parseDocument, type YAMLError } from 'yaml';
import type { ConfigProblem } from './problem.ts';

/** A file as YAML; without a `document` it is none. */
export interface ReadDocument {
  readonly document?: Document;
  readonly problems: readonly ConfigProblem[];
  /** Where a position of the text is. */
  locate(offset: number): { line: number; column: number };
}

const LONGEST = 1024 * 1024;
/** Nothing of ours needs ten; the parser of YAML itself fails at some thousands. */
const DEEPEST = 100;

/** Reads YAML or JSON, every fault of its syntax at once. Never throws. */
export function readDocument(text: string): ReadDocument {
  const counter = new LineCounter();
  const locate = (offset: number) => {
    const { line, col } = counter.linePos(Math.max(0, Math.min(offset, text.length)));
    return { line: Math.max(1, line), column: Math.max(1, col) };
  };
  const unusable = unusableText(text);
  if (unusable) return { problems: [unusable], locate };
  const document = parseDocument(text, {
    lineCounter: counter,
    prettyErrors: false,
    merge: true,
    version: '1.2',
  });
  const problems = new Map<number, ConfigProblem>();
  let broken = false;
  for (const error of [...document.errors, ...document.warnings]) {
    const place = locate(error.pos[0]);
    // What follows on the same line is mostly the echo of its first fault.
    if (!problems.has(place.line)) {
      problems.set(place.line, { ...place, kind: 'syntax', ...explain(error, text) });
    }
    // A key that stands twice spoils nothing else, and what an unknown tag stands before is read as it is.
    broken ||= error.code !== 'DUPLICATE_KEY' && error.code !== 'TAG_RESOLVE_FAILED';
  }
  return { ...(!broken && { document }), problems: [...problems.values()], locate };
}

function unusableText(text: string): ConfigProblem | undefined {
  const start = { line: 1, column: 1, kind: 'syntax' } as const;
  if (text.length > LONGEST) {
    return { ...start, message: 'The file is longer than 1 MiB.', remedy: 'Is it the right file?' };
  }
  let depth = 0;
  let [line, lineStart] = [1, 0];
  for (let i = 0; i < text.length; i++) {
    const code = text[i]!;
    if (code === '\n') [line, lineStart] = [line + 1, i + 1];
    else if (code === '[' || code === '{') depth++;
    else if (code === ']' || code === '}') depth = Math.max(0, depth - 1);
    else if (code === '\0') {
      const column = i - lineStart + 1;
      const message = 'The file holds a NUL character.';
      return { line, column, kind: 'syntax', message, remedy: 'Save it as plain UTF-8 text.' };
    }
    if (depth > DEEPEST) {
      const column = i - lineStart + 1;
      const message = `More than ${DEEPEST} brackets are open here.`;
      return { line, column, kind: 'syntax', message, remedy: 'Close them before.' };
    }
  }
  // Each `- ` or `? ` on one line opens a level, and so does each further column of indentation.
  const nested = new RegExp(`^(?: {${10 * DEEPEST},}|[ ]*(?:[-?] +){${DEEPEST},})`, 'm').exec(text);
  if (!nested) return undefined;
  const before = text.slice(0, nested.index).split('\n').length;
  return { ...start, line: before, message: 'This line is nested too deep.', remedy: 'Indent it less.' };
}

function explain(error: YAMLError, text: string): { message: string; remedy: string } {
  const [from, to] = error.pos;
  const line = text.slice(text.lastIndexOf('\n', from - 1) + 1, lineEnd(text, from));
  switch (error.code) {
    case 'TAB_AS_INDENT':
      return {
        message: 'The line is indented with a tab.',
        remedy: 'Indent with spaces: YAML takes no tabs.',
      };
    case 'DUPLICATE_KEY': {
      const name = /^["']?([\w$ .-]{1,60})/.exec(text.slice(from, lineEnd(text, from)))?.[1] ?? 'A name';
      return { message: `${name} stands twice in its section.`, remedy: 'Keep one of the two.' };
    }
    case 'TAG_RESOLVE_FAILED':
      return { message: `The tag ${text.slice(from, to)} is not known.`, remedy: 'Leave it out.' };
    case 'MULTIPLE_DOCS':
      return { message: 'A second document begins here.', remedy: 'Remove the line "---" and what follows.' };
    case 'BAD_ALIAS':
      return {
        message: 'A * here begins an alias, and no name follows.',
        remedy: 'Put the text in quotes: "*".',
      };
    case 'BLOCK_AS_IMPLICIT_KEY':
    case 'MULTILINE_IMPLICIT_KEY':
      return {
        message: 'There is a second ": " in what this line says.',
        remedy: 'Indent the names of one section alike, and put a text that holds ": " in quotes.',
      };
    case 'BAD_SCALAR_START':
      return { message: `A text cannot begin with ${text[from]}.`, remedy: 'Put it in quotes.' };
    default:
      return {
        // The parser quotes the text, which may be a secret.
        message: `This is not YAML: ${error.message.replace(/: ".*$/s, '').replace(/\.?$/, '.')}`,
        remedy:
          line.includes('${') && /[[{]/.test(line.replaceAll('${', ''))
            ? 'Inside [ ] and { } put quotes around "${NAME}".'
            : 'Correct the line or the one before it: indentation, quotes, brackets.',
      };
  }
}

function lineEnd(text: string, from: number): number {
  const end = text.indexOf('\n', from);
  return end < 0 ? text.length : end;
}
