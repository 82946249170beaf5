import { parseJsonObject, type Turn, type TurnCall } from '../../core/index.ts';
import { clientCallId, type EncodeOptions } from '../front/index.ts';
import { encodeMessage } from './encode-message.ts';
import { isDeeperThan } from './json-depth.ts';
import type { MessagesReply } from './messages-reply.ts';
import { sealThinking } from './seal-thinking.ts';
import { stopReasonOf } from './stop-reason.ts';

type Block = Record<string, unknown>;

/** Levels of arguments that are handed out; JSON cannot be written at any depth. */
const DEEPEST = 500;

/**
 * A whole answer as a `message`. `input` must be an object: a call whose arguments are none is left out, and a text says
 * so, since any object in its place would be made up. A call in which the output was cut is not in it.
 */
export function encodeMessagesResponse(
  turn: Turn,
  options: EncodeOptions<MessagesReply>,
): Record<string, unknown> {
  const calls = turn.calls.map((call) => encodeCall(call, options.id));
  const called = calls.some((block) => block['type'] === 'tool_use');
  const content = [
    ...encodeThinking(turn, options),
    ...(turn.content === '' ? [] : [{ type: 'text', text: turn.content }]),
    ...calls,
  ];
  return encodeMessage(options, content, stopReasonOf(turn.finishReason, called), turn.usage);
}

function encodeThinking(turn: Turn, options: EncodeOptions<MessagesReply>): Block[] {
  const { reasoning, reasoningSignature } = turn;
  if (reasoning === '' && reasoningSignature === undefined) return [];
  const signature = sealThinking(options, reasoning, reasoningSignature);
  return [{ type: 'thinking', thinking: options.reply.hideReasoning ? '' : reasoning, signature }];
}

function encodeCall(call: TurnCall, answerId: string): Block {
  const { name } = call;
  const text = call.arguments.trim() === '' ? '{}' : call.arguments;
  const input = isDeeperThan(text, DEEPEST) ? undefined : parseJsonObject(text);
  if (input === undefined) {
    return { type: 'text', text: `[A call of ${name} was left out: its arguments are not a JSON object.]` };
  }
  return { type: 'tool_use', id: clientCallId('toolu', answerId, call), name, input };
}
