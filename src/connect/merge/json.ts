import { evaluate, parse } from '@humanwhocodes/momoa';
import { PerigeeError } from '../../core/index.ts';
import type { FileText } from './file-text.ts';
import { printedJson, setJson } from './json-edit.ts';
import type { JsonNode } from './json-node.ts';
import type { Edit } from './plan.ts';

/**
 * JSON, JSONC or JSON5 whose layout and comments stay as they are: new values are put in at the ends of objects and
 * lists. JSON files are read with comments and trailing commas too: most clients do the same.
 */
export function jsonText(json5: boolean): FileText {
  const mode = json5 ? 'json5' : 'jsonc';
  return {
    read: (text) => (isBlank(text) ? undefined : evaluate(documentOf(text, mode) as never)),
    apply: (text, edits) => edits.reduce((changed, edit) => applied(changed, edit, mode), text),
    fresh: (value) => `${printedJson(value)}\n`,
  };
}

function isBlank(text: string): boolean {
  return text.trim() === '';
}

function applied(text: string, { path, value }: Edit, mode: 'jsonc' | 'json5'): string {
  if (isBlank(text)) throw new PerigeeError('config-invalid', 'There is nothing to change in an empty file.');
  return setJson(text, documentOf(text, mode).body!, path, value);
}

function documentOf(text: string, mode: 'jsonc' | 'json5'): JsonNode {
  try {
    return parse(text, { mode, ranges: true, allowTrailingCommas: true }) as unknown as JsonNode;
  } catch (error) {
    const { line, column, message } = error as Error & { line?: number; column?: number };
    if (error instanceof RangeError) {
      throw new PerigeeError('config-invalid', 'It is nested too deeply to be read.');
    }
    const what = message.replace(/\s*\(\d+:\d+\)$/, '');
    throw new PerigeeError(
      'config-invalid',
      line === undefined ? what : `line ${line}, column ${column}: ${what}`,
    );
  }
}
