import type { AssistantMessage, Message } from '../core/index.ts';
import { dialectOf, type RequestStage, type Target } from './stage.ts';

/**
 * Gives every assistant message with calls a reasoning field where the host wants one: what is missing is sent as
 * '', never made up. Moonshot answers 400 `reasoning_content is missing` otherwise. What the client sent stays, of
 * earlier turns too, so that prompt caches hit; signatures go to Anthropic-compatible hosts only.
 */
export const reasoningStage: RequestStage = (request, target, tell) => {
  const fill = isRequired(target) && request.thinking !== 'off';
  const sign = target.protocol === 'anthropic-messages';
  if (!request.messages.some((message) => lacks(message, fill) || isSigned(message, sign))) return request;
  const filled: number[] = [];
  const messages = request.messages.map((message, position) => {
    if (message.role !== 'assistant') return message;
    const missing = lacks(message, fill);
    if (missing) filled.push(position);
    const changed: AssistantMessage = missing ? { ...message, reasoning: '' } : message;
    if (!isSigned(changed, sign)) return changed;
    const { reasoningSignature: _, ...rest } = changed;
    return rest;
  });
  if (filled.length > 0) {
    const more = filled.length === 1 ? '' : ` and ${filled.length - 1} more`;
    tell({
      stage: 'reasoning',
      action: 'filled',
      text: `messages[${filled[0]}]${more} ${filled.length === 1 ? 'has' : 'have'} calls and no reasoning: an empty one is sent, which the host wants.`,
    });
  }
  return { ...request, messages };
};

/** Raw prompts have no fields, and a host that is not known gets what no host refuses. */
function isRequired(target: Target): boolean {
  const { host, model, protocol } = target;
  if (protocol === 'completions' || model?.thinking.mode === 'none') return false;
  return dialectOf(target).reasoningRequired ?? host === undefined;
}

function lacks(message: Message, fill: boolean): boolean {
  return (
    fill &&
    message.role === 'assistant' &&
    message.reasoning === undefined &&
    message.toolCalls !== undefined &&
    message.toolCalls.length > 0
  );
}

function isSigned(message: Message, sign: boolean): boolean {
  return !sign && message.role === 'assistant' && message.reasoningSignature !== undefined;
}
