import { PerigeeError } from '../../core/index.ts';
import { jsonFault } from './json-fault.ts';

/** The text of a body. What is no UTF-8 becomes the replacement character, as everywhere. */
export function bodyText(body: Uint8Array): string {
  const buffer = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  // A byte order mark is no JSON.
  const from = buffer[0] === 0xef && buffer[1] === 0xbb && buffer[2] === 0xbf ? 3 : 0;
  return buffer.toString('utf8', from);
}

/** The JSON of a body. Throws `invalid-request` without a word of what stands in it. */
export function parseBody(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new PerigeeError('invalid-request', notJson(text), {
      remedy: 'Send the request as JSON.',
      status: 400,
    });
  }
}

function notJson(text: string): string {
  if (text.trim() === '') return 'The body is empty.';
  const fault = jsonFault(text);
  if (fault === undefined) return 'The body is not JSON.';
  const { line, column, isEnd } = fault;
  return isEnd
    ? `The body is not JSON: it ends too early, at line ${line}, column ${column}.`
    : `The body is not JSON at line ${line}, column ${column}.`;
}
