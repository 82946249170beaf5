import type { Content } from '../../core/index.ts';
import type { DecodeOptions } from '../front/index.ts';
import { requiredString } from './fields.ts';
import type { Item } from './reply.ts';
import type { ToolTable } from './tool-table.ts';
import type { Transcript } from './transcript.ts';

/** What reading an item may need; `left` is told of what could not be carried over. */
export interface InputContext {
  readonly transcript: Transcript;
  readonly table: ToolTable;
  readonly options: DecodeOptions;
  readonly left: (what: string) => void;
}

/** A result whose call is not in the conversation is still told: hosts refuse results without a call. */
export function addResult(
  { transcript, left }: InputContext,
  callId: string,
  content: Content,
  isError: boolean,
): void {
  if (transcript.result(callId, content, isError)) return;
  left('that an output is the result of a call, where the call is not in the conversation');
  const opening = { type: 'text', text: 'The result of an earlier tool call:\n' } as const;
  const parts = typeof content === 'string' ? [{ type: 'text', text: content } as const] : content;
  transcript.message({ role: 'user', content: [opening, ...parts] });
}

/** The id by which a result names a call; some clients leave it out where the item has one. */
export function callId(item: Item, at: string): string {
  const id = item['call_id'] ?? item['id'];
  return typeof id === 'string' && id !== '' ? id : requiredString(item, 'call_id', `${at}.call_id`);
}

/** Arguments as text; some clients send them parsed. */
export function argumentsText(value: unknown): string {
  if (typeof value === 'string') return value;
  return value === undefined || value === null ? '' : JSON.stringify(value);
}
