import { isLasting, PerigeeError } from '../core/index.ts';
import { keptBytes, keptText, listBytes } from './message-bytes.ts';

/** From so many messages on the bytes of a conversation are kept: below that, joining them is as cheap. */
const LONG = 64;

/** The JSON of a request's body. Throws `invalid-request` for what has none. */
export function writeBody(body: Record<string, unknown>, where: string): string | Buffer {
  const { messages, tools } = body;
  try {
    if (!areLasting(messages) && !areLasting(tools)) return JSON.stringify(body);
    const pieces = piecesOf(body);
    if (areLasting(messages) && messages.length >= LONG) return inBytes(pieces, messages);
    let text = '';
    for (const piece of pieces) text += typeof piece === 'string' ? piece : valueText(piece);
    return text;
  } catch (error) {
    // What a stack or a string does not hold; the rest are TypeErrors.
    const isTooMuch = error instanceof RangeError;
    throw new PerigeeError('invalid-request', `${where}: the request cannot be written as JSON.`, {
      remedy: isTooMuch
        ? 'Its messages, tools or extra fields are nested too deeply, or too long: flatten or shorten them.'
        : 'Take cycles and BigInts out of its messages, tools and extra fields.',
    });
  }
}

/** What `JSON.stringify` gives, with lists and what lasts standing in it as they are: they are mostly written already. */
function piecesOf(body: Record<string, unknown>): (string | object)[] {
  const pieces: (string | object)[] = [];
  let text = '';
  for (const name of Object.keys(body)) {
    const value = body[name];
    const isKept = comesAgain(value);
    const written = isKept ? '' : JSON.stringify(value);
    if (written === undefined) continue;
    text += `${text === '' && pieces.length === 0 ? '{' : ','}${JSON.stringify(name)}:${written}`;
    if (!isKept) continue;
    pieces.push(text, value);
    text = '';
  }
  pieces.push(`${text}}`);
  return pieces;
}

function inBytes(pieces: readonly (string | object)[], messages: readonly object[]): Buffer {
  return Buffer.concat(
    pieces.map((piece) => {
      if (piece === messages) return listBytes(messages);
      if (typeof piece === 'string') return Buffer.from(piece);
      return isLasting(piece) ? keptBytes(piece) : Buffer.from(valueText(piece));
    }),
  );
}

/** Whether a value lists messages, or tools, that come again. */
function areLasting(list: unknown): list is readonly object[] {
  return Array.isArray(list) && list.every(isObject) && list.some(isLasting);
}

function comesAgain(value: unknown): value is object {
  return isObject(value) && (isLasting(value) || areLasting(value));
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

/** The JSON of what lasts, or of a list of that. */
function valueText(value: object): string {
  // Tools come again as the very list.
  return Array.isArray(value) && !isLasting(value) ? listText(value) : keptText(value);
}

/** No message that lasts is written twice, and no tool. Joined once, where it is sent. */
function listText(messages: readonly object[]): string {
  let all = '';
  for (const message of messages) all += `${all === '' ? '[' : ','}${keptText(message)}`;
  return `${all}]`;
}
