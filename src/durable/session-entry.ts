import { isJsonObject, type JournalRecord, PerigeeError, type QueuedMessage } from '../core/index.ts';
import { jsonText } from './json-text.ts';
import { checkRecordName } from './session-name.ts';

/**
 * One line of an exported session. Messages in line and values delivered come first, so that a file that was cut anywhere
 * is a session as it once was.
 */
export type SessionEntry =
  | JournalRecord
  | { readonly queued: QueuedMessage & { readonly at: number } }
  | { readonly delivered: { readonly name: string; readonly at: number; readonly value: unknown } };

/** What a line of an exported session says. Throws `session-invalid` for what is no such line. */
export function readEntry(json: unknown): SessionEntry {
  if (isJsonObject(json)) {
    const { queued, delivered } = json;
    if (isJsonObject(queued) && isTime(queued['at']) && isJsonObject(queued['message'])) {
      if (queued['when'] === 'now' || queued['when'] === 'after') return json as unknown as SessionEntry;
    }
    if (
      isJsonObject(delivered) &&
      isTime(delivered['at']) &&
      isName(delivered['name']) &&
      'value' in delivered
    ) {
      return json as unknown as SessionEntry;
    }
    if (isTime(json['at']) && isName(json['name']) && 'value' in json) return json as unknown as SessionEntry;
  }
  throw new PerigeeError(
    'session-invalid',
    `This is no record of a session: ${jsonText(json, 'It').slice(0, 80)}`,
    {
      remedy: 'Give what  perigee sessions export --jsonl  wrote.',
    },
  );
}

function isTime(value: unknown): boolean {
  return Number.isSafeInteger(value);
}

function isName(value: unknown): boolean {
  try {
    checkRecordName(value);
    return true;
  } catch {
    return false;
  }
}
