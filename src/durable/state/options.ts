const DAY_MS = 24 * 60 * 60 * 1000;

export interface StateOptions {
  /** Milliseconds for which responses are kept. Default 30 days. */
  readonly responsesMs?: number;
  /** Milliseconds for which reasoning is kept after it was written. Default 24 hours. */
  readonly reasoningMs?: number;
  /** Is told, in a sentence, what goes wrong with the database, once until it goes well again. Default: nobody. */
  readonly tell?: (text: string) => void;
  /** Milliseconds in which the database answers, or its connection is given up; more for megabytes. Default 6000. */
  readonly answerMs?: number;
}

export const DEFAULT_RESPONSES_MS = 30 * DAY_MS;
export const DEFAULT_REASONING_MS = DAY_MS;
