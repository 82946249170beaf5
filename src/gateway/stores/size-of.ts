/** Bytes that a value takes for each string, number and container besides its characters. */
const OVERHEAD = 32;

/** About how many bytes a JSON value takes in memory. Linear, of any depth. */
export function sizeOf(value: unknown): number {
  let bytes = 0;
  const rest: unknown[] = [value];
  while (rest.length > 0) {
    const next = rest.pop();
    bytes += OVERHEAD;
    if (typeof next === 'string') bytes += 2 * next.length;
    else if (Array.isArray(next)) for (const element of next) rest.push(element);
    else if (typeof next === 'object' && next !== null) {
      for (const [key, member] of Object.entries(next)) {
        bytes += 2 * key.length;
        rest.push(member);
      }
    }
  }
  return bytes;
}
