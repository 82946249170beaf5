import { isLasting, PerigeeError } from '../core/index.ts';
import { keptBytes, keptText, listBytes } from './message-bytes.ts';

/** From so many messages on the bytes of a conversation are kept: below that, joining them is as cheap. */
const LONG = 64;

/** The JSON of a request's body. Throws `invalid-request` for what has none. */
export function writeBody(body: Record<string, unknown>, where: string): string | Buffer {
  const { messages, tools } = body;
  try {
    if (areLasting(messages)) return messages.length < LONG ? inText(body) : inBytes(body, messages);
    return areLasting(tools) ? inText(body) : JSON.stringify(body);
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

/** What `JSON.stringify` gives, with what lasts written once. */
function inText(body: Record<string, unknown>): string {
  let all = '';
  for (const name of Object.keys(body)) {
    const text = valueText(body[name]);
    if (text !== undefined) all += `${all === '' ? '{' : ','}${JSON.stringify(name)}:${text}`;
  }
  return `${all}}`;
}

/** The same in bytes, those of what lasts put in as they were written before. */
function inBytes(body: Record<string, unknown>, messages: readonly object[]): Buffer {
  const before: Buffer[] = [];
  const behind: Buffer[] = [];
  let parts = before;
  let text = '{';
  let isFirst = true;
  for (const name of Object.keys(body)) {
    const value = body[name];
    const isList = name === 'messages';
    const kept = !isList && isLastingObject(value) ? keptBytes(value) : undefined;
    const written = isList || kept ? '' : valueText(value);
    if (written === undefined) continue;
    text += `${isFirst ? '' : ','}${JSON.stringify(name)}:${written}`;
    isFirst = false;
    if (!isList && !kept) continue;
    parts.push(Buffer.from(text));
    text = '';
    if (kept) parts.push(kept);
    else parts = behind;
  }
  behind.push(Buffer.from(`${text}}`));
  // What JSON cannot say must not be found when half of the list is written.
  return Buffer.concat([...before, listBytes(messages), ...behind]);
}

/** Whether a value lists messages, or tools, that come again. */
function areLasting(list: unknown): list is readonly object[] {
  return Array.isArray(list) && list.every(isObject) && list.some(isLasting);
}

function isLastingObject(value: unknown): value is object {
  return isObject(value) && isLasting(value);
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

function valueText(value: unknown): string | undefined {
  // Tools come again as the very list.
  if (isLastingObject(value)) return keptText(value);
  return areLasting(value) ? listText(value) : JSON.stringify(value);
}

/** No message that lasts is written twice, and no tool. Joined once, where it is sent. */
function listText(messages: readonly object[]): string {
  let all = '';
  for (const message of messages) all += `${all === '' ? '[' : ','}${keptText(message)}`;
  return `${all}]`;
}
