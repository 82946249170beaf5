import { type Dictionary, isDictionary, own } from './rules.ts';

/** The schema that `#` or `#/$defs/…` leads to, read part by part without unescaping, as Moonshot's validator does. */
export function resolveRef(root: Dictionary, ref: string): Dictionary | undefined {
  if (ref === '#') return root;
  if (!ref.startsWith('#/$defs/')) return undefined;
  let current = root;
  for (const part of ref.slice(2).split('/')) {
    const next = own(current, part);
    if (!isDictionary(next)) return undefined;
    current = next;
  }
  return current;
}
