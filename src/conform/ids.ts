import {
  type AssistantMessage,
  CallIds,
  canonicalCallId,
  isCanonicalCallId,
  Kept,
  type Message,
  type ModelRequest,
  markLikewise,
  type ToolCall,
  type ToolMessage,
} from '../core/index.ts';
import type { EventStageMaker, RequestStage } from './stage.ts';

/**
 * Writes the ids of the history as the model's own template does: it ends turns empty when they are foreign to it
 * (MoonshotAI/Kimi-K2#128). Ids that are all canonical and unique stay, so that prompt caches hit; otherwise all are
 * `functions.NAME:N`, where N counts the earlier calls. Hosts that rename ids themselves only need usable ones.
 */
export const idsStage: RequestStage = (request, target, tell) => {
  const renames = target.host?.canonicalIds === false;
  if (renames ? areUsable(request.messages) : areCanonical(request.messages)) return request;
  const count = callsOf(request.messages).length;
  tell({
    stage: 'ids',
    action: 'renumbered',
    text: `The ids of ${count} calls and of their results are written as functions.NAME:N.`,
  });
  return { ...request, messages: renumbered(request.messages) };
};

/**
 * Gives the client ids that repeat none of its conversation; canonical ones that are unused stay as they are. Where the
 * client has replaced ids by its own, nothing tells which were given out: then numbers below the count of calls are not
 * used again, whoever wrote them, and what is given out is what the history will be rebuilt with.
 */
export const idsBack: EventStageMaker = (original, sent) => {
  if ((original.tools ?? []).length === 0 && callsOf(original.messages).length === 0) return undefined;
  let ids: CallIds | undefined;
  let least = 0;
  return {
    passesText: true,
    push(event, out) {
      if (event.type !== 'tool-call-start') {
        out.push(event);
        return;
      }
      if (!ids) {
        ids = idsAfter(original.messages, sent.messages);
        least = leastNumber(callsOf(original.messages));
      }
      const id = ids.claim(event.name, numberIn(event.id) < least ? '' : event.id);
      out.push(id === event.id ? event : { ...event, id, rawId: event.rawId ?? event.id });
    },
  };
};

function idsAfter(original: readonly Message[], sent: readonly Message[]): CallIds {
  const history = callsOf(original);
  const reserved: string[] = [];
  for (const call of history) {
    const other = alike(call);
    if (other !== undefined) reserved.push(other);
  }
  if (sent !== original) for (const { id } of callsOf(sent)) reserved.push(id);
  const used = history.map(({ id }) => id);
  return new CallIds(used, reserved);
}

/** The lowest number that may be given out. */
function leastNumber(history: readonly ToolCall[]): number {
  return history.some(isReplaced) ? history.length : 0;
}

/** Whether an id is neither the model's nor a respelling of it. A call without a name says nothing. */
function isReplaced({ id, name }: ToolCall): boolean {
  if (name === '' || isCanonicalCallId(id, name)) return false;
  const number = numberIn(id);
  return Number.isNaN(number) || spelt(id) !== spelt(canonicalCallId(name, number));
}

/** The number at the end of an id; NaN: there is none. */
function numberIn(id: string): number {
  return Number(/\d{1,15}$/.exec(id)?.[0] ?? Number.NaN);
}

function spelt(id: string): string {
  return id.replace(/[^A-Za-z0-9]/g, '_');
}

/** The canonical id that a client made `functions_NAME_N` of: given out again, it would repeat that one. */
function alike({ id, name }: ToolCall): string | undefined {
  // Its own, unless the number is written oddly.
  if (isCanonicalCallId(id, name) && !id.includes(':0')) return undefined;
  const digits = /\D(\d{1,15})$/.exec(id)?.[1];
  return digits === undefined ? undefined : canonicalCallId(name, Number(digits));
}

function callsOf(messages: ModelRequest['messages']): ToolCall[] {
  const calls: ToolCall[] = [];
  for (const message of messages) {
    if (message.role === 'assistant' && message.toolCalls) calls.push(...message.toolCalls);
  }
  return calls;
}

function areCanonical(messages: readonly Message[]): boolean {
  const seen = new Set<string>();
  for (const message of messages) {
    if (message.role !== 'assistant') continue;
    for (const { id, name } of message.toolCalls ?? []) {
      if (seen.has(id) || !isCanonicalCallId(id, name)) return false;
      seen.add(id);
    }
  }
  return true;
}

/** No id is empty, and none stands twice in one turn. */
function areUsable(messages: readonly Message[]): boolean {
  return messages.every((message) => {
    if (message.role !== 'assistant' || !message.toolCalls) return true;
    const ids = new Set(message.toolCalls.map(({ id }) => id));
    return ids.size === message.toolCalls.length && !ids.has('');
  });
}

/** Results follow their calls: to each belongs the nearest earlier turn with its id, calls of one turn in order. */
function renumbered(messages: readonly Message[]): Message[] {
  const known = new Map<string, string[]>();
  let count = 0;
  return messages.map((message) => {
    if (message.role === 'tool') {
      const waiting = known.get(message.toolCallId);
      if (waiting === undefined) return message;
      return resultOf(message, waiting.length > 1 ? waiting.shift()! : waiting[0]!);
    }
    if (message.role !== 'assistant' || !message.toolCalls || message.toolCalls.length === 0) return message;
    const turn = turnFrom(message, message.toolCalls, count);
    count += message.toolCalls.length;
    const ids = new Map<string, string[]>();
    for (const [position, { id: old }] of message.toolCalls.entries()) {
      const { id } = turn.toolCalls![position]!;
      const same = ids.get(old);
      if (same) same.push(id);
      else ids.set(old, [id]);
    }
    for (const [old, fresh] of ids) known.set(old, fresh);
    return turn;
  });
}

const turns = new Kept<Message, { readonly count: number; readonly turn: AssistantMessage }>();
const results = new Kept<Message, ToolMessage>();

/** A turn whose calls are numbered from `count` on. */
function turnFrom(message: AssistantMessage, calls: readonly ToolCall[], count: number): AssistantMessage {
  const known = turns.get(message);
  if (known?.count === count) return known.turn;
  const toolCalls = calls.map((call, position) => ({
    ...call,
    id: canonicalCallId(call.name, count + position),
  }));
  return turns.set(message, { count, turn: markLikewise(message, { ...message, toolCalls }) }).turn;
}

/** A result of the call with this id. */
function resultOf(message: ToolMessage, toolCallId: string): ToolMessage {
  const known = results.get(message);
  if (known?.toolCallId === toolCallId) return known;
  return results.set(message, markLikewise(message, { ...message, toolCallId }));
}
