import { inside, type Spot } from './emit-place.ts';
import type { Alternative, Parts } from './meaning.ts';
import { close, type Draft } from './piece.ts';
import type { Writer } from './writer.ts';

/** Writes the properties of an object. What cannot be named or has no room is let in as a further property. */
export function writeObject(
  { properties = new Map(), required = new Set(), rest }: Alternative,
  schema: Draft,
  notes: string[],
  spot: Spot,
  writer: Writer,
): void {
  const { bounds, changes, reach, write } = writer;
  const deep = spot.form !== 'full' || spot.depth >= bounds.depth;
  if (deep && (properties.size > 0 || Array.isArray(rest))) {
    changes.add(spot.path, 'too deep: any properties');
    return;
  }
  if (properties.size > 0) reach.depth = Math.max(reach.depth, spot.depth + 1);
  reach.properties = Math.max(reach.properties, properties.size);
  const chosen = choose(properties, required, spot, bounds.properties);
  if (chosen.length < properties.size) {
    const kept = new Set(chosen);
    const names = [...properties.keys()].filter((name) => !kept.has(name));
    changes.add(spot.path, `left to further properties: ${names.slice(0, 3).join(', ')}`);
    notes.push(
      `also takes ${names.length > 3 ? `${names.length} others` : names.map((name) => `\`${name}\``).join(', ')}`,
    );
  }
  const written = chosen.map(
    (name) => [name, writeProperty(name, properties.get(name)!, spot, write)] as const,
  );
  if (written.length > 0) schema['properties'] = Object.fromEntries(written);
  const names = chosen.filter((name) => required.has(name));
  if (names.length > 0) schema['required'] = names;
  if (rest === undefined || chosen.length < properties.size) return;
  if (rest === 'closed') schema['additionalProperties'] = false;
  else {
    const further = close(write(rest, inside(spot, 'additionalProperties')));
    if (Object.keys(further).length > 0) schema['additionalProperties'] = further;
  }
}

/** The names that can stay, the required ones first where there are too many. */
function choose(
  properties: ReadonlyMap<string, Parts>,
  required: ReadonlySet<string>,
  spot: Spot,
  most: number,
): readonly string[] {
  const names = [...properties.keys()].filter((name) => !(spot.inDefinition && name.includes('/')));
  if (names.length <= most) return names;
  const optional = names.filter((name) => !required.has(name));
  return [...names.filter((name) => required.has(name)), ...optional].slice(0, most);
}

function writeProperty(name: string, parts: Parts, spot: Spot, write: Writer['write']): Draft {
  const lost = name.includes('{') && name.includes('}');
  const below = inside(inside(spot, 'properties'), name, lost ? 'bare' : spot.form);
  return close(write(parts, { ...below, depth: spot.depth + 1 }));
}
