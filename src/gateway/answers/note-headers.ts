import type { Note } from '../../core/index.ts';

/** Characters that one of these headers may have. */
const LONGEST = 1024;

/**
 * What was done so far, as headers: `x-perigee-upstream`, `x-perigee-conform` (`stage:action` of all stages that acted) and
 * `x-perigee-warning` (the sentences of `fields`, on fields that nobody reads). Appends names and values to `headers`.
 */
export function addNoteHeaders(notes: readonly Note[], headers: string[]): void {
  if (notes.length === 0) return;
  const upstream = notes.findLast(({ stage, action }) => stage === 'route' && action === 'served')?.upstream;
  let acted: Set<string> | undefined;
  let warnings: Set<string> | undefined;
  for (const note of notes) {
    // What was done for an upstream that then failed is nothing to this answer.
    if (note.stage === 'route' || (note.upstream ?? upstream) !== upstream) continue;
    acted ??= new Set();
    acted.add(`${note.stage}:${note.action}`);
    if (note.stage !== 'fields') continue;
    warnings ??= new Set();
    warnings.add(note.text);
  }
  if (upstream !== undefined) headers.push('x-perigee-upstream', headerSafe(upstream));
  if (acted) headers.push('x-perigee-conform', headerSafe([...acted].join(', ')));
  if (warnings) headers.push('x-perigee-warning', headerSafe([...warnings].join(' ')));
}

/** Field names come from clients: nothing of them may end a header or begin another. */
function headerSafe(text: string): string {
  const safe = text.replaceAll(/[^\x20-\x7e]/g, '?').trim();
  return safe.length <= LONGEST ? safe : `${safe.slice(0, LONGEST - 1)}~`;
}
