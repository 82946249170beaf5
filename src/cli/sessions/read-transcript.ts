import { isJsonObject, type Message, PerigeeError } from '../../core/index.ts';
import { readEntry, type SessionEntry } from '../../durable/index.ts';
import { chatFront } from '../../protocols/index.ts';

/** What a file holds that is to become a session. */
export type Transcript = { readonly problems: readonly string[] } & (
  | { readonly kind: 'entries'; readonly entries: readonly SessionEntry[] }
  | { readonly kind: 'messages'; readonly messages: readonly Message[]; readonly model: string | undefined }
);

/**
 * Reads OpenAI chat messages (an array, a request or answer with `messages`, or one message a line) or an exported session.
 * Throws `session-invalid` that says where it is neither.
 */
export function readTranscript(text: string, file: string): Transcript {
  const whole = parse(text);
  if (whole && !isLine(whole.value)) return messagesOf(whole.value, file, []);
  const { values, problems } = readLines(text, file);
  if (values.length === 0) throw invalid(`${file} holds nothing that could be imported.`);
  if (!values.some((value) => isJsonObject(value) && 'role' in value)) {
    return { kind: 'entries', entries: values.map(readEntry), problems };
  }
  return messagesOf(values, file, problems);
}

/** Whether a document is one line of several that happens to be alone. */
function isLine(value: unknown): boolean {
  return isJsonObject(value) && !('messages' in value);
}

/** A last line that was being written when its writer died is left out. */
function readLines(text: string, file: string): { values: unknown[]; problems: string[] } {
  const lines = text.split('\n').map((line, position) => ({ line: line.trim(), number: position + 1 }));
  const written = lines.filter(({ line }) => line !== '');
  const values: unknown[] = [];
  for (const { line, number } of written) {
    const parsed = parse(line);
    if (parsed) {
      values.push(parsed.value);
    } else if (number === written.at(-1)?.number && values.length > 0) {
      return { values, problems: [`${file}: line ${number} is half written and was left out.`] };
    } else {
      throw invalid(`Line ${number} of ${file} is not JSON.`);
    }
  }
  return { values, problems: [] };
}

function messagesOf(value: unknown, file: string, problems: readonly string[]): Transcript {
  const { messages, model } = isJsonObject(value) ? value : { messages: value, model: undefined };
  if (!Array.isArray(messages)) throw invalid(`${file} holds no messages.`);
  try {
    const decoded = chatFront.decodeRequest({ model: 'imported', messages: messages.map(withoutPartial) });
    return {
      kind: 'messages',
      messages: decoded.request.messages,
      model: typeof model === 'string' ? model : undefined,
      problems,
    };
  } catch (error) {
    if (!(error instanceof PerigeeError)) throw error;
    throw invalid(`${file}: ${error.message}`, error);
  }
}

/** A begun answer is an answer here. */
function withoutPartial(message: unknown): unknown {
  if (!isJsonObject(message)) return message;
  const { partial: _, ...rest } = message;
  return rest;
}

function parse(text: string): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) as unknown };
  } catch {
    return undefined;
  }
}

function invalid(message: string, cause?: unknown): PerigeeError {
  return new PerigeeError('session-invalid', message, {
    remedy: 'Give OpenAI chat messages, or what  perigee sessions export --jsonl  wrote.',
    cause,
  });
}
