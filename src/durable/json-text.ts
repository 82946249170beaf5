import { PerigeeError } from '../core/index.ts';

/** A value as JSON text; nothing is `null`. Throws `invalid-options` that names what cannot be recorded. */
export function jsonText(value: unknown, what: string): string {
  let text: string | undefined;
  let cause: unknown;
  try {
    text = value === undefined ? 'null' : JSON.stringify(value);
  } catch (error) {
    cause = error;
  }
  if (text !== undefined) return text;
  const why = cause instanceof Error ? cause.message.split('\n')[0] : `it is a ${typeof value}`;
  throw new PerigeeError('invalid-options', `${what} cannot be recorded, since it is not JSON: ${why}`, {
    remedy: 'Give plain JSON: no cycles, no BigInt, no functions.',
    cause,
  });
}
