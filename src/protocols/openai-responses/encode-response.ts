import type { AssistantMessage, Turn } from '../../core/index.ts';
import { clientCallId, type EncodeOptions } from '../front/index.ts';
import { compactionItem, compactionMessage } from './compaction.ts';
import {
  callIdentity,
  callItem,
  type ItemStatus,
  messageItem,
  parseable,
  reasoningItem,
  textPart,
} from './output-items.ts';
import type { Item, ResponsesReply } from './reply.ts';
import { type Ending, endingOfTurn, responseHead } from './response-object.ts';

/** A whole answer as a response: what was thought, said and called, in this order. */
export function encodeResponsesResponse(turn: Turn, options: EncodeOptions<ResponsesReply>): Item {
  const { compacts } = options.reply;
  const ending = endingOfTurn(turn, compacts);
  const output: Item[] = [];
  if (turn.reasoning !== '' || (turn.reasoningSignature !== undefined && options.reply.sealed)) {
    const last = turn.content === '' && turn.calls.length === 0 && turn.cut?.id === undefined;
    const status = statusOf(last, ending);
    output.push(reasoningItem(options, 0, turn.reasoning.toWellFormed(), turn.reasoningSignature, status));
  }
  if (compacts) {
    if (ending.status === 'completed') output.push(compactionItem(options, turn.content));
    return { ...responseHead(options, output, ending, turn.usage), ...options.reply.echo };
  }
  if (turn.content !== '') {
    const last = turn.calls.length === 0 && turn.cut?.id === undefined;
    const status = statusOf(last, ending);
    output.push(messageItem(options, 0, [textPart(turn.content.toWellFormed())], status));
  }
  for (const call of turn.calls) {
    const written = parseable(call.arguments.toWellFormed());
    output.push(callItem(callIdentity(call, options), written, 'completed'));
  }
  return { ...responseHead(options, output, ending, turn.usage), ...options.reply.echo };
}

/** Only the last item of an answer that broke off is not whole. */
function statusOf(isLast: boolean, ending: Ending): ItemStatus {
  return isLast && ending.status !== 'completed' ? 'incomplete' : 'completed';
}

/** What is stored of a conversation with an answer. A summary stands for all before it; where there is none, nothing was said. */
export function storedConversation(
  turn: Turn,
  options: EncodeOptions<ResponsesReply>,
): { readonly reply: ResponsesReply; readonly answer: AssistantMessage | undefined } {
  const { reply } = options;
  if (!reply.compacts) return { reply, answer: storedAnswer(turn, options) };
  if (endingOfTurn(turn, true).status !== 'completed') {
    return { reply: { ...reply, added: reply.added.slice(0, -1) }, answer: undefined };
  }
  const { previousResponseId: _, ...rest } = reply;
  const summary = compactionMessage(compactionItem(options, turn.content));
  return { reply: { ...rest, recalled: [], added: summary ? [summary] : [] }, answer: undefined };
}

/**
 * An answer as the message that a stored conversation ends with; undefined for one that is no message. Its calls have
 * the client's ids, by which their results will come back; `decodeRequest` gives recalled ones their own again.
 */
function storedAnswer(turn: Turn, options: EncodeOptions<ResponsesReply>): AssistantMessage | undefined {
  const { calls } = turn;
  if (turn.content.trim() === '' && calls.length === 0) return undefined;
  return {
    role: 'assistant',
    content: turn.content,
    ...(turn.reasoning !== '' && { reasoning: turn.reasoning }),
    ...(turn.reasoningSignature !== undefined && { reasoningSignature: turn.reasoningSignature }),
    ...(calls.length > 0 && {
      toolCalls: calls.map((call) => ({
        id: clientCallId('call', options.id, call),
        name: call.name,
        arguments: parseable(call.arguments),
      })),
    }),
  };
}
