import { type Document, isAlias, isMap, isScalar, isSeq, type Node, type YAMLMap } from 'yaml';

/** One `name: value` of a section. */
export interface MapEntry {
  readonly name: string;
  readonly key: Node;
  /** Undefined where nothing follows the name. */
  readonly value: Node | undefined;
}

/** The entries of a section and what is wrong with its own form. */
export interface MapEntries {
  readonly entries: readonly MapEntry[];
  readonly faults: readonly { readonly node: Node; readonly message: string; readonly remedy: string }[];
}

/** The entries of a section, those that `<<` merges into it included where it has none of that name itself. */
export function mapEntries(map: YAMLMap, document: Document): MapEntries {
  const own = new Map<string, MapEntry>();
  const merged: MapEntry[] = [];
  const faults: { node: Node; message: string; remedy: string }[] = [];
  for (const pair of map.items) {
    const key = pair.key as Node;
    const value = (pair.value ?? undefined) as Node | undefined;
    const keyValue = isScalar(key) ? key.value : undefined;
    if (typeof keyValue === 'symbol') {
      const sources = mergedMaps(value, document);
      if (sources) for (const source of sources) merged.push(...source);
      else {
        faults.push({
          node: value ?? key,
          message: '<< merges something that is no section',
          remedy: 'Give it the alias of a section, as in <<: *name, or a list of such.',
        });
      }
    } else if (keyValue === undefined || keyValue === null || typeof keyValue === 'object') {
      faults.push({ node: key, message: 'has a name that is no text', remedy: 'Write "name: value" lines.' });
    } else {
      const name = String(keyValue);
      own.set(name, { name, key, value });
    }
  }
  for (const entry of merged) if (!own.has(entry.name)) own.set(entry.name, entry);
  return { entries: [...own.values()], faults };
}

function mergedMaps(value: Node | undefined, document: Document): MapEntry[][] | undefined {
  const target = isAlias(value) ? value.resolve(document) : value;
  const maps = isSeq(target) ? (target.items as Node[]) : [target];
  const found: MapEntry[][] = [];
  for (const item of maps) {
    const map = isAlias(item) ? item.resolve(document) : item;
    if (!isMap(map)) return undefined;
    found.push(
      map.items.flatMap((pair) => {
        // A merge inside of what is merged is not followed: nobody writes it, and it could lead in a circle.
        if (!isScalar(pair.key) || typeof pair.key.value === 'symbol') return [];
        const node = pair.key as Node;
        return [{ name: String(pair.key.value), key: node, value: (pair.value ?? undefined) as Node }];
      }),
    );
  }
  return found;
}
