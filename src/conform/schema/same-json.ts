const MOST_NESTING = 200;

/** Whether two JSON values are equal, the order of keys counting too; false where they are too deep to tell. */
export function isSameJson(one: unknown, other: unknown, nesting = 0): boolean {
  if (one === other) return true;
  if (typeof one !== 'object' || typeof other !== 'object' || one === null || other === null) return false;
  if (nesting > MOST_NESTING || Array.isArray(one) !== Array.isArray(other)) return false;
  const keys = Object.keys(one);
  const others = Object.keys(other);
  if (keys.length !== others.length) return false;
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i]!;
    if (key !== others[i]) return false;
    const inner = (one as Record<string, unknown>)[key];
    if (!isSameJson(inner, (other as Record<string, unknown>)[key], nesting + 1)) return false;
  }
  return true;
}
