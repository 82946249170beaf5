const LONGEST_NOTE = 120;
const LONGEST_NOTES = 240;

/** What no other keyword can say: the model is told in the words of JSON Schema, which it knows. */
const CONDITIONS = ['not', 'contains', 'dependentRequired', 'dependentSchemas', 'dependencies'] as const;

/** A value as short JSON for a note; undefined where it would not be short. */
export function shortJson(value: unknown): string | undefined {
  if (typeof value === 'string' && value.length > LONGEST_NOTE) return undefined;
  if (Array.isArray(value) && value.length > LONGEST_NOTE) return undefined;
  try {
    const text = JSON.stringify(value);
    return text !== undefined && text.length <= LONGEST_NOTE ? text : undefined;
  } catch {
    return undefined;
  }
}

/** A description with notes behind it in brackets, as many as are short. */
export function withNotes(description: string | undefined, notes: readonly string[]): string | undefined {
  let text = '';
  for (const note of new Set(notes)) {
    if (note.length > LONGEST_NOTE || text.length + note.length > LONGEST_NOTES) continue;
    if (description?.includes(note)) continue;
    text += `${text && '; '}${note}`;
  }
  if (text === '') return description;
  return description ? `${description} (${text})` : text;
}

/** The notes for keywords that only tell the reader something, whatever the type. */
export function notesFor(raw: { readonly [keyword: string]: unknown }): string[] {
  const notes: string[] = [];
  const own = (keyword: string) => (Object.hasOwn(raw, keyword) ? raw[keyword] : undefined);
  const format = own('format');
  if (typeof format === 'string' && format !== '') notes.push(`format: ${format}`);
  const examples = own('examples') ?? (Object.hasOwn(raw, 'example') ? [own('example')] : undefined);
  if (Array.isArray(examples) && examples.length > 0) {
    const shown = examples.slice(0, 3).map(shortJson);
    if (!shown.includes(undefined)) notes.push(`e.g. ${shown.join(', ')}`);
  }
  if (own('deprecated') === true) notes.push('deprecated');
  for (const keyword of CONDITIONS) {
    const shown = own(keyword) === undefined ? undefined : shortJson(own(keyword));
    if (shown !== undefined) notes.push(`${keyword}: ${shown}`);
  }
  const choice = ['if', 'then', 'else'].filter((keyword) => own(keyword) !== undefined);
  const branches = choice.map((keyword) => [keyword, shortJson(own(keyword))]);
  if (choice[0] === 'if' && choice.length > 1 && branches.every(([, shown]) => shown !== undefined)) {
    notes.push(branches.flat().join(' '));
  }
  return notes;
}
