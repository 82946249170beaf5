import { isLasting, PerigeeError } from '../core/index.ts';
import { keptText, listBytes } from './message-bytes.ts';

/** From so many messages on the bytes of a conversation are kept: below that, joining them is as cheap. */
const LONG = 64;

/** The JSON of a request's body. Throws `invalid-request` for what has none. */
export function writeBody(body: Record<string, unknown>, where: string): string | Buffer {
  const { messages, tools } = body;
  try {
    if (!areLasting(messages) && !areLasting(tools)) return JSON.stringify(body);
    // What JSON cannot say must not be found when half of it is written.
    const [before, behind] = around(body);
    if (!isObject(messages)) return before + behind;
    if (areLasting(messages) && messages.length >= LONG) {
      return Buffer.concat([Buffer.from(before), listBytes(messages), Buffer.from(behind)]);
    }
    return before + valueText(messages) + behind;
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

/** What `JSON.stringify` gives, up to the list of messages and behind it; all of it where there is none. */
function around(body: Record<string, unknown>): readonly [before: string, behind: string] {
  let before = '';
  let text = '{';
  let isFirst = true;
  for (const name of Object.keys(body)) {
    const isList = name === 'messages' && isObject(body[name]);
    const value = isList ? '' : valueText(body[name]);
    if (value === undefined) continue;
    text += `${isFirst ? '' : ','}${JSON.stringify(name)}:${value}`;
    isFirst = false;
    if (!isList) continue;
    before = text;
    text = '';
  }
  return [before, `${text}}`];
}

/** Whether a value lists messages, or tools, that come again. */
function areLasting(list: unknown): list is readonly object[] {
  return Array.isArray(list) && list.every(isObject) && list.some(isLasting);
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

function valueText(value: unknown): string | undefined {
  // Tools come again as the very list.
  if (isObject(value) && isLasting(value)) return keptText(value);
  return areLasting(value) ? listText(value) : JSON.stringify(value);
}

/** No message that lasts is written twice, and no tool. Joined once, where it is sent. */
function listText(messages: readonly object[]): string {
  let all = '';
  for (const message of messages) all += `${all === '' ? '[' : ','}${keptText(message)}`;
  return `${all}]`;
}
