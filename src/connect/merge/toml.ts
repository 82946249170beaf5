import { parse, parseDocument } from '@decimalturn/toml-patch';
import { PerigeeError } from '../../core/index.ts';
import type { FileText } from './file-text.ts';
import type { Edit } from './plan.ts';
import { printedToml } from './print-toml.ts';
import { setToml, type TomlNode } from './toml-edit.ts';
import type { JsonTable } from './value.ts';

/**
 * TOML whose layout and comments stay as they are. New tables become sections at the end of the file, which is how people
 * write them and what every version of TOML reads.
 */
export const TOML_TEXT: FileText = {
  read: (text) => (text.trim() === '' ? undefined : guarded(() => parse(text))),
  apply: (text, edits) => edits.reduce(applied, text),
  fresh: (value) => printedToml(value as JsonTable),
};

function applied(text: string, { path, value }: Edit): string {
  const blocks = guarded(() => [...parseDocument(text).cst]) as unknown as readonly TomlNode[];
  return setToml(text, blocks, path, value);
}

function guarded<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    const { line, column, message } = error as Error & { line?: number; column?: number };
    if (error instanceof RangeError) {
      throw new PerigeeError('config-invalid', 'It is nested too deeply to be read.');
    }
    const what = message.split('\n').at(-1)!.trim();
    throw new PerigeeError(
      'config-invalid',
      line === undefined ? what : `line ${line}, column ${(column ?? 0) + 1}: ${what}`,
    );
  }
}
