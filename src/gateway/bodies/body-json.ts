import { PerigeeError } from '../../core/index.ts';

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
  } catch (cause) {
    const at = /position \d+/.exec(cause instanceof Error ? cause.message : '')?.[0];
    const where = at === undefined ? '' : ` at ${at}`;
    throw new PerigeeError(
      'invalid-request',
      text.trim() === '' ? 'The body is empty.' : `The body is not JSON${where}.`,
      { remedy: 'Send the request as JSON.', status: 400 },
    );
  }
}
