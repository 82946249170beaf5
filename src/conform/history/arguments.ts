import { parseJsonObject } from '../../core/index.ts';

/** Arguments as they can be sent; `lost`: nothing of what was written could be read. */
export interface SentArguments {
  readonly text: string;
  readonly lost?: true;
}

/**
 * Arguments of a call in the history as a JSON object: engines parse this field and refuse the conversation for ever
 * otherwise. None at all mean `{}`; an object inside a JSON string is taken out; anything else becomes `{}`.
 */
export function sentArguments(text: string): SentArguments {
  if (isJsonObjectText(text)) return { text };
  const trimmed = text.trim();
  if (trimmed === '') return { text: '{}' };
  const inner = trimmed.startsWith('"') ? jsonString(trimmed) : undefined;
  if (inner !== undefined && isJsonObjectText(inner)) return { text: inner };
  return { text: '{}', lost: true };
}

export function isJsonObjectText(text: string): boolean {
  return parseJsonObject(text) !== undefined;
}

function jsonString(text: string): string | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'string' ? value : undefined;
  } catch {
    return undefined;
  }
}
