import { parseJsonObject } from '../../core/index.ts';
import { repairText } from '../arguments/repair-text.ts';
import { bareArguments } from '../arguments/unwrap.ts';

/** Arguments as they can be sent; `lost`: nothing of what was written could be read. */
export interface SentArguments {
  readonly text: string;
  readonly lost?: true;
}

/**
 * Arguments of a call in the history as a JSON object: engines parse this field and refuse the conversation for ever
 * otherwise. None at all mean `{}`; what can mean one object only is written as that one; anything else becomes `{}`.
 */
export function sentArguments(text: string): SentArguments {
  if (isJsonObjectText(text)) return { text };
  if (text.trim() === '') return { text: '{}' };
  const bare = bareArguments(text);
  const repaired = bare === undefined ? undefined : repairText(bare, undefined).text;
  return repaired !== undefined && isJsonObjectText(repaired)
    ? { text: repaired }
    : { text: '{}', lost: true };
}

export function isJsonObjectText(text: string): boolean {
  return parseJsonObject(text) !== undefined;
}
