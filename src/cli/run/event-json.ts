import { RunError } from '../../agent/index.ts';
import { PerigeeError } from '../../core/index.ts';

/** An event as a line of JSON. What is too long for one text of the language, as the end of a run of days may be, is given without its history. */
export function jsonLine(value: object): string {
  try {
    return JSON.stringify(value, plainErrors);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    const isLong = (key: string) => key === 'messages' || key === 'newMessages' || key === 'steps';
    return JSON.stringify(value, (key, inner) => (isLong(key) ? undefined : plainErrors(key, inner)));
  }
}

/** What is shown in place of an end when a run fails. */
export function failureEvent(error: unknown): object {
  return { type: 'error', error, ...(error instanceof RunError && { result: error.result }) };
}

/** Errors inside events, for JSON: what they say, without a stack. */
function plainErrors(_key: string, value: unknown): unknown {
  if (!(value instanceof Error)) return value;
  if (!(value instanceof PerigeeError)) return { message: value.message };
  const { code, message, remedy, status, retryable, retryAfterMs } = value;
  return { code, message, remedy, status, retryable, retryAfterMs };
}
