import { parseJson } from '../../core/index.ts';
import { isTable, type JsonTable } from '../merge/value.ts';

/** The table in a field; an empty one when there is none. */
export function tableIn(value: unknown, field: string): JsonTable {
  const inner = isTable(value) ? value[field] : undefined;
  return isTable(inner) ? inner : {};
}

/** The tables of a list in a field. */
export function tablesIn(value: unknown, field: string): readonly JsonTable[] {
  const inner = isTable(value) ? value[field] : undefined;
  return Array.isArray(inner) ? (inner as unknown[]).filter(isTable) : [];
}

export function textIn(value: unknown, field: string): string {
  const inner = isTable(value) ? value[field] : undefined;
  return typeof inner === 'string' ? inner : '';
}

/** The table that data of an event holds; undefined for anything else. */
export function eventTable(data: string): JsonTable | undefined {
  const json = parseJson(data);
  return isTable(json) ? json : undefined;
}

/** The message of an error in any protocol's shape; undefined when it is none. */
export function errorText(json: JsonTable): string | undefined {
  const { error } = json;
  if (typeof error === 'string') return error;
  if (!isTable(error)) return undefined;
  return textIn(error, 'message') || JSON.stringify(error);
}
