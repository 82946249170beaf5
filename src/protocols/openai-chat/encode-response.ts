import type { Turn, TurnCall } from '../../core/index.ts';
import type { EncodeOptions } from '../front/index.ts';
import type { ChatReply } from './chat-reply.ts';
import { customInput } from './encode-custom.ts';
import { encodeFinishReason } from './encode-finish.ts';
import { encodeUsage } from './encode-usage.ts';

type Wire = Record<string, unknown>;

/** A whole answer as a `chat.completion`. Arguments stand in it byte for byte; the cut call does not. */
export function encodeChatResponse(turn: Turn, options: EncodeOptions<ChatReply>): Wire {
  const { reply } = options;
  const calls = reply.legacy ? turn.calls.slice(0, 1) : turn.calls;
  const ended = { reason: turn.finishReason, calls: calls.length, cut: turn.cut !== undefined };
  return {
    id: `chatcmpl-${options.id}`,
    object: 'chat.completion',
    created: options.created,
    model: options.model,
    choices: [
      {
        index: 0,
        message: encodeMessage(turn, calls, reply),
        logprobs: null,
        finish_reason: encodeFinishReason(ended, reply),
      },
    ],
    ...(turn.usage && { usage: encodeUsage(turn.usage) }),
  };
}

function encodeMessage(turn: Turn, calls: readonly TurnCall[], reply: ChatReply): Wire {
  const message: Wire = {
    role: 'assistant',
    content: turn.content === '' && calls.length > 0 ? null : turn.content,
    refusal: null,
  };
  if (turn.reasoning !== '' && reply.showReasoning) message['reasoning_content'] = turn.reasoning;
  const [first] = calls;
  if (first === undefined) return message;
  if (reply.legacy) message['function_call'] = { name: first.name, arguments: first.arguments };
  else message['tool_calls'] = calls.map((call) => encodeCall(call, reply));
  return message;
}

function encodeCall({ id, name, arguments: text }: TurnCall, reply: ChatReply): Wire {
  return reply.custom.has(name)
    ? { id, type: 'custom', custom: { name, input: customInput(text) } }
    : { id, type: 'function', function: { name, arguments: text } };
}
