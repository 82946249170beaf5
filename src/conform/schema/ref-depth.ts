import { resolveRef } from './resolve-ref.ts';
import { type Dictionary, isDictionary, own } from './rules.ts';

const STEPS = 50_000;
const NESTING = 1000;

/**
 * How many `properties` lie inside each other below each reference. Circles are gone through once. What would take
 * too long to find out counts as too deep.
 */
export function refDepths(root: Dictionary, limit: number): ReadonlyMap<string, number> {
  const depths = new Map<string, number>();
  const known = new Map<string, number>();
  const onPath = new Set<string>();
  let steps = 0;
  let nesting = 0;

  /** `whole`: no circle was cut, so that the depth is the same from wherever it is asked. */
  function depthOf(schema: Dictionary, path: string): { depth: number; whole: boolean } {
    if (++steps > STEPS || nesting > NESTING) return { depth: limit + 1, whole: true };
    if (Object.keys(schema).length === 0) return { depth: 0, whole: true };
    let depth = 0;
    let whole = true;
    nesting++;
    const into = (inner: unknown, innerPath: string, levels: number) => {
      if (!isDictionary(inner)) return;
      const below = depthOf(inner, innerPath);
      depth = Math.max(depth, below.depth + levels);
      whole &&= below.whole;
    };
    const ref = own(schema, '$ref');
    let entered: string | undefined;
    if (typeof ref === 'string') {
      const memo = known.get(ref);
      if (memo !== undefined) depth = memo;
      else if (onPath.has(ref)) whole = false;
      else {
        onPath.add((entered = ref));
        into(resolveRef(root, ref), ref, 0);
        if (whole) known.set(ref, depth);
      }
    }
    const properties = own(schema, 'properties');
    if (isDictionary(properties)) {
      depth = Math.max(depth, 1);
      for (const name of Object.keys(properties)) into(properties[name], `${path}/properties/${name}`, 1);
    }
    const branches = own(schema, 'anyOf');
    for (const [index, branch] of (Array.isArray(branches) ? branches : []).entries()) {
      into(branch, `${path}/anyOf/${index}`, 0);
    }
    into(own(schema, 'additionalProperties'), `${path}/additionalProperties`, 0);
    if (entered !== undefined) onPath.delete(entered);
    nesting--;
    depths.set(path, Math.max(depth, depths.get(path) ?? 0));
    return { depth, whole };
  }

  const definitions = own(root, '$defs');
  if (!isDictionary(definitions)) return depths;
  for (const name of Object.keys(definitions)) {
    const definition = definitions[name];
    if (isDictionary(definition)) depthOf(definition, `#/$defs/${name}`);
  }
  return depths;
}
