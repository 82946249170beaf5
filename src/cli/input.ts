import { createReadStream, readFileSync } from 'node:fs';
import { PerigeeError } from '../core/index.ts';
import { isSystemError, UsageError, unreadable } from './failure.ts';

/** The text of a file, or of standard input for `-` and nothing, as it comes. */
export async function* openInput(file: string | undefined, command: string): AsyncGenerator<string> {
  const isFile = file !== undefined && file !== '-';
  if (file === undefined && process.stdin.isTTY) {
    // Waiting for a person to type is not what anyone wants.
    throw new UsageError(`nothing to read: give a file, or pipe text in, as in  perigee ${command} < file`);
  }
  const input = isFile ? createReadStream(file, 'utf8') : process.stdin.setEncoding('utf8');
  let first = true;
  try {
    for await (const chunk of input as AsyncIterable<string>) {
      yield first ? chunk.replace(/^\ufeff/, '') : chunk;
      first = false;
    }
  } catch (error) {
    throw isSystemError(error) ? unreadable(isFile ? file : 'standard input', error) : error;
  }
}

/** All of it. */
export async function readText(input: AsyncIterable<string>): Promise<string> {
  const chunks: string[] = [];
  for await (const chunk of input) chunks.push(chunk);
  return chunks.join('');
}

/** The text of a file that an option names. */
export function readFileText(file: string): string {
  try {
    return readFileSync(file, 'utf8').replace(/^\ufeff/, '');
  } catch (error) {
    throw unreadable(file, error);
  }
}

/** JSON text to its value; throws `invalid-request` that says what was read. */
export function readJson(text: string, what: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new PerigeeError('invalid-request', `${what} is not JSON: ${(error as Error).message}`, {
      remedy: text.trim() === '' ? 'It is empty.' : 'Give one JSON document.',
    });
  }
}
