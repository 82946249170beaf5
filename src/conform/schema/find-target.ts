import { type Dictionary, isDictionary, own } from './rules.ts';

/** Finds what references lead to: pointers into the document, anchors and identifiers in it; nothing outside. */
export function targetFinder(root: Dictionary): (ref: string) => Dictionary | undefined {
  let names: ReadonlyMap<string, Dictionary> | undefined;
  return (ref) => {
    if (ref === '#' || ref === '') return root;
    if (ref.startsWith('#/')) return follow(root, ref.slice(2));
    names ??= namesIn(root);
    const named = names.get(ref);
    if (named !== undefined) return named;
    const hash = ref.indexOf('#');
    const document = hash > 0 ? names.get(ref.slice(0, hash)) : undefined;
    if (document === undefined) return undefined;
    const fragment = ref.slice(hash);
    if (fragment === '#') return document;
    return fragment.startsWith('#/') ? follow(document, fragment.slice(2)) : names.get(fragment);
  };
}

function follow(start: Dictionary, pointer: string): Dictionary | undefined {
  let current: unknown = start;
  for (const written of pointer.split('/')) {
    if (Array.isArray(current)) current = /^\d{1,9}$/.test(written) ? current[Number(written)] : undefined;
    else if (isDictionary(current)) {
      current = own(current, Object.hasOwn(current, written) ? written : unescapePart(written));
    } else return undefined;
  }
  return isDictionary(current) ? current : undefined;
}

function unescapePart(written: string): string {
  let part = written;
  try {
    part = decodeURIComponent(written);
  } catch {
    // Not percent-encoded after all.
  }
  return part.replaceAll('~1', '/').replaceAll('~0', '~');
}

/** Anchors as `#name` and identifiers as they stand there; the first of a name counts. */
function namesIn(root: Dictionary): ReadonlyMap<string, Dictionary> {
  const names = new Map<string, Dictionary>();
  const add = (name: unknown, prefix: string, schema: Dictionary) => {
    if (typeof name !== 'string' || name === '') return;
    const full = prefix + name;
    if (!names.has(full)) names.set(full, schema);
    if (full.endsWith('#') && !names.has(full.slice(0, -1))) names.set(full.slice(0, -1), schema);
  };
  // A set may grow while it is gone through, and takes everything once, also in a circle of objects.
  const waiting = new Set<unknown>([root]);
  for (const value of waiting) {
    if (isDictionary(value)) {
      add(own(value, '$anchor'), '#', value);
      add(own(value, '$dynamicAnchor'), '#', value);
      add(own(value, '$id'), '', value);
      add(own(value, 'id'), '', value);
    }
    if (typeof value !== 'object' || value === null) continue;
    for (const inner of Object.values(value)) if (typeof inner === 'object') waiting.add(inner);
  }
  return names;
}
