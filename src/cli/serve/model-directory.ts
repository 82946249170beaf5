import type { ModelDirectory, ServedModel } from '../../gateway/index.ts';

/**
 * The models by their names, then by their aliases, then by aliases with `*`, of these the one with the most
 * characters besides. A model that is found by an alias keeps its own name.
 */
export function modelDirectory(
  models: readonly { readonly served: ServedModel; readonly aliases: readonly string[] }[],
): ModelDirectory {
  const exact = new Map<string, ServedModel>();
  const patterns: { pattern: string; served: ServedModel }[] = [];
  for (const { served, aliases } of models) {
    for (const alias of aliases) {
      if (alias.includes('*')) patterns.push({ pattern: alias, served });
      else exact.set(alias, served);
    }
  }
  for (const { served } of models) exact.set(served.name, served);
  const weight = (pattern: string) => pattern.replaceAll('*', '').length;
  patterns.sort((a, b) => weight(b.pattern) - weight(a.pattern));
  const list = models.map(({ served }) => served);
  return {
    get: (name) => exact.get(name) ?? patterns.find(({ pattern }) => matches(name, pattern))?.served,
    list: () => list,
  };
}

/** Whether a name fits a pattern; in linear time, since names come from clients. */
function matches(name: string, pattern: string): boolean {
  const parts = pattern.split('*');
  const first = parts[0]!;
  const last = parts[parts.length - 1]!;
  if (name.length < first.length + last.length) return false;
  if (!name.startsWith(first) || !name.endsWith(last)) return false;
  const end = name.length - last.length;
  let at = first.length;
  for (const part of parts.slice(1, -1)) {
    const found = name.indexOf(part, at);
    if (found < 0 || found + part.length > end) return false;
    at = found + part.length;
  }
  return true;
}
