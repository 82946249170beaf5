import { isLasting, Kept, PerigeeError } from '../core/index.ts';

/** Messages that come again with every request of their conversation, as they are written. */
const written = new Kept<object, string>();

/** The JSON of a request's body. Throws `invalid-request` for what has none. */
export function bodyText(body: Record<string, unknown>, where: string): string {
  const messages = body['messages'];
  try {
    return areLasting(messages) ? withMessages(body, messages) : JSON.stringify(body);
  } catch {
    throw new PerigeeError('invalid-request', `${where}: the request cannot be written as JSON.`, {
      remedy: 'Take cycles and BigInts out of its messages, tools and extra fields.',
    });
  }
}

/** Whether a body has messages that come again. */
function areLasting(messages: unknown): messages is readonly object[] {
  return Array.isArray(messages) && messages.every(isObject) && messages.some(isLasting);
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

/** What `JSON.stringify` gives, but no message that lasts is written twice. Joined once, where it is sent. */
function withMessages(body: Record<string, unknown>, messages: readonly object[]): string {
  let all = '';
  for (const name of Object.keys(body)) {
    const text = name === 'messages' ? listText(messages) : JSON.stringify(body[name]);
    if (text !== undefined) all += `${all === '' ? '{' : ','}${JSON.stringify(name)}:${text}`;
  }
  return `${all}}`;
}

function listText(messages: readonly object[]): string {
  let all = '';
  for (const message of messages) {
    const text = written.get(message) ?? written.set(message, JSON.stringify(message));
    all += all === '' ? `[${text}` : `,${text}`;
  }
  return `${all}]`;
}
