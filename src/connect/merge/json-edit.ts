import type { JsonNode } from './json-node.ts';
import { endOfLine, hanging, indentAt, type Splice, spliced } from './text.ts';
import type { JsonValue, Path } from './value.ts';

/** The text with a value at a path. The parent of the last part must be there. */
export function setJson(text: string, root: JsonNode, path: Path, value: JsonValue): string {
  let node = root;
  for (const [i, part] of path.entries()) {
    const child = childOf(node, part);
    if (child === undefined) return spliced(text, insertion(text, node, path.slice(i), value));
    node = child;
  }
  const indent = indentAt(text, node.range[0]);
  const [start, end] = node.range;
  return spliced(text, [{ start, end, text: written(text, value, indent, isOneLine(text, root)) }]);
}

/** Of keys that stand there twice the last one counts, as it does for every reader. */
function childOf(node: JsonNode, part: string | number): JsonNode | undefined {
  if (typeof part === 'number') {
    return node.type === 'Array' ? (node.elements?.[part]?.value as JsonNode | undefined) : undefined;
  }
  const member = node.members?.findLast(({ name }) => keyOf(name!) === part);
  return member?.value as JsonNode | undefined;
}

function keyOf(name: JsonNode): string {
  const { name: identifier, value } = name as { name?: unknown; value?: unknown };
  return String(name.type === 'Identifier' ? identifier : value);
}

/** Puts a value, and the tables on the way to it, at the end of an object or list. */
function insertion(text: string, node: JsonNode, path: Path, value: JsonValue): Splice[] {
  const [part, ...rest] = path;
  const whole = rest.reduceRight<JsonValue>(
    (inner, key) => (typeof key === 'number' ? [inner] : { [key]: inner }),
    value,
  );
  const children = node.members ?? node.elements ?? [];
  const close = node.range[1] - 1;
  const inner = text.slice(node.range[0], node.range[1]);
  const oneLine = !inner.includes('\n') && (children.length > 0 || isOneLine(text, node));
  const outer = indentAt(text, node.range[0]);
  const first = children[0] && spanOf(children[0]);
  const startsLine = first && indentAt(text, first[0]).length === columnOf(text, first[0]);
  const indent = first && startsLine ? indentAt(text, first[0]) : outer + unitOf(text);
  const key = typeof part === 'string' ? `${JSON.stringify(part)}: ` : '';
  const entry = key + written(text, whole, indent, oneLine);
  const line = endOfLine(text);
  const last = children.length > 0 ? spanOf(children.at(-1)!) : undefined;
  if (!last) {
    const start = lastSolid(text, node.range[0] + 1, close);
    return [{ start, end: close, text: oneLine ? `${entry}` : `${line}${indent}${entry}${line}${outer}` }];
  }
  const { comma, end } = afterEntry(text, last[1], close);
  const put = oneLine ? ` ${entry}` : `${line}${indent}${entry}`;
  const closing = !oneLine && !text.slice(end, close).includes('\n') ? `${line}${outer}` : '';
  if (comma) return [{ start: end, end, text: `${put}${closing === '' ? ',' : ''}${closing}` }];
  if (end === last[1]) return [{ start: end, end, text: `,${put}${closing}` }];
  return [
    { start: last[1], end: last[1], text: ',' },
    { start: end, end, text: put + closing },
  ];
}

/** Entries of lists have no place of their own, only their values have. */
function spanOf(child: JsonNode): readonly [number, number] {
  return child.range ?? (child.value as JsonNode).range!;
}

function columnOf(text: string, offset: number): number {
  return offset - (text.lastIndexOf('\n', offset - 1) + 1);
}

/** Whether the file is written without line breaks, as programs do that write for programs. */
function isOneLine(text: string, root: JsonNode): boolean {
  return !text.slice(0, root.range[1]).trim().includes('\n') && text.trim().length > 2;
}

/** What one level is moved in by, read off the first line that is moved in. */
function unitOf(text: string): string {
  return /\n([ \t]+)["'\w$]/.exec(text)?.[1] ?? '  ';
}

function written(text: string, value: JsonValue, indent: string, oneLine: boolean): string {
  if (oneLine) return compact(value);
  return hanging(printedJson(value, unitOf(text)), indent).replaceAll('\n', endOfLine(text));
}

/** Over several lines, but for lists of plain values. */
export function printedJson(value: JsonValue, unit = '  '): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (Array.isArray(value) && value.every((each) => typeof each !== 'object')) return compact(value);
  const inner = Array.isArray(value)
    ? value.map((each) => printedJson(each, unit))
    : Object.entries(value).map(([key, each]) => `${JSON.stringify(key)}: ${printedJson(each, unit)}`);
  const [open, close] = Array.isArray(value) ? '[]' : '{}';
  if (inner.length === 0) return `${open}${close}`;
  return `${open}\n${unit}${inner.map((each) => hanging(each, unit)).join(`,\n${unit}`)}\n${close}`;
}

/** On one line, with spaces as people set them. */
function compact(value: JsonValue): string {
  if (Array.isArray(value)) return `[${value.map(compact).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const members = Object.entries(value as object).map(
    ([key, each]) => `${JSON.stringify(key)}: ${compact(each as JsonValue)}`,
  );
  return members.length === 0 ? '{}' : `{ ${members.join(', ')} }`;
}

const TRIVIA = /[^\S\n]+|\/\*[\s\S]*?\*\/|\/\/[^\n]*/y;

/** Whether a comma follows an entry, and where what belongs to its line ends: after the comma and comments. */
function afterEntry(text: string, from: number, close: number): { comma: boolean; end: number } {
  let at = from;
  let end = from;
  let comma = false;
  let crossed = false;
  while (at < close) {
    TRIVIA.lastIndex = at;
    const trivia = TRIVIA.exec(text)?.[0];
    if (trivia !== undefined) {
      at += trivia.length;
      if (!crossed && trivia.trim() !== '') end = at - (trivia.endsWith('\r') ? 1 : 0);
    } else if (text[at] === ',') {
      comma = true;
      crossed = false;
      end = ++at;
    } else if (text[at] === '\n') {
      crossed = true;
      at++;
    } else break;
  }
  return { comma, end };
}

/** After the last comment between two offsets, else the first offset. */
function lastSolid(text: string, from: number, to: number): number {
  const inner = text.slice(from, to);
  return from + inner.trimEnd().length;
}
