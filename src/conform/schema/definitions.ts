import type { Parts } from './meaning.ts';
import type { Dictionary } from './rules.ts';

/** A definition that the rewritten schema has or will have. */
export interface Definition {
  readonly name: string;
  readonly parts: Parts;
  /** How deep it was first referred to. */
  readonly depth: number;
}

/** Names what is referred to; what is asked for is written later, in the order in which it was first asked for. */
export interface Definitions {
  readonly list: readonly Definition[];
  /** The reference to some parts. `written`: the reference that the source used, for the name. */
  refTo(key: string, parts: Parts, depth: number, written: string): string;
}

/** `rootKey`: the key of the root, whose reference is `#`. */
export function definitions(rootKey: string): Definitions {
  const list: Definition[] = [];
  const refs = new Map<string, string>([[rootKey, '#']]);
  const taken = new Map<string, number>();
  return {
    list,
    refTo(key, parts, depth, written) {
      const known = refs.get(key);
      if (known !== undefined) return known;
      const wanted = nameFor(written, parts[0]);
      let name = wanted;
      let repeats = taken.get(wanted) ?? 0;
      while (taken.has(name)) name = `${wanted}_${++repeats + 1}`;
      taken.set(wanted, repeats).set(name, taken.get(name) ?? 0);
      list.push({ name, parts, depth });
      const ref = `#/$defs/${name}`;
      refs.set(key, ref);
      return ref;
    },
  };
}

/** A plain name: no slashes, which would be a path, and no braces, which Moonshot reads as its own notation. */
function nameFor(written: string, first: Dictionary | undefined): string {
  const last = written.slice(Math.max(written.lastIndexOf('/'), written.lastIndexOf('#')) + 1);
  const title = typeof first?.['title'] === 'string' ? first['title'] : '';
  const name = (last || title).slice(0, 64).replaceAll(/[^\w.$-]+/g, '_');
  return name === '' || name === '_' ? 'Part' : name;
}
