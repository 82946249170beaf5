import type { JsonTable } from '../merge/value.ts';
import type { TrialAnswer } from './request.ts';

/** Reads an answer as strictly as clients do: it finds what they would stumble over. */
export interface TrialReader {
  /** One event of a stream; its data is `[DONE]` or JSON. */
  event(name: string | undefined, data: string): void;
  /** A whole answer. */
  whole(json: JsonTable): void;
  end(): TrialAnswer;
}
