import { isTable, type JsonTable, type JsonValue } from './value.ts';

/** Tables as TOML 1.0: plain values first, then each table as a section of its own. */
export function printedToml(root: JsonTable): string {
  const sections: string[] = [];
  section(root, [], sections);
  return `${sections.join('\n\n')}\n`;
}

function section(table: JsonTable, path: readonly string[], sections: string[]): void {
  const entries = Object.entries(table);
  const plain = entries.filter(([, value]) => !isTable(value));
  const lines = plain.map(([key, value]) => `${keyText(key)} = ${valueText(value)}`);
  if (path.length > 0 && (lines.length > 0 || entries.length === 0))
    lines.unshift(`[${path.map(keyText).join('.')}]`);
  if (lines.length > 0) sections.push(lines.join('\n'));
  for (const [key, value] of entries) if (isTable(value)) section(value, [...path, key], sections);
}

export function keyText(key: string): string {
  return /^[\w-]+$/.test(key) ? key : stringText(key);
}

export function valueText(value: JsonValue): string {
  if (Array.isArray(value)) return `[${value.map(valueText).join(', ')}]`;
  if (isTable(value)) {
    const members = Object.entries(value).map(([key, each]) => `${keyText(key)} = ${valueText(each)}`);
    return members.length === 0 ? '{}' : `{ ${members.join(', ')} }`;
  }
  return typeof value === 'string' ? stringText(value) : String(value);
}

/** JSON's escapes are TOML's, but for DEL, which TOML wants escaped. */
function stringText(text: string): string {
  return JSON.stringify(text).replaceAll('\x7f', '\\u007f');
}
