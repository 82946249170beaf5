import { parseJson, parseJsonObject } from '../../core/index.ts';

/**
 * Argument text as it is handed on: outer whitespace and one code fence removed, a JSON string that holds an
 * object unwrapped, nothing = `{}`. Everything else stays byte for byte, valid or not.
 */
export function normalizeArguments(text: string): string {
  const bare = withoutFence(text.trim());
  if (bare === '') return '{}';
  return bare.startsWith('"') ? (unwrapped(bare) ?? bare) : bare;
}

/** Whether the text is a JSON object. */
export function isObjectText(text: string): boolean {
  return parseJsonObject(text) !== undefined;
}

/** The text inside one code fence (three backticks, with or without a language), or the text itself. */
export function withoutFence(text: string): string {
  if (!text.startsWith('```')) return text;
  const inner = text.slice(3).replace(/^[A-Za-z_][\w+-]*(?=[\s[{"])/, '');
  return (inner.endsWith('```') ? inner.slice(0, -3) : inner).trim();
}

function unwrapped(text: string): string | undefined {
  const inner = parseJson(text);
  // What is no object in a string stays as it is, and is reported as invalid.
  return typeof inner === 'string' && parseJsonObject(inner) ? inner.trim() : undefined;
}
