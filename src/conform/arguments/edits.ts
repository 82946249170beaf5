/** A change of the text that is being held. */
export interface Edit {
  readonly at: number;
  readonly remove: number;
  readonly insert: string;
  /** It counts only if the string in which it stands turns out to have one meaning. */
  readonly tentative?: boolean;
}

/** The text from `from` to `to` with the edits in it, which stand in order. */
export function edited(text: string, edits: readonly Edit[], from = 0, to = text.length): string {
  const parts: string[] = [];
  let at = from;
  for (const edit of edits) {
    if (edit.at < from || edit.at >= to) continue;
    parts.push(text.slice(at, edit.at), edit.insert);
    at = edit.at + edit.remove;
  }
  parts.push(text.slice(at, to));
  return parts.join('');
}
