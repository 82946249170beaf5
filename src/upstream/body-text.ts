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

/** Whether a body has the messages of a conversation that was seen before: its first ones come again. */
function areLasting(messages: unknown): messages is readonly object[] {
  if (!Array.isArray(messages) || !messages.every((message) => typeof message === 'object')) return false;
  const [first] = messages as (object | null)[];
  return first !== undefined && first !== null && isLasting(first);
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
