import { typeOf } from './read.ts';
import type { Remarks } from './shape.ts';
import { shortJson, withNotes } from './words.ts';

/** A schema that is being written. */
export type Draft = { [keyword: string]: unknown };

/** A piece of the rewritten schema. What is still to be said about it in words is kept apart until it is closed. */
export interface Piece {
  readonly schema: Draft;
  readonly notes: string[];
  /** The branches of `anyOf`, not closed yet. */
  branches?: Piece[];
}

/** A piece without remarks. */
export function piece(schema: Draft = {}, notes: readonly string[] = []): Piece {
  return { schema, notes: [...notes] };
}

/** A choice between pieces; a single one is no choice. */
export function choice(branches: Piece[]): Piece {
  return branches.length === 1 ? branches[0]! : { schema: {}, notes: [], branches };
}

/** The same, or null. */
export function orNull(target: Piece): Piece {
  const { schema, notes, branches } = target;
  const isNull = ({ schema: { type } }: Piece) => type === 'null';
  if (branches) {
    if (!branches.some(isNull)) branches.push(piece({ type: 'null' }));
    return target;
  }
  const keywords = Object.keys(schema);
  if (keywords.length === 0 || isNull(target)) return target;
  const types = [schema['type']].flat();
  if (keywords.length === 1 && keywords[0] === 'type') {
    return piece({ type: types.includes('null') ? types : [...types, 'null'] }, notes);
  }
  return choice([target, piece({ type: 'null' })]);
}

/** Says something about a piece as a whole. */
export function remark(target: Piece, remarks: Remarks, longest: number, titles: boolean): void {
  const { description, title } = remarks;
  if (remarks.default !== undefined) setDefault(target, remarks.default);
  if (description !== undefined && description !== '') {
    if (target.branches) joinBranches(target, true);
    target.schema['description'] = clip(description, longest);
  }
  if (title !== undefined && titles) target.schema['title'] = clip(title, longest);
}

/** Writes out what a piece still holds, and gives its schema. */
export function close(target: Piece): Draft {
  const { schema, notes } = target;
  if (target.branches) joinBranches(target, false);
  const described = typeof schema['description'] === 'string' ? schema['description'] : undefined;
  const description = withNotes(described, notes);
  if (description !== undefined) schema['description'] = description;
  settle(schema);
  return schema;
}

/** `described`: words about the branches can stand in the description of the whole. */
function joinBranches(target: Piece, described: boolean): void {
  const branches = target.branches ?? [];
  delete target.branches;
  const hoist = described && branches.every(({ schema }) => schema['description'] === undefined);
  target.schema['anyOf'] = branches.map((branch) => {
    if (hoist) target.notes.push(...branch.notes.splice(0));
    return close(branch);
  });
}

/** What is said of the whole and of a branch must stand on two levels, for Moonshot takes it for a contradiction. */
function settle(schema: Draft): void {
  const branches = schema['anyOf'];
  if (!Array.isArray(branches)) return;
  const said = (keyword: string) => branches.some((branch: Draft) => Object.hasOwn(branch, keyword));
  if (schema['title'] !== undefined && said('title')) delete schema['title'];
  if (schema['description'] !== undefined && said('description')) schema['anyOf'] = [{ anyOf: branches }];
}

/** A default stands beside one type; elsewhere it is said in words. */
function setDefault(target: Piece, value: unknown): void {
  const type = typeOf(value);
  const fits = ({ schema }: Piece) =>
    schema['default'] === undefined &&
    (schema['type'] === type || (schema['type'] === 'integer' && Number.isInteger(value)));
  const place = target.branches ? target.branches.find(fits) : fits(target) ? target : undefined;
  if (place !== undefined && isHarmless(value)) place.schema['default'] = value;
  else if (value !== null) {
    const text = shortJson(value);
    if (text !== undefined) target.notes.push(`default: ${text}`);
  }
}

/** Moonshot reads references and slashes in defaults as if they were schemas. */
function isHarmless(value: unknown, depth = 0): boolean {
  if (typeof value !== 'object' || value === null) return true;
  if (depth > 8) return false;
  for (const [key, inner] of Object.entries(value)) {
    if (key === '$ref' || key === 'anyOf' || key.includes('/') || !isHarmless(inner, depth + 1)) return false;
  }
  return true;
}

/** The beginning of a text, with a sign that it is not the whole. */
function clip(text: string, longest: number): string {
  if (text.length <= longest) return text;
  const end = text.charCodeAt(longest - 2) >= 0xd800 && text.charCodeAt(longest - 2) < 0xdc00 ? 2 : 1;
  return `${text.slice(0, longest - end)}…`;
}
