import { PerigeeError } from '../core/index.ts';
import { RunError } from './result.ts';

/**
 * An event as JSON. Errors in it say what they say, without a stack. What is too long for one text of the language, as the
 * end of a run of days may be, is given without its history.
 */
export function eventJson(event: object): string {
  try {
    return JSON.stringify(event, plainErrors);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return shortEventJson(event);
  }
}

/** The same, without the history: the messages and steps of a result. */
export function shortEventJson(event: object): string {
  const isLong = (key: string) => key === 'messages' || key === 'newMessages' || key === 'steps';
  return JSON.stringify(event, (key, inner) => (isLong(key) ? undefined : plainErrors(key, inner)));
}

/** The last event of a run that failed, where one that ended has `end`. */
export function failureEvent(error: unknown): object {
  return { type: 'error', error, ...(error instanceof RunError && { result: error.result }) };
}

function plainErrors(_key: string, value: unknown): unknown {
  if (!(value instanceof Error)) return value;
  if (!(value instanceof PerigeeError)) return { message: value.message };
  const { code, message, remedy, status, retryable, retryAfterMs } = value;
  return { code, message, remedy, status, retryable, retryAfterMs };
}
