import { createHash } from 'node:crypto';

/** Characters of a name that are kept as they are; an index has no room for endless ones. */
const LONGEST = 200;

/**
 * A name as both databases keep it: no NUL, which Postgres refuses, no halves of characters, and not longer than fits into an
 * index. Names that differ stay different.
 */
export function storable(name: string): string {
  if (name.length <= LONGEST && !/[\0\p{Cs}]/u.test(name)) return name;
  // By its units: an encoding to UTF-8 would make halves of characters all the same.
  const digest = createHash('sha256').update(Buffer.from(name, 'utf16le')).digest('hex');
  const readable = Array.from(name.slice(0, 100), (character) =>
    /[\0\p{Cs}]/u.test(character) ? '?' : character,
  );
  return `${readable.join('')}#${digest}`;
}
