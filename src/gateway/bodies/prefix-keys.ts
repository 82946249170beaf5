import { crc32 } from 'node:zlib';

const FIRST = 1024;
/** Each place is so many times as far as the one before: how much of what is shared may be overlooked. */
const GROWTH = 1.25;
const LARGEST = 1024 * 1024 * 1024;

/** The lengths of the beginnings by which bodies are found. */
const LENGTHS: readonly number[] = Array.from(
  { length: Math.ceil(Math.log(LARGEST / FIRST) / Math.log(GROWTH)) },
  (_, step) => Math.round(FIRST * GROWTH ** step),
);

/**
 * A key for each of several beginnings of a body, the shortest first: bodies of one owner that begin with the same bytes
 * have the same keys as far as they do. Others hardly ever have: whoever finds a body by a key has to compare.
 */
export function prefixKeys(owner: string, bytes: Buffer): readonly number[] {
  const keys: number[] = [];
  let sum = crc32(owner);
  let from = 0;
  for (const [step, to] of LENGTHS.entries()) {
    if (to > bytes.length) break;
    sum = crc32(bytes.subarray(from, to), sum);
    keys.push(step * 2 ** 32 + sum);
    from = to;
  }
  return keys;
}
