import { PerigeeError } from '../../core/index.ts';
import { type Tool, tool } from '../tool.ts';
import { isInsidePair } from './excerpt-lines.ts';
import { figure } from './figure.ts';
import { lineAt } from './spill.ts';

/** The name under which the notes speak of the tool; give it to the agent under this name. */
export const READ_RESULT = 'read_result';

/** Characters of one answer. */
const MOST = 12_000;
const LINES = 200;
const MATCHES = 40;
const MATCH_LENGTH = 200;

/** Whole results, by the id of their call. */
export interface WholeResults {
  get(callId: string): string | undefined | Promise<string | undefined>;
}

interface ReadInput {
  readonly id: string;
  readonly fromLine?: number;
  readonly lines?: number;
  readonly fromCharacter?: number;
  readonly search?: string;
}

/**
 * A tool that reads a result which was spilled or cut, by the id of its call, in parts of at most 12,000 characters, or
 * half of `spillOver`, the agent's: what is read back must not be spilled again.
 */
export function readResultTool(store: WholeResults, spillOver = 24_000): Tool<ReadInput> {
  const most = Math.min(MOST, Math.floor(spillOver / 2));
  return tool({
    description:
      'Reads an earlier tool result that was shortened or cut from the conversation. Give the id of its call; ' +
      'then either lines (fromLine, lines), characters (fromCharacter) or search, a text whose lines are listed.',
    inputSchema: {
      type: 'object',
      properties: {
        id: { type: 'string', description: 'The id of the call, as in functions.read_file:3.' },
        fromLine: { type: 'integer', minimum: 1, description: 'First line, counted from 1. Default 1.' },
        lines: { type: 'integer', minimum: 1, description: `How many lines. Default ${LINES}.` },
        fromCharacter: { type: 'integer', minimum: 0, description: 'First character, counted from 0.' },
        search: { type: 'string', minLength: 1, description: 'Lists the lines that contain this text.' },
      },
      required: ['id'],
      additionalProperties: false,
    },
    readOnly: true,
    async execute(input: ReadInput) {
      const text = await store.get(input.id);
      if (text === undefined) {
        throw new PerigeeError(
          'invalid-request',
          `There is no result of a call ${JSON.stringify(input.id)}.`,
        );
      }
      if (input.search !== undefined) return search(text, input.search, input.fromLine ?? 1, most);
      if (input.fromCharacter !== undefined) return characters(text, input.fromCharacter, most);
      return lines(text, input.fromLine ?? 1, input.lines ?? LINES, most);
    },
  });
}

function lines(text: string, from: number, count: number, most: number): string {
  const start = lineStart(text, from);
  if (start === undefined) return `[The result has only ${figure(lineAt(text, text.length))} lines.]`;
  const end = lineStart(text, from + count) ?? text.length;
  if (end - start > most) return part(text, start, pairEnd(text, start + most));
  return part(text, start, end);
}

function characters(text: string, from: number, most: number): string {
  if (from >= text.length && text !== '') return `[The result has only ${figure(text.length)} characters.]`;
  const start = isInsidePair(text, from) ? from - 1 : from;
  return part(text, start, pairEnd(text, Math.min(text.length, start + most)));
}

/** A piece of the text, with where it stands and where to go on. */
function part(text: string, start: number, end: number): string {
  const piece = text.slice(start, end);
  const first = lineAt(text, start);
  const last = Math.max(first, lineAt(text, end - 1));
  const where = `lines ${figure(first)} to ${figure(last)} of ${figure(lineAt(text, text.length))}`;
  if (end >= text.length) return `[${where}, to the end]\n${piece}`;
  const next = text[end - 1] === '\n' ? `fromLine ${last + 1}` : `fromCharacter ${end}`;
  return `[${where}; go on with ${next}]\n${piece}`;
}

function search(text: string, wanted: string, from: number, most: number): string {
  const found: string[] = [];
  let line = from;
  let left = most;
  let start = lineStart(text, from) ?? text.length;
  while (start < text.length) {
    const at = text.indexOf(wanted, start);
    if (at < 0) break;
    line += newlines(text, start, at);
    if (found.length === MATCHES || left < MATCH_LENGTH) {
      found.push(`[more matches; go on with fromLine ${line}]`);
      break;
    }
    const begin = text.lastIndexOf('\n', at - 1) + 1;
    const end = endOfLine(text, at);
    const match = `${line}: ${around(text, Math.max(start, begin), at, end)}`;
    found.push(match);
    left -= match.length + 1;
    start = end + 1;
    line++;
  }
  return found.length === 0 ? `[No line contains ${JSON.stringify(wanted)}.]` : found.join('\n');
}

/** The part of a line around a match. */
function around(text: string, begin: number, at: number, end: number): string {
  const from = Math.max(begin, at - MATCH_LENGTH / 4);
  return text.slice(from, Math.min(end, from + MATCH_LENGTH)).toWellFormed();
}

function newlines(text: string, from: number, to: number): number {
  let count = 0;
  for (let at = text.indexOf('\n', from); at >= 0 && at < to; at = text.indexOf('\n', at + 1)) count++;
  return count;
}

function endOfLine(text: string, at: number): number {
  const end = text.indexOf('\n', at);
  return end < 0 ? text.length : end;
}

/** Where a line begins, counted from 1; undefined when the text has fewer. */
function lineStart(text: string, line: number): number | undefined {
  let start = 0;
  for (let at = 1; at < line; at++) {
    start = text.indexOf('\n', start) + 1;
    if (start === 0) return undefined;
  }
  return start;
}

function pairEnd(text: string, end: number): number {
  return isInsidePair(text, end) ? end - 1 : end;
}
