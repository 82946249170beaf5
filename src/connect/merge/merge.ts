import { PerigeeError } from '../../core/index.ts';
import type { FileFormat } from '../setup.ts';
import { printedBlock, withBlock } from './block.ts';
import type { FileText } from './file-text.ts';
import { jsonText } from './json.ts';
import { type MergeRules, planEdits } from './plan.ts';
import { endOfLine } from './text.ts';
import { TOML_TEXT } from './toml.ts';
import { isTable, type JsonValue, type Path, sameValue, withValue } from './value.ts';
import { YAML_TEXT } from './yaml.ts';

const TEXTS: { readonly [format in Exclude<FileFormat, 'block'>]: FileText } = {
  json: jsonText(false),
  jsonc: jsonText(false),
  json5: jsonText(true),
  yaml: YAML_TEXT,
  toml: TOML_TEXT,
};

/**
 * A file's text with a fragment merged in: what the fragment does not name stays, byte by byte. The same text when
 * nothing is to be done. Throws `config-invalid` when the text does not parse, and rather than return one that would
 * hold anything else than what was there and the fragment.
 */
export function merged(
  format: FileFormat,
  text: string,
  fragment: JsonValue,
  rules: MergeRules = {},
): string {
  if (format === 'block') return withBlock(text, String(fragment));
  const file = TEXTS[format];
  const current = file.read(text);
  const edits = planEdits(current, fragment, rules);
  if (edits.length === 0) return text;
  if (current === undefined) {
    const line = endOfLine(text);
    // An empty file may still hold comments.
    const gap = text === '' || text.endsWith('\n') ? text : text + line;
    return checked(
      file,
      gap.trim() === ''
        ? file.fresh(fragment).replaceAll('\n', line)
        : gap + file.fresh(fragment).replaceAll('\n', line),
      fragment,
    );
  }
  const wanted = edits.reduce<unknown>((value, edit) => withValue(value, edit.path, edit.value), current);
  return checked(file, file.apply(text, edits), wanted);
}

/** Which of these paths there is a value at. Of text without structure none. */
export function held(format: FileFormat, text: string, paths: readonly Path[]): Path[] {
  if (format === 'block' || paths.length === 0) return [];
  const whole = TEXTS[format].read(text);
  return paths.filter((path) => {
    let value = whole;
    for (const part of path) {
      if (!isTable(value) || !Object.hasOwn(value, part)) return false;
      value = value[part];
    }
    return true;
  });
}

/** A fragment alone, as the text of a new file. */
export function printed(format: FileFormat, fragment: JsonValue): string {
  return format === 'block' ? printedBlock(String(fragment)) : TEXTS[format].fresh(fragment);
}

function checked(file: FileText, text: string, wanted: unknown): string {
  let holds: unknown;
  try {
    holds = file.read(text);
  } catch {
    // Then it holds nothing.
  }
  if (sameValue(holds, wanted)) return text;
  throw new PerigeeError('config-invalid', 'It is written in a way that it cannot be merged into safely.', {
    remedy: 'Change it by hand: leave --write out to see what must stand in the file.',
  });
}
