import { isJsonObject } from '../../core/index.ts';

/** One entry of a wire `tool_calls`, made regular. */
export interface CallFragment {
  /** The host's index, or the position where several entries have none; undefined where there is nothing. */
  readonly key: number | undefined;
  /** '' where there is none. */
  readonly id: string;
  readonly name: string;
  readonly arguments: string;
  /** The arguments were the empty object `{}`, which some hosts send ahead of the real ones. */
  readonly placeholder: boolean;
}

const NONE: readonly CallFragment[] = [];

/** The call fragments of a delta or message, the legacy `function_call` included. */
export function readFragments(delta: Record<string, unknown>): readonly CallFragment[] {
  const wire = delta['tool_calls'];
  const legacy = delta['function_call'];
  if (!wire && !legacy) return NONE;
  const entries: unknown[] = Array.isArray(wire) ? wire : [wire];
  const fragments: CallFragment[] = [];
  entries.forEach((entry, position) => {
    if (!isJsonObject(entry)) return;
    const key = readIndex(entry['index']) ?? (entries.length > 1 ? position : undefined);
    const inner = isJsonObject(entry['function']) ? entry['function'] : entry;
    fragments.push(fragment(key, entry['id'], inner));
  });
  // Hosts that send both forms send the same call in both.
  if (fragments.length === 0 && isJsonObject(legacy)) fragments.push(fragment(undefined, '', legacy));
  return fragments;
}

function fragment(key: number | undefined, id: unknown, inner: Record<string, unknown>): CallFragment {
  const wire = inner['arguments'];
  const placeholder = isJsonObject(wire) && Object.keys(wire).length === 0;
  return {
    key,
    id: typeof id === 'number' ? String(id) : typeof id === 'string' ? id : '',
    name: typeof inner['name'] === 'string' ? inner['name'] : '',
    arguments: placeholder ? '' : argumentText(wire),
    placeholder,
  };
}

function readIndex(index: unknown): number | undefined {
  if (typeof index === 'number') return index;
  return typeof index === 'string' && /^\d{1,9}$/.test(index) ? Number(index) : undefined;
}

function argumentText(wire: unknown): string {
  if (typeof wire === 'string') return wire;
  if (wire === undefined || wire === null) return '';
  try {
    return JSON.stringify(wire);
  } catch {
    // Nested deeper than the stack: any JSON that is not an object marks the call as invalid.
    return 'null';
  }
}
