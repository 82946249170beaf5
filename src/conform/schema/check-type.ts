import { checkBounds, checkCounts } from './check-range.ts';
import { complain, type Place } from './place.ts';
import { ANNOTATIONS, type Dictionary, KEYWORDS_OF_TYPE, own, ROOT_KEYWORDS } from './rules.ts';

/** The first complaint about `type` and about what stands beside it. */
export function checkType(schema: Dictionary, place: Place): string | undefined {
  const type = own(schema, 'type');
  if (type === undefined) return undefined;
  if (typeof type === 'string') {
    return KEYWORDS_OF_TYPE.has(type) ? checkBeside(schema, [type], place) : complain(place, 'invalid type');
  }
  if (!Array.isArray(type)) return undefined;
  for (const item of type) {
    if (typeof item !== 'string' || !KEYWORDS_OF_TYPE.has(item)) {
      return complain(place, 'invalid type in type array');
    }
  }
  if (type.length === 0) return complain(place, 'type array cannot be empty');
  return (type.length > 1 ? checkList(schema, type, place) : undefined) ?? checkBeside(schema, type, place);
}

/** A list of types bears nothing but annotations, unless it is a pair of scalars with an `enum`. */
function checkList(schema: Dictionary, types: readonly string[], place: Place): string | undefined {
  if (types.length === 2 && (own(schema, 'enum') ?? null) !== null) {
    return types.some((type) => type === 'object' || type === 'array')
      ? complain(place, 'object and array cannot be used in combination with multiple types')
      : undefined;
  }
  const keyword = Object.keys(schema)
    .sort()
    .find(
      (key) => key !== 'type' && !ANNOTATIONS.has(key) && !(place.length === 0 && ROOT_KEYWORDS.has(key)),
    );
  return keyword === undefined
    ? undefined
    : complain(place, `keyword ${keyword} is not allowed in combination with multiple types`);
}

function checkBeside(schema: Dictionary, types: readonly string[], place: Place): string | undefined {
  const keywords = Object.keys(schema).sort();
  if (place.length > 0) {
    const keyword = keywords.find((key) => ROOT_KEYWORDS.has(key));
    if (keyword !== undefined) return complain(place, `keyword ${keyword} must be at root level`);
  }
  const fits = (key: string) => types.every((type) => KEYWORDS_OF_TYPE.get(type)!.has(key));
  const wrong = keywords.filter((key) => !fits(key) && !(place.length === 0 && ROOT_KEYWORDS.has(key)));
  if (wrong.length > 0) return complain(place, `invalid keywords: ${wrong.join(', ')}`);
  return (
    (fits('minLength') ? checkCounts(schema, 'Length', place) : undefined) ??
    (fits('minimum') ? checkBounds(schema, types.includes('integer'), place) : undefined) ??
    (fits('minItems') ? checkCounts(schema, 'Items', place) : undefined)
  );
}
