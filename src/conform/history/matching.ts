import type { Message, ToolCall, ToolMessage } from '../../core/index.ts';

/** One call of the history and what answered it. */
export interface Slot {
  readonly call: ToolCall;
  /** Where its result stands; absent: there is none. */
  position?: number;
}

/** Which results belong to which calls. */
export interface Matching {
  /** The calls of each assistant turn, by the turn's position. */
  readonly turns: ReadonlyMap<number, readonly Slot[]>;
  /** Results of calls that have one already, with the position of that one. */
  readonly repeated: ReadonlyMap<number, number>;
  /** Results of no call. */
  readonly orphans: ReadonlySet<number>;
}

/** The calls of one turn that carry the same id, the first `answered` of which have results. */
interface Waiting {
  readonly turn: number;
  readonly slots: Slot[];
  answered: number;
}

/**
 * A result belongs to the nearest earlier assistant turn that carries its id; calls of one turn that share an id are
 * answered in order. Clients also rewrite the ids of results alone: characters that they do not like become `_`, repeats get
 * a number behind, or the id is lost; such a result goes to the nearest call that still waits and fits.
 */
export function matchResults(messages: readonly Message[]): Matching {
  const turns = new Map<number, readonly Slot[]>();
  const repeated = new Map<number, number>();
  const orphans = new Set<number>();
  const byId = new Map<string, Waiting>();
  const byPlainId = new Map<string, Waiting>();
  let last: readonly Slot[] = [];
  messages.forEach((message, position) => {
    if (message.role === 'assistant' && message.toolCalls && message.toolCalls.length > 0) {
      last = message.toolCalls.map((call) => ({ call }));
      turns.set(position, last);
      for (const slot of last) {
        wait(byId, slot.call.id, position, slot);
        wait(byPlainId, plain(slot.call.id), position, slot);
      }
    } else if (message.role === 'tool') {
      const exact = byId.get(message.toolCallId);
      const slot = exact ? nextOf(exact) : likely(message, byPlainId, last);
      if (slot) slot.position = position;
      else if (exact) repeated.set(position, exact.slots[0]!.position!);
      else orphans.add(position);
    }
  });
  return { turns, repeated, orphans };
}

function wait(waiting: Map<string, Waiting>, id: string, turn: number, slot: Slot): void {
  const known = waiting.get(id);
  if (known?.turn === turn) known.slots.push(slot);
  else waiting.set(id, { turn, slots: [slot], answered: 0 });
}

function nextOf(waiting: Waiting): Slot | undefined {
  while (waiting.answered < waiting.slots.length) {
    const slot = waiting.slots[waiting.answered]!;
    if (slot.position === undefined) return slot;
    waiting.answered++;
  }
  return undefined;
}

function likely(
  { toolCallId: id, name }: ToolMessage,
  byPlainId: ReadonlyMap<string, Waiting>,
  last: readonly Slot[],
): Slot | undefined {
  if (id === '') {
    return last.find(
      (slot) => slot.position === undefined && (name === undefined || name === slot.call.name),
    );
  }
  for (const form of [plain(id), plain(id).replace(/_\d{1,6}$/, '')]) {
    const waiting = byPlainId.get(form);
    const slot = waiting && nextOf(waiting);
    if (slot) return slot;
  }
  return undefined;
}

function plain(id: string): string {
  return id.replace(/[^A-Za-z0-9]/g, '_');
}
