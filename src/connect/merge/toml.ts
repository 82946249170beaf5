import { parse, patch } from '@decimalturn/toml-patch';
import { PerigeeError } from '../../core/index.ts';
import type { FileText } from './file-text.ts';
import type { Edit } from './plan.ts';
import { printedToml } from './print-toml.ts';
import { endOfLine } from './text.ts';
import { isTable, type JsonTable, type JsonValue, sameValue, withValue } from './value.ts';

/**
 * TOML whose layout and comments stay as they are. New tables become sections at the end of the file, which is how people
 * write them and what every version of TOML reads; all else is put in by toml-patch.
 */
export const TOML_TEXT: FileText = {
  read: (text) => (text.trim() === '' ? undefined : parsed(text)),
  apply(text, edits) {
    if (/\r\n/.test(text) && /(?<!\r)\n/.test(text)) {
      throw new PerigeeError(
        'config-invalid',
        'Its lines end in two ways, some with CR LF and some with LF.',
        {
          remedy: 'Save it with one kind of line ends.',
        },
      );
    }
    return edits.reduce(applied, text);
  },
  fresh: (value) => printedToml(value as JsonTable),
};

/** Trailing commas in inline tables are TOML 1.1; most clients read 1.0. */
const FORMAT = { trailingComma: false };

function applied(text: string, { path, value }: Edit): string {
  const current = parsed(text);
  const wanted = withValue(current, path, value);
  if (isTable(value)) {
    const section = withSection(text, path as readonly string[], value);
    if (section !== undefined && sameValue(read(section), wanted)) return section;
  }
  return patch(text, wanted, FORMAT);
}

function withSection(text: string, path: readonly string[], value: JsonTable): string | undefined {
  const line = endOfLine(text);
  const whole = path.reduceRight<JsonValue>((inner, key) => ({ [key]: inner }), value);
  const gap = text === '' ? '' : `${text.endsWith('\n') ? '' : line}${line}`;
  return text + gap + printedToml(whole as JsonTable).replaceAll('\n', line);
}

function read(text: string): unknown {
  try {
    return parse(text);
  } catch {
    return undefined;
  }
}

function parsed(text: string): unknown {
  try {
    return parse(text);
  } catch (error) {
    const { line, column, message } = error as Error & { line?: number; column?: number };
    if (error instanceof RangeError)
      throw new PerigeeError('config-invalid', 'It is nested too deeply to be read.');
    const what = message.split('\n').at(-1)!.trim();
    throw new PerigeeError(
      'config-invalid',
      line === undefined ? what : `line ${line}, column ${(column ?? 0) + 1}: ${what}`,
    );
  }
}
