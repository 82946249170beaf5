import { isJsonObject } from '../../core/index.ts';
import { answerIdOf } from './transcript.ts';

/** What a request names of what was stored; ids as responses have them. */
export interface StoredNames {
  /** The response whose conversation it goes on with. */
  readonly conversation?: string;
  /** The responses whose items it refers to. */
  readonly answers: readonly string[];
}

/** Responses that one request may refer to; more are not looked for. */
const MOST = 2000;

/** Reads from the JSON of a request, which need not be valid, what `recall` and `recallItem` will be asked for. */
export function storedNamesIn(json: unknown): StoredNames | undefined {
  if (!isJsonObject(json)) return undefined;
  const { previous_response_id: previous, input } = json;
  const answers = new Set<string>();
  if (Array.isArray(input)) {
    for (const item of input) {
      if (answers.size >= MOST || !isJsonObject(item)) continue;
      if ((item['type'] ?? ('role' in item ? 'message' : 'item_reference')) !== 'item_reference') continue;
      const answer = answerIdOf({ id: item['id'] });
      if (answer !== undefined) answers.add(responseId(answer));
    }
  }
  const conversation = typeof previous === 'string' ? previous : undefined;
  if (conversation === undefined && answers.size === 0) return undefined;
  return { answers: [...answers], ...(conversation !== undefined && { conversation }) };
}

const responseId = (answer: string): string => `resp_${answer}`;
