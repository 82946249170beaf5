import type { Tell } from '../stage.ts';

/** What was repaired, as the action of a note, and the sentence that follows the place. */
const SENTENCES = {
  moved: 'is moved directly behind its call.',
  orphaned: 'is the result of no call of this conversation: it goes as text of the user.',
  repeated:
    'is a further result of a call that has one: it goes as text of the user, or not at all if it is the same.',
  missing: 'has no result: one that says so is put in.',
  arguments:
    'has arguments that are no JSON object: they are sent as one, and its result says so if any were lost.',
  emptied: 'is empty or holds blank text: that is left out, and of a user a text says so.',
} as const;

export type Repair = keyof typeof SENTENCES;

/** Counts repairs, so that one note tells of all of a kind. */
export class Repairs {
  readonly #found = new Map<Repair, { place: string; count: number }>();

  add(repair: Repair, place: string): void {
    const found = this.#found.get(repair);
    if (found) found.count++;
    else this.#found.set(repair, { place, count: 1 });
  }

  tellAll(tell: Tell): void {
    for (const [action, { place, count }] of this.#found) {
      const more = count === 1 ? '' : ` (and ${count - 1} more)`;
      tell({ stage: 'history', action, text: `${place}${more} ${SENTENCES[action]}` });
    }
  }
}
