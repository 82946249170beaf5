import { isLasting, PerigeeError } from '../core/index.ts';
import { keptText, listBytes } from './message-bytes.ts';

/** From so many messages on the bytes of a conversation are kept: below that, joining them is as cheap. */
const LONG = 64;

/** The JSON of a request's body. Throws `invalid-request` for what has none. */
export function writeBody(body: Record<string, unknown>, where: string): string | Buffer {
  const { messages, tools } = body;
  try {
    if (!areLasting(messages)) return areLasting(tools) ? withMessages(body) : JSON.stringify(body);
    if (messages.length < LONG) return withMessages(body, listText(messages));
    return inBytes(body, messages);
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

function inBytes(body: Record<string, unknown>, messages: readonly object[]): Buffer {
  // What JSON cannot say must not be found when half of it is written.
  const [before, behind] = withMessages(body, SEAM).split(SEAM) as [string, string];
  return Buffer.concat([Buffer.from(before), listBytes(messages), Buffer.from(behind)]);
}

/** Stands where the messages come; no JSON holds a bare NUL. */
const SEAM = '\0';

/** Whether a value lists messages, or tools, that come again. */
function areLasting(list: unknown): list is readonly object[] {
  return Array.isArray(list) && list.every(isObject) && list.some(isLasting);
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

/** What `JSON.stringify` gives, with this for its messages, if any is given. */
function withMessages(body: Record<string, unknown>, list?: string): string {
  let all = '';
  for (const name of Object.keys(body)) {
    const text = name === 'messages' && list !== undefined ? list : valueText(body[name]);
    if (text !== undefined) all += `${all === '' ? '{' : ','}${JSON.stringify(name)}:${text}`;
  }
  return `${all}}`;
}

function valueText(value: unknown): string | undefined {
  // Tools come again as the very list.
  if (typeof value === 'object' && value !== null && isLasting(value)) return keptText(value);
  return areLasting(value) ? listText(value) : JSON.stringify(value);
}

/** No message that lasts is written twice, and no tool. Joined once, where it is sent. */
function listText(messages: readonly object[]): string {
  let all = '';
  for (const message of messages) all += `${all === '' ? '[' : ','}${keptText(message)}`;
  return `${all}]`;
}
