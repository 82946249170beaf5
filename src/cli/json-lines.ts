import { isJsonObject, PerigeeError } from '../core/index.ts';
import { reportError } from './failure.ts';
import { readJson } from './input.ts';

/**
 * One JSON object a line in, one a line out. A faulty line gives an object with `error`, and the lines after
 * it are still read. Returns how many lines were faulty.
 */
export async function mapJsonLines(
  input: AsyncIterable<string>,
  map: (line: Record<string, unknown>) => object,
): Promise<number> {
  let number = 0;
  let faulty = 0;
  for await (const text of splitLines(input)) {
    number++;
    if (text.trim() === '') continue;
    let id: unknown;
    let out: object;
    try {
      const line = readJson(text, 'the line');
      if (!isJsonObject(line)) throw new PerigeeError('invalid-request', 'the line is not a JSON object.');
      id = line['id'];
      out = map(line);
    } catch (error) {
      faulty++;
      out = faultOf(error, number);
    }
    await writeLine({ ...(id !== undefined && { id }), ...out });
  }
  return faulty;
}

function faultOf(error: unknown, number: number): object {
  if (error instanceof PerigeeError) {
    return { error: true, error_code: error.code, error_message: `line ${number}: ${error.message}` };
  }
  // A defect of ours must not cost the lines after it.
  reportError(error);
  const message = error instanceof Error ? error.message : String(error);
  return { error: true, error_code: 'internal', error_message: `line ${number}: ${message}` };
}

/** Lines end at `\n` or `\r\n` alone: JSON text may hold the other line separators of Unicode. */
export async function* splitLines(input: AsyncIterable<string>): AsyncGenerator<string> {
  let parts: string[] = [];
  const take = () => {
    const line = parts.join('');
    parts = [];
    return line.endsWith('\r') ? line.slice(0, -1) : line;
  };
  for await (const chunk of input) {
    let from = 0;
    for (let at = chunk.indexOf('\n'); at >= 0; at = chunk.indexOf('\n', from)) {
      parts.push(chunk.slice(from, at));
      yield take();
      from = at + 1;
    }
    if (from < chunk.length) parts.push(chunk.slice(from));
  }
  if (parts.length > 0) yield take();
}

/** Writes one JSON line to standard output, and waits while its reader is slow. */
export async function writeLine(value: object): Promise<void> {
  if (process.stdout.write(`${JSON.stringify(value)}\n`)) return;
  await new Promise((resolve) => process.stdout.once('drain', resolve));
}
