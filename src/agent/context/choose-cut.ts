import type { CutPlan } from './cut-plan.ts';
import { sizeOf } from './size.ts';
import { isTurn, type Segment, type Timeline } from './timeline.ts';

/** What there is to choose from; sizes in characters. */
export interface CutChoice {
  readonly timeline: Timeline;
  /** The first segment behind the last cut. */
  readonly from: number;
  /** Positions before that which stayed in the last cut. */
  readonly kept: readonly number[];
  /** The first segment that should stay. */
  readonly tail: number;
  readonly tailSize: number;
  readonly noteSize: number;
  /** What the prompt should have at most. */
  readonly limit: number;
  /** What may stay of the messages before the tail, the beginning of the conversation not counted. */
  readonly keptLimit: number;
  /** Results that are shown shorter already, with the characters they have. */
  readonly shortened: ReadonlyMap<number, number>;
  /** Whether results in the tail may be shortened when nothing else is left. */
  readonly mayShorten: boolean;
}

/** The part of a plan that says what stays, and the size of it. */
export interface Chosen extends Pick<CutPlan, 'tailFrom' | 'kept' | 'shortened'> {
  readonly size: number;
}

/** Shorter than this a result says nothing. */
const LEAST_RESULT = 500;

/** Chooses what stays: the wanted tail, a shorter one where that is too large, and a shortened one at last. */
export function chooseCut(choice: CutChoice): Chosen {
  const { timeline, limit, noteSize } = choice;
  const last = lastTurn(timeline);
  let { tail, tailSize } = choice;
  for (; tail < timeline.head; tail++) tailSize -= timeline.segments[tail]?.size ?? 0;
  let kept = keptBefore(choice, tail);
  while (tail < last && kept.size + noteSize + tailSize > limit) {
    tailSize -= timeline.segments[tail]?.size ?? 0;
    tail++;
    // Only what is no round moves from the tail to what is kept.
    if (timeline.segments[tail - 1]?.kind !== 'round') kept = keptBefore(choice, tail);
  }
  const tailFrom = timeline.segments[tail]?.start ?? timeline.history.length;
  const fixed = kept.size + noteSize;
  const { shortened, saved } = shorten(choice, tailFrom, fixed + tailSize - limit);
  return { tailFrom, kept: kept.positions, shortened, size: fixed + tailSize - saved };
}

/** The last turn, which no cut takes out: its results have not been read yet. */
function lastTurn({ segments, head }: Timeline): number {
  for (let index = segments.length - 1; index > head; index--) {
    if (isTurn(segments[index])) return index;
  }
  return Math.min(head, segments.length);
}

interface Item {
  readonly position: number;
  readonly size: number;
  readonly kind: Segment['kind'];
}

/** The beginning of the conversation, and of what was said since then the latest that there is room for. */
function keptBefore(choice: CutChoice, tail: number): { positions: number[]; size: number } {
  const { timeline, keptLimit } = choice;
  const { head, segments } = timeline;
  const beginning = segments.slice(0, head).map(itemOf);
  const behind = segments[head]?.start ?? timeline.history.length;
  const earlier = choice.kept
    .filter((position) => position >= behind)
    .map((position) => itemAt(timeline, position));
  const said = [...earlier, ...between(choice, tail)];
  const total = sum(said);
  const stay = total <= keptLimit ? said : latest(said, keptLimit / 2, asksInTail(timeline, tail));
  return {
    positions: [...beginning, ...stay].map(({ position }) => position),
    size: sum(beginning) + sum(stay),
  };
}

function itemAt(timeline: Timeline, position: number): Item {
  return itemOf(timeline.segments[timeline.segmentFrom(position)] as Segment);
}

function itemOf({ start, kind, size }: Segment): Item {
  return { position: start, kind, size };
}

function between({ timeline, from }: CutChoice, tail: number): Item[] {
  const items: Item[] = [];
  for (let index = Math.max(from, timeline.head); index < tail; index++) {
    const segment = timeline.segments[index] as Segment;
    if (segment.kind !== 'round') items.push(itemOf(segment));
  }
  return items;
}

/**
 * What fits into half of the room, so that the next cuts leave this part as it is: what the user said before what was
 * answered, the latest first, and no answer without what it answers. System messages stay, and so does the last user
 * message if the tail has none.
 */
function latest(said: readonly Item[], room: number, isAsked: boolean): Item[] {
  const lastAsked = isAsked ? undefined : said.findLast(({ kind }) => kind === 'user');
  const stay = new Set(said.filter((item) => item.kind === 'system' || item === lastAsked));
  let left = room;
  const take = (item: Item): void => {
    if (stay.has(item) || item.size > left) return;
    left -= item.size;
    stay.add(item);
  };
  for (const item of said.toReversed()) if (item.kind === 'user') take(item);
  for (let index = said.length - 1; index > 0; index--) {
    const [question, item] = said.slice(index - 1, index + 1);
    if (item?.kind === 'answer' && question && stay.has(question)) take(item);
  }
  return said.filter((item) => stay.has(item));
}

function asksInTail({ segments }: Timeline, tail: number): boolean {
  for (let index = segments.length - 1; index >= tail; index--) {
    if (segments[index]?.kind === 'user') return true;
  }
  return false;
}

/** Shortens the longest results of the tail, all to the same length, until so many characters are saved. */
function shorten(choice: CutChoice, tailFrom: number, over: number) {
  const { timeline, mayShorten } = choice;
  const before = [...choice.shortened]
    .filter(([position]) => position >= tailFrom)
    .map(([position, characters]) => ({ position, characters }));
  if (over <= 0 || !mayShorten) return { shortened: before, saved: 0 };
  const shown = new Map<number, number>();
  for (let position = tailFrom; position < timeline.history.length; position++) {
    const message = timeline.history[position];
    if (message?.role !== 'tool') continue;
    const whole = typeof message.content === 'string' ? message.content.length : sizeOf(message).size;
    shown.set(position, choice.shortened.get(position) ?? whole);
  }
  let characters = LEAST_RESULT;
  for (const length of shown.values()) characters = Math.max(characters, length);
  let saved = 0;
  while (saved < over && characters > LEAST_RESULT) {
    characters = Math.max(LEAST_RESULT, Math.floor(characters / 2));
    saved = 0;
    for (const length of shown.values()) saved += Math.max(0, length - characters);
  }
  const shortened = [...shown]
    .filter(([position, length]) => length > characters || choice.shortened.has(position))
    .map(([position, length]) => ({ position, characters: Math.min(length, characters) }));
  return { shortened, saved };
}

function sum(items: readonly { readonly size: number }[]): number {
  return items.reduce((total, { size }) => total + size, 0);
}
