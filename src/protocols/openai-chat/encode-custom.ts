import { parseJsonObject } from '../../core/index.ts';

/** The plain text of a call to a `custom` tool; arguments that are not as declared go out as they are. */
export function customInput(text: string): string {
  const input = parseJsonObject(text)?.['input'];
  return typeof input === 'string' ? input : text;
}
