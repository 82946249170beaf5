/** What the text of an answer is. Hosts label their answers wrongly, so only the text itself counts. */
export type AnswerKind = 'events' | 'json' | 'page' | 'words';

const FIELDS = ['data:', 'event:', 'id:', 'retry:'];
/** `error: {`, which llama.cpp sends, is the longest. */
const LONGEST_FIELD = 8;

/** Finds out what an answer is by how it begins, however it is cut. */
export class KindFinder {
  #head = '';

  /** The kind and the text so far without leading white space, once it shows; undefined until then. */
  push(text: string): { readonly kind: AnswerKind; readonly head: string } | undefined {
    // Some hosts send white space to keep the connection alive.
    this.#head += this.#head === '' ? text.trimStart() : text;
    const head = this.#head;
    if (head.length < LONGEST_FIELD && !head.includes('\n')) return undefined;
    // As long as the answer goes on it would stay in memory.
    this.#head = '';
    return { kind: kindOf(head), head };
  }

  /** The same for an answer that has ended. */
  end(): { readonly kind: AnswerKind; readonly head: string } {
    const head = this.#head;
    // A stream that was cut in its first field.
    const begun = head !== '' && FIELDS.some((field) => field.startsWith(head));
    return { kind: begun ? 'events' : kindOf(head), head };
  }
}

function kindOf(head: string): AnswerKind {
  if (/^[{["]/.test(head)) return 'json';
  if (head.startsWith('<')) return 'page';
  return /^(:|(data|event|id|retry)(:|\s)|error: ?\{)/.test(head) ? 'events' : 'words';
}
