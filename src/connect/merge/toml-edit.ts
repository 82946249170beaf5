import { PerigeeError } from '../../core/index.ts';
import { keyText, printedToml, valueText } from './print-toml.ts';
import { endOfLine, lineEnd, type Splice, spliced } from './text.ts';
import { isTable, type JsonTable, type JsonValue, type Path } from './value.ts';

interface Place {
  readonly line: number;
  readonly column: number;
}

/** The part of toml-patch's syntax tree that is used. */
export interface TomlNode {
  readonly type: string;
  readonly loc: { readonly start: Place; readonly end: Place };
  readonly key?: {
    readonly value?: readonly string[];
    readonly item?: { readonly value: readonly string[] };
  };
  readonly value?: TomlNode;
  readonly item?: TomlNode;
  readonly items?: readonly TomlNode[];
}

/** A pair with the path of its table and its own. */
interface Pair {
  readonly base: readonly string[];
  readonly path: readonly string[];
  readonly node: TomlNode;
}

/** The text with a value at a path. */
export function setToml(text: string, blocks: readonly TomlNode[], whole: Path, value: JsonValue): string {
  const pairs = pairsOf(blocks);
  const there = pairs.find((pair) => startsWith(whole, pair.path));
  if (there) {
    const rest = whole.slice(there.path.length);
    return spliced(text, [withinValue(text, there.node.value!, rest, value)]);
  }
  const path = whole.map(String);
  if (isTable(value)) return withSection(text, path, value);
  return spliced(text, [newPair(text, blocks, pairs, path, value)]);
}

function pairsOf(blocks: readonly TomlNode[]): Pair[] {
  const pairs: Pair[] = [];
  for (const block of blocks) {
    if (block.type === 'KeyValue') pairs.push({ base: [], path: block.key!.value!, node: block });
    if (block.type !== 'Table') continue;
    const base = block.key!.item!.value;
    for (const node of block.items ?? []) {
      if (node.type === 'KeyValue') pairs.push({ base, path: [...base, ...node.key!.value!], node });
    }
  }
  return pairs;
}

/** Replaces a value, or changes something in it when it is a table or list on one line. */
function withinValue(text: string, held: TomlNode, rest: Path, value: JsonValue): Splice {
  const [start, end] = rangeOf(text, held);
  const [first, ...others] = rest;
  if (first === undefined) return { start, end, text: valueText(value) };
  const items = (held.items ?? []).map(({ item }) => item!);
  const isList = held.type === 'InlineArray' && typeof first === 'number';
  if (!isList && held.type !== 'InlineTable') {
    throw new PerigeeError('config-invalid', `${first} cannot stand in what is no table.`);
  }
  if (isList && items[first]) return withinValue(text, items[first], others, value);
  const keys = rest as readonly string[];
  const inner = isList ? undefined : items.find(({ key }) => startsWith(keys, key!.value!));
  if (inner) return withinValue(text, inner.value!, rest.slice(inner.key!.value!.length), value);
  const entry = isList ? valueText(value) : `${keys.map(keyText).join('.')} = ${valueText(value)}`;
  const last = items.at(-1);
  if (!last) return { start, end, text: isList ? `[${entry}]` : `{ ${entry} }` };
  const at = rangeOf(text, last)[1];
  return { start: at, end: at, text: `, ${entry}` };
}

/** A plain value: beside its likes, in the section of its table, or in a new section at the end. */
function newPair(
  text: string,
  blocks: readonly TomlNode[],
  pairs: readonly Pair[],
  path: readonly string[],
  value: JsonValue,
): Splice {
  const line = endOfLine(text);
  const parent = path.slice(0, -1);
  const section = blocks.find(({ type, key }) => type === 'Table' && isSame(key!.item!.value, parent));
  const sibling = section
    ? undefined
    : pairs.findLast(({ path: other, base }) => startsWith(other, parent) && base.length <= parent.length);
  const base = section ? parent : sibling?.base;
  const entry = `${path
    .slice(base?.length ?? 0)
    .map(keyText)
    .join('.')} = ${valueText(value)}`;
  if (section) {
    const last = section.items?.findLast(({ type }) => type === 'KeyValue');
    return after(text, last ? rangeOf(text, last)[1] : offsetOf(text, section.loc.start), entry);
  }
  if (sibling) return after(text, rangeOf(text, sibling.node)[1], entry);
  if (parent.length === 0) return atTop(text, blocks, entry + line);
  const start = text.length;
  return { start, end: start, text: sectionText(text, parent, { [path.at(-1)!]: value }) };
}

function after(text: string, offset: number, entry: string): Splice {
  const end = lineEnd(text, offset);
  return { start: end, end, text: endOfLine(text) + entry };
}

/** Before the first section and the comments that belong to it; at the end where there is none. */
function atTop(text: string, blocks: readonly TomlNode[], entry: string): Splice {
  const line = endOfLine(text);
  const first = blocks.find(({ type }) => type === 'Table' || type === 'TableArray');
  if (!first) {
    const gap = text === '' || text.endsWith('\n') ? '' : line;
    return { start: text.length, end: text.length, text: gap + entry };
  }
  const lines = text.split('\n');
  let at = first.loc.start.line - 1;
  while (at > 0 && /^\s*#/.test(lines[at - 1]!)) at--;
  const start = lines.slice(0, at).join('\n').length + (at > 0 ? 1 : 0);
  return { start, end: start, text: entry + line };
}

function withSection(text: string, path: readonly string[], value: JsonTable): string {
  return text + sectionText(text, path, value);
}

function sectionText(text: string, path: readonly string[], value: JsonTable): string {
  const line = endOfLine(text);
  const whole = path.reduceRight<JsonValue>((inner, key) => ({ [key]: inner }), value);
  const gap = text === '' ? '' : `${text.endsWith('\n') ? '' : line}${line}`;
  return gap + printedToml(whole as JsonTable).replaceAll('\n', line);
}

function rangeOf(text: string, { loc }: TomlNode): [number, number] {
  return [offsetOf(text, loc.start), offsetOf(text, loc.end)];
}

function offsetOf(text: string, { line, column }: Place): number {
  let start = 0;
  for (let each = 1; each < line; each++) start = text.indexOf('\n', start) + 1;
  return start + column;
}

function startsWith(path: Path, beginning: readonly string[]): boolean {
  return beginning.length <= path.length && beginning.every((part, i) => part === path[i]);
}

function isSame(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && startsWith(a, b);
}
