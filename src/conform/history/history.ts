import {
  type AssistantMessage,
  type Message,
  sameContent,
  type ToolCall,
  type ToolMessage,
} from '../../core/index.ts';
import type { RequestStage } from '../stage.ts';
import { sentArguments } from './arguments.ts';
import { isBlank, tidied, withText } from './content.ts';
import { type Matching, matchResults, type Slot } from './matching.ts';
import { Repairs } from './repairs.ts';
import { isEmptyAnswer, isWellFormed } from './well-formed.ts';

const NO_RESULT = 'There is no result: this call was not run, or its result was lost.';
const ORPHAN = '[Result of a tool call that is not in this conversation]\n';
const FURTHER = '[Further result of an earlier tool call]\n';
const EMPTY = '[This message is empty]';
const MOST_ARGUMENTS = 1000;

/**
 * Makes any sequence of messages one that hosts take, since a faulty one is refused with every request from then on. What
 * has no place as a result is kept as text, and nothing of what users and models wrote is lost.
 */
export const historyStage: RequestStage = (request, _target, tell) => {
  if (isWellFormed(request.messages)) return request;
  const repairs = new Repairs();
  const messages = repaired(request.messages, repairs);
  repairs.tellAll(tell);
  return { ...request, messages };
};

function repaired(messages: readonly Message[], repairs: Repairs): Message[] {
  const matching = matchResults(messages);
  const out: Message[] = [];
  messages.forEach((message, position) => {
    const slots = matching.turns.get(position);
    if (message.role === 'assistant' && slots) pushTurn(message, position, slots, messages, out, repairs);
    else if (message.role === 'tool') pushStray(message, position, matching, messages, out, repairs);
    else if (message.role === 'assistant' && isEmptyAnswer(message)) {
      repairs.add('emptied', `messages[${position}]`);
    } else if (message.role !== 'assistant' && isBlank(message.content)) {
      repairs.add('emptied', `messages[${position}]`);
      // The turn stays: without it the model would go on with its own last answer.
      if (message.role === 'user') out.push({ ...message, content: EMPTY });
    } else out.push(tidy(message, position, repairs));
  });
  return out.length > 0 ? out : [{ role: 'user', content: EMPTY }];
}

/** A turn with calls, and its results in the order of the calls. */
function pushTurn(
  message: AssistantMessage,
  position: number,
  slots: readonly Slot[],
  messages: readonly Message[],
  out: Message[],
  repairs: Repairs,
): void {
  const results: Message[] = [];
  let next = position + 1;
  const toolCalls = slots.map(({ call, position: at }, index): ToolCall => {
    const place = `messages[${position}].tool_calls[${index}]`;
    const { text, lost } = sentArguments(call.arguments);
    if (text !== call.arguments && call.arguments.trim() !== '') repairs.add('arguments', place);
    if (at === undefined) repairs.add('missing', place);
    else if (at !== next++) repairs.add('moved', `messages[${at}]`);
    const result = at === undefined ? noResult(call) : tidy(messages[at] as ToolMessage, at, repairs);
    const told = lost ? { ...result, content: withText(asWritten(call), result.content) } : result;
    results.push(told.toolCallId === call.id ? told : { ...told, toolCallId: call.id });
    return text === call.arguments ? call : { ...call, arguments: text };
  });
  const content = isBlank(message.content) ? '' : tidied(message.content);
  out.push({ ...message, content, toolCalls }, ...results);
}

/** A result that answers no call, or one that has been answered. */
function pushStray(
  message: ToolMessage,
  position: number,
  { repeated, orphans }: Matching,
  messages: readonly Message[],
  out: Message[],
  repairs: Repairs,
): void {
  const first = repeated.get(position);
  if (first === undefined && !orphans.has(position)) return;
  repairs.add(first === undefined ? 'orphaned' : 'repeated', `messages[${position}]`);
  if (isBlank(message.content)) return;
  if (first !== undefined && sameContent(message.content, messages[first]!.content)) return;
  const text = first === undefined ? ORPHAN : FURTHER;
  out.push({ role: 'user', content: withText(text, tidied(message.content)) });
}

function tidy<M extends Message>(message: M, position: number, repairs: Repairs): M {
  const content = tidied(message.content);
  if (content === message.content) return message;
  repairs.add('emptied', `messages[${position}]`);
  return { ...message, content };
}

function noResult(call: ToolCall): ToolMessage {
  return { role: 'tool', toolCallId: call.id, content: NO_RESULT, isError: true };
}

function asWritten({ arguments: text }: ToolCall): string {
  const shown = text.length > MOST_ARGUMENTS ? `${text.slice(0, MOST_ARGUMENTS)} …` : text;
  return `[The arguments of this call were no JSON object and are shown as {}. They were written as: ${shown}]\n`;
}
