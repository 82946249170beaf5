/** Where in a schema: a list that shares its beginnings, written out only for a complaint. */
export interface Place {
  readonly parent: Place | undefined;
  readonly part: string;
  readonly length: number;
  /**
   * A name on the way holds both `{` and `}`. Moonshot's validator takes such a part for its own notation and does not
   * find the schema again, so some keywords are refused below it.
   */
  readonly lost: boolean;
}

/** The root, which has no parts. */
export const ROOT: Place = { parent: undefined, part: '', length: 0, lost: false };

/** One step further down. */
export function below(place: Place, part: string): Place {
  const lost = place.lost || (part.includes('{') && part.includes('}'));
  return { parent: place, part, length: place.length + 1, lost };
}

/** Into one branch of `anyOf`. */
export function inAnyOf(place: Place, index: number): Place {
  return { parent: place, part: `anyOf{${index}}`, length: place.length + 1, lost: place.lost };
}

/** The parts, joined with dots; `root` for none. */
export function pathOf(place: Place): string {
  if (place.length === 0) return 'root';
  const parts: string[] = [];
  for (let at: Place | undefined = place; at !== undefined && at.length > 0; at = at.parent)
    parts.push(at.part);
  return parts.reverse().join('.');
}

/** A complaint in the words of Moonshot's validator, which leaves out which branch it was. */
export function complain(place: Place, message: string): string {
  return complainAt(pathOf(place), message);
}

/** The same for a path that is text already. */
export function complainAt(path: string, message: string): string {
  return `At path '${path.replaceAll(/anyOf\{[^}]+\}/g, 'anyOf')}': ${message}`;
}
