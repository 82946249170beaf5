import type { JsonTable, JsonValue } from '../../src/connect/index.ts';

/** Keys of users' files, awkward ones too. */
export const KEYS = ['alpha', 'beta-2', 'Gamma', 'with space', 'dotted.key', 'd_e', '__proto__', 'on', '1'];

/** The marks that comments were given, in their order. */
export function marksIn(text: string): string[] {
  return text.match(/@\d+@/g) ?? [];
}

/** Whether a text is the other with things put in between. */
export function isWithin(text: string, longer: string): boolean {
  let at = 0;
  for (const character of longer) if (at < text.length && character === text[at]) at++;
  return at >= text.length;
}

/** A source of choices that a number starts. */
function choices(seed: number): (below: number) => number {
  let state = seed + 1;
  return (below) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
    return Math.floor(state / 65_536) % below;
  };
}

/** JSON with comments and line breaks in odd places, as people and their editors leave it. */
export function commented(value: JsonTable, seed: number, json5: boolean): string {
  const pick = choices(seed);
  let count = 0;
  const oneLine = pick(5) === 0;
  const unit = ['  ', '    ', '\t'][pick(3)]!;
  const gap = (indent: string) => {
    if (oneLine) return pick(4) === 0 ? ` /* @${count++}@ */ ` : ' ';
    const line = `\n${indent}`;
    return [line, line, ` // @${count++}@${line}`, `${line}/* @${count++}@ */${line}`, `\n${line}`][pick(5)]!;
  };
  const key = (name: string) => {
    if (!json5 || pick(2) === 0) return JSON.stringify(name);
    return /^[A-Za-z_]\w*$/.test(name) ? name : `'${name}'`;
  };
  const text = (each: string) =>
    json5 && pick(2) === 0 && !/['\\]/.test(each) ? `'${each}'` : JSON.stringify(each);
  const write = (each: JsonValue, indent: string): string => {
    if (typeof each === 'string') return text(each);
    if (typeof each !== 'object' || each === null) return String(each);
    const inner = indent + unit;
    const list = Array.isArray(each);
    const entries = list
      ? each.map((entry) => write(entry as JsonValue, inner))
      : Object.entries(each).map(
          ([name, entry]) => `${key(name)}:${pick(2) === 0 ? ' ' : ''}${write(entry, inner)}`,
        );
    const [open, close] = list ? '[]' : '{}';
    if (entries.length === 0) return pick(2) === 0 ? `${open}${close}` : `${open}${gap(indent)}${close}`;
    const body = entries.map(
      (entry, i) => gap(inner) + entry + (i + 1 < entries.length || pick(3) === 0 ? ',' : ''),
    );
    return `${open}${body.join('')}${gap(indent)}${close}`;
  };
  const head = oneLine || pick(2) === 0 ? '' : `// @${count++}@\n`;
  return `${head}${write(value, '')}${pick(2) === 0 ? '\n' : ''}`;
}

/** YAML or TOML of one value a line, with comments at ends of lines and between them, and empty lines. */
export function withComments(text: string, seed: number): string {
  const pick = choices(seed);
  let count = 0;
  const lines = text
    .trimEnd()
    .split('\n')
    .flatMap((line) => {
      if (line === '') return [line];
      const indent = /^ */.exec(line)![0];
      const commentedLine = pick(3) === 0 ? `${line}   # @${count++}@` : line;
      switch (pick(6)) {
        case 0:
          return [`${indent}# @${count++}@`, commentedLine].sort(byMark);
        case 1:
          return ['', commentedLine];
        default:
          return [commentedLine];
      }
    });
  if (pick(3) === 0) lines.push(`# @${count++}@`);
  return lines.join('\n') + (pick(4) === 0 ? '' : '\n');
}

/** A comment of its own stands before its line. */
function byMark(a: string, b: string): number {
  return Number(!/^ *#/.test(a)) - Number(!/^ *#/.test(b));
}
