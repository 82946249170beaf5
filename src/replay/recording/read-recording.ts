import { isJsonObject, PerigeeError, parseJson } from '../../core/index.ts';
import { isErrorCode } from './error-codes.ts';
import type { BatchLine, EndLine, ErrorLine, HeaderLine, RequestLine } from './lines.ts';

/** One answer of a recording. */
export interface RecordedTurn {
  readonly request: RequestLine;
  readonly batches: BatchLine[];
  /** Absent: the recording ends before the answer does. */
  end?: EndLine | ErrorLine;
}

export interface Recording {
  readonly header: HeaderLine;
  readonly turns: readonly RecordedTurn[];
}

const EVENT_TYPES = new Set([
  'text-delta',
  'reasoning-delta',
  'tool-call-start',
  'tool-call-delta',
  'tool-call-end',
  'tool-call-invalid',
  'finish',
]);

/**
 * Reads the lines of a recording. A last line that is only half there is left out, since that is how a killed
 * process leaves it; anything else that is wrong throws a `PerigeeError` with code `recording-invalid`.
 */
export function readRecording(lines: readonly string[]): Recording {
  let header: HeaderLine | undefined;
  const turns: RecordedTurn[] = [];
  const last = lines.findLastIndex((line) => line.trim() !== '');
  for (const [position, text] of lines.entries()) {
    if (text.trim() === '') continue;
    const number = position + 1;
    const line = parseLine(text);
    if (line === undefined && position === last && header) break;
    if (!isJsonObject(line)) throw invalid(number, 'it is not a JSON object');
    if (header) readLine(line, turns, number);
    else header = readHeader(line, number);
  }
  if (!header) throw new PerigeeError('recording-invalid', 'The recording is empty.', { remedy: REMEDY });
  return { header, turns };
}

function readHeader(line: Record<string, unknown>, number: number): HeaderLine {
  if (line['perigee'] !== 'recording') throw invalid(number, 'it is not the header of a recording');
  if (line['version'] !== 1) throw invalid(number, `version ${JSON.stringify(line['version'])} is not known`);
  if (typeof line['model'] !== 'string') throw invalid(number, 'it names no model');
  return line as unknown as HeaderLine;
}

function readLine(line: Record<string, unknown>, turns: RecordedTurn[], number: number): void {
  const turn = line['turn'];
  if (typeof turn !== 'number') throw invalid(number, 'it names no turn');
  if ('request' in line) {
    if (turn !== turns.length) throw invalid(number, `turn ${turns.length} was expected, not ${turn}`);
    if (!Array.isArray(line['tools']) || typeof line['messages'] !== 'number') {
      throw invalid(number, 'the request has no number of messages or no tool names');
    }
    turns.push({ request: line as unknown as RequestLine, batches: [] });
    return;
  }
  const recorded = turns[turn];
  if (!recorded) throw invalid(number, `turn ${turn} has no request`);
  if (recorded.end) throw invalid(number, `turn ${turn} had ended before`);
  if (typeof line['ms'] !== 'number') throw invalid(number, 'it has no time');
  if (isJsonObject(line['error'])) {
    const { code, message } = line['error'];
    if (!isErrorCode(code)) {
      throw invalid(number, `the error code ${JSON.stringify(code)} is not known`);
    }
    if (typeof message !== 'string') throw invalid(number, 'the error has no message');
    recorded.end = line as unknown as ErrorLine;
  } else if (line['end'] === 'finished' || line['end'] === 'left') {
    const types = recorded.batches.flatMap(({ events }) => events.map(({ type }) => type));
    if (line['end'] === 'finished' && !types.includes('finish')) {
      throw invalid(number, `turn ${turn} is said to be finished, but has no finish event`);
    }
    recorded.end = line as unknown as EndLine;
  } else {
    if (!Array.isArray(line['events']) || !line['events'].every(isEvent)) {
      throw invalid(number, 'it has no events, or one of an unknown type');
    }
    recorded.batches.push(line as unknown as BatchLine);
  }
}

function isEvent(event: unknown): boolean {
  return isJsonObject(event) && EVENT_TYPES.has(event['type'] as string);
}

/** Trimming also takes the mark off that some editors put before the first line. */
function parseLine(text: string): unknown {
  return parseJson(text.trim());
}

const REMEDY = 'Record it again, or repair the line.';

function invalid(line: number, why: string): PerigeeError {
  return new PerigeeError('recording-invalid', `Line ${line} of the recording cannot be used: ${why}.`, {
    remedy: REMEDY,
  });
}
