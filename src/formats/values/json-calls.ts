import { isJsonObject, parseJson, parseJsonObject } from '../../core/index.ts';
import { type JsonMember, jsonElements, jsonMembers } from './json-members.ts';

/** A call written as JSON. `arguments` is undefined when they are no object. */
export interface JsonCall {
  readonly name: string;
  readonly arguments: string | undefined;
  /** The arguments as written. */
  readonly written: string;
}

const EXTRA_KEYS = new Set(['type', 'id', 'name', 'function', 'index']);

/**
 * The calls in a JSON text: `{name, arguments}`, an array of these, or OpenAI's `{function: {…}}`. Undefined
 * when it is anything else, so that data which merely looks similar stays text.
 */
export function callsInJson(text: string): JsonCall[] | undefined {
  const value = parseJson(text);
  if (isJsonObject(value)) {
    const call = callOf(text, value);
    return call && [call];
  }
  if (!Array.isArray(value) || value.length === 0) return undefined;
  const calls: JsonCall[] = [];
  for (const [index, element] of jsonElements(text).entries()) {
    const call = callOf(element, value[index]);
    if (!call) return undefined;
    calls.push(call);
  }
  return calls;
}

function callOf(text: string, value: unknown): JsonCall | undefined {
  if (!isJsonObject(value)) return undefined;
  const members = jsonMembers(text);
  const nested = members.find((member) => member.key === 'function');
  if (nested && isJsonObject(value['function'])) return callOf(nested.value, value['function']);
  const name = value['name'];
  if (typeof name !== 'string' || name === '') return undefined;
  const given = members.find((member) => member.key === 'arguments' || member.key === 'parameters');
  if (!given) {
    // Without arguments it is a call only if nothing else is there that could have been meant as such.
    return members.every((member) => EXTRA_KEYS.has(member.key))
      ? { name, arguments: '{}', written: '' }
      : undefined;
  }
  return { name, arguments: argumentsOf(given), written: given.value };
}

function argumentsOf(member: JsonMember): string | undefined {
  const value: unknown = JSON.parse(member.value);
  if (isJsonObject(value)) return member.value;
  if (value === null) return '{}';
  if (typeof value !== 'string') return undefined;
  if (value.trim() === '') return '{}';
  return parseJsonObject(value) && value.trim();
}
