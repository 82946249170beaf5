import {
  type Document,
  isAlias,
  isMap,
  isNode,
  isPair,
  isScalar,
  isSeq,
  type Node,
  parseDocument,
  type YAMLMap,
  type YAMLSeq,
} from 'yaml';
import { PerigeeError } from '../../core/index.ts';
import type { FileText } from './file-text.ts';
import type { Edit } from './plan.ts';
import { printedYaml } from './print-yaml.ts';
import { endOfLine, hanging, lineEnd, type Splice, spliced } from './text.ts';
import type { JsonValue, Path } from './value.ts';

/** YAML whose layout and comments stay as they are: new values become lines of their own at the end of what they belong to. */
export const YAML_TEXT: FileText = {
  read(text) {
    const document = documentOf(text);
    try {
      return document.toJS({ maxAliasCount: 100 }) ?? undefined;
    } catch (error) {
      throw new PerigeeError('config-invalid', `Its aliases cannot be followed: ${(error as Error).message}`);
    }
  },
  apply: (text, edits) => edits.reduce(applied, text),
  fresh: (value) => printedYaml(value),
};

function documentOf(text: string): Document.Parsed {
  const document = parseDocument(text, { keepSourceTokens: false });
  const [problem] = document.errors;
  if (problem) {
    const [place] = problem.linePos ?? [];
    const what = problem.message.split('\n')[0]!.replace(/ at line \d+.*$/, '');
    throw new PerigeeError(
      'config-invalid',
      place ? `line ${place.line}, column ${place.col}: ${what}` : what,
    );
  }
  return document;
}

function applied(text: string, { path, value }: Edit): string {
  const document = documentOf(text);
  let node: unknown = document.contents;
  for (const [i, part] of path.entries()) {
    const child = childOf(node, part, path);
    if (child === undefined) return spliced(text, insertion(text, node, path.slice(i), value));
    if (isPair(child) && isEmpty(child.value)) {
      return spliced(text, filled(text, child.key as Node, path.slice(i + 1), value));
    }
    node = isPair(child) ? child.value : child;
  }
  return spliced(text, [replacement(text, node as Node, value)]);
}

function childOf(node: unknown, part: string | number, path: Path): unknown {
  if (isAlias(node) || (isMap(node) && node.items.some(({ key }) => isScalar(key) && key.value === '<<'))) {
    const at = path.join('.');
    throw new PerigeeError('config-invalid', `${at} lies in what an alias (*, <<) stands for.`, {
      remedy: 'Change it by hand: leave --write out to see what must stand in the file.',
    });
  }
  if (isSeq(node)) return node.items[part as number];
  if (!isMap(node)) return undefined;
  return node.items.find(({ key }) => (isScalar(key) ? String(key.value) : undefined) === part);
}

function isEmpty(node: unknown): boolean {
  return node === null || (isScalar(node) && node.value === null && node.source === '');
}

/** `key:` gets what it lacks. */
function filled(text: string, key: Node, path: Path, value: JsonValue): Splice[] {
  const [start] = key.range!;
  const colon = text.indexOf(':', key.range![1]);
  const at = colon + 1;
  const column = columnOf(text, start);
  const whole = nested(path, value);
  if (typeof whole !== 'object' || whole === null)
    return [{ start: at, end: at, text: ` ${printedYaml(whole).trimEnd()}` }];
  const end = lineEnd(text, at);
  const line = endOfLine(text);
  const indent = ' '.repeat(column + 2);
  return [{ start: end, end, text: line + indented(printedYaml(whole), indent, line) }];
}

function nested(path: Path, value: JsonValue): JsonValue {
  return path.reduceRight<JsonValue>(
    (inner, key) => (typeof key === 'number' ? [inner] : { [key]: inner }),
    value,
  );
}

function replacement(text: string, node: Node, value: JsonValue): Splice {
  const [start, end] = node.range!;
  const line = endOfLine(text);
  const isBlock = typeof value === 'object' && value !== null && text.slice(start, end).includes('\n');
  const printed = isBlock ? printedYaml(value).trimEnd() : flow(value);
  const indent = ' '.repeat(columnOf(text, start));
  // A literal block ends with its line break.
  const tail = text.slice(start, end).endsWith('\n') ? line : '';
  return { start, end, text: hanging(printed, indent).replaceAll('\n', line) + tail };
}

function flow(value: JsonValue): string {
  return typeof value === 'object' && value !== null
    ? JSON.stringify(value).replaceAll('":', '": ').replaceAll(',"', ', "')
    : printedYaml(value).trimEnd();
}

/** Adds a pair or an entry at the end of a map or list. */
function insertion(text: string, node: unknown, path: Path, value: JsonValue): Splice[] {
  const line = endOfLine(text);
  const whole = nested(path, value);
  if (node === null || node === undefined || (isScalar(node) && isEmpty(node))) {
    const gap = text === '' || text.endsWith('\n') ? '' : line;
    return [{ start: text.length, end: text.length, text: gap + printedYaml(whole).replaceAll('\n', line) }];
  }
  const collection = node as YAMLMap | YAMLSeq;
  if (collection.flow) return inFlow(text, collection, whole);
  const [start] = collection.range!;
  const last = lastOffset(text, collection);
  const printed = printedYaml(isSeq(collection) ? [lastPart(whole)] : whole);
  const indent = ' '.repeat(columnOf(text, start));
  const atBreak = last > 0 && text[last - 1] === '\n';
  const end = atBreak ? last : lineEnd(text, last);
  const body = indented(printed, indent, line);
  return [{ start: end, end, text: atBreak ? `${body}${line}` : `${line}${body}` }];
}

function lastPart(whole: JsonValue): JsonValue {
  return (whole as readonly JsonValue[])[0]!;
}

/** Where the last value of a block collection ends. */
function lastOffset(text: string, node: Node): number {
  const items = isMap(node) || isSeq(node) ? (node as YAMLMap | YAMLSeq) : undefined;
  if (!items || items.flow || items.items.length === 0) return node.range![1];
  const last: unknown = items.items.at(-1);
  if (!isPair(last)) return isNode(last) ? lastOffset(text, last) : node.range![1];
  if (isNode(last.value) && !isEmpty(last.value)) return lastOffset(text, last.value);
  return text.indexOf(':', (last.key as Node).range![1]) + 1;
}

function inFlow(text: string, node: YAMLMap | YAMLSeq, whole: JsonValue): Splice[] {
  const close = node.range![1] - 1;
  const json = flow(whole);
  const entry = json.slice(1, -1);
  const before = text.slice(0, close).trimEnd();
  const gap = node.items.length === 0 ? '' : before.endsWith(',') ? ' ' : ', ';
  return [{ start: before.length, end: before.length, text: gap + entry.trim() }];
}

function indented(printed: string, indent: string, line: string): string {
  return printed
    .trimEnd()
    .split('\n')
    .map((each) => (each === '' ? '' : indent + each))
    .join(line);
}

function columnOf(text: string, offset: number): number {
  return offset - (text.lastIndexOf('\n', offset - 1) + 1);
}
