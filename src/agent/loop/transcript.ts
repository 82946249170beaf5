import {
  type AssistantMessage,
  parseJsonObject,
  type ToolCall,
  type Turn,
  type UserMessage,
} from '../../core/index.ts';
import { refusal } from '../calls/refusal.ts';
import type { Toolbox } from '../toolbox.ts';

/** A call that stands in the history and waits for its result. */
export interface PendingCall extends ToolCall {
  readonly index: number;
  /** Exactly what the model wrote; `arguments` is what stands in the history. */
  readonly written: string;
  /** The output ended inside it. */
  readonly isCut: boolean;
}

/** A turn as it goes into the history. */
export interface Transcript {
  /** Absent when it would be empty: hosts refuse such a message for as long as it is in the history. */
  readonly message?: AssistantMessage;
  readonly calls: readonly PendingCall[];
  /** What the model must be told about calls that cannot stand in the history; comes after the results. */
  readonly note?: UserMessage;
}

/** Gives the call at an index its id in the history. */
export type ClaimId = (index: number, name: string, id: string) => string;

/** Names that hosts accept in a history. */
const USABLE_NAME = /^[A-Za-z_][\w.-]{0,127}$/;

/**
 * Writes a turn down. The message is what the model wrote, byte for byte, with two exceptions that keep the
 * history acceptable to every host: ids are unique, and arguments that are not a JSON object become `{}`.
 */
export function transcribe(turn: Turn, claim: ClaimId, toolbox: Toolbox): Transcript {
  const calls: PendingCall[] = [];
  const notes: string[] = [];
  const add = (index: number, id: string, name: string, written: string, isCut: boolean): void => {
    if (mayStand(name, toolbox)) {
      const text = historyArguments(written);
      calls.push({ index, id: claim(index, name, id), name, arguments: text, written, isCut });
    } else {
      notes.push(isCut ? refusal.cut(written) : refusal.unresolved(name || id, written, toolbox.names));
    }
  };
  for (const call of turn.calls) add(call.index, call.id, call.name, call.arguments, false);
  const { cut } = turn;
  if (cut?.name !== undefined) {
    add((turn.calls.at(-1)?.index ?? -1) + 1, cut.id ?? cut.rawId, cut.name, cut.arguments, true);
  } else if (cut) {
    notes.push(refusal.cut(cut.arguments));
  }
  for (const call of turn.unresolved) {
    notes.push(refusal.unresolved(call.rawId, call.arguments, toolbox.names));
  }
  const message = assistantMessage(turn, calls);
  return {
    calls,
    ...(message && { message }),
    ...(notes.length > 0 && {
      note: { role: 'user', content: notes.join('\n\n').toWellFormed() } as const,
    }),
  };
}

/** Whether a call of this name can stand in the history. */
export function mayStand(name: string, toolbox: Toolbox): boolean {
  return toolbox.find(name) !== undefined || USABLE_NAME.test(name);
}

/** Whether a turn has no text. */
export function isBlank(turn: Turn): boolean {
  return turn.content.trim() === '';
}

function assistantMessage(turn: Turn, calls: readonly PendingCall[]): AssistantMessage | undefined {
  if (calls.length === 0 && isBlank(turn)) return undefined;
  const { content, reasoning, reasoningSignature } = turn;
  return {
    role: 'assistant',
    content,
    ...(reasoning !== '' && { reasoning }),
    ...(reasoningSignature !== undefined && { reasoningSignature }),
    ...(calls.length > 0 && {
      toolCalls: calls.map(({ id, name, arguments: text }) => ({ id, name, arguments: text })),
    }),
  };
}

/** Broken arguments in a history are answered with a 400 for ever, so they do not get into it. */
function historyArguments(written: string): string {
  return parseJsonObject(written) ? written : '{}';
}
