import { type Message, nameInCanonicalCallId, type ToolCall, type ToolMessage } from '../../core/index.ts';

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
 * a number behind, or the id is lost; such a result goes to the nearest call that still waits and fits. Where none of a turn's
 * ids is known to the results right behind it, and there are as many of both, they go by position.
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
  for (const [position, slots] of turns) matchByPosition(position, slots, messages, orphans);
  return { turns, repeated, orphans };
}

function matchByPosition(
  position: number,
  slots: readonly Slot[],
  messages: readonly Message[],
  orphans: Set<number>,
): void {
  if (messages[position + slots.length + 1]?.role === 'tool') return;
  const fits = slots.every((slot, index) => {
    const at = position + index + 1;
    return (
      slot.position === undefined && orphans.has(at) && mayAnswer(messages[at] as ToolMessage, slot.call)
    );
  });
  if (!fits) return;
  slots.forEach((slot, index) => {
    slot.position = position + index + 1;
    orphans.delete(slot.position);
  });
}

/** Unless it names another tool, in its own field or in its id. */
function mayAnswer({ toolCallId, name }: ToolMessage, call: ToolCall): boolean {
  return (name ?? call.name) === call.name && (nameInCanonicalCallId(toolCallId) ?? call.name) === call.name;
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
