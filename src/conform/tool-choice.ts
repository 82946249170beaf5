import { type Message, type ModelRequest, PerigeeError, type ToolChoice } from '../core/index.ts';
import type { RequestStage, Target, Tell } from './stage.ts';

/** A choice that leaves the model no other answer than a call. */
export type ForcedChoice = 'required' | { readonly name: string };

const STAGE = 'tool-choice';

/**
 * Throws `invalid-request` for a choice that cannot be made: a forced call without tools, or of a tool that is not
 * declared. Hosts answer 400 to the first and do anything at all about the second.
 */
export function checkToolChoice({ toolChoice, tools = [] }: ModelRequest): void {
  const choice = forcedChoice(toolChoice);
  if (choice === undefined) return;
  if (choice === 'required') {
    if (tools.length > 0) return;
    throw new PerigeeError('invalid-request', 'tool_choice is "required", but the request has no tools.', {
      remedy: 'Send tools, or leave tool_choice out.',
      param: 'tool_choice',
    });
  }
  if (tools.some(({ name }) => name === choice.name)) return;
  throw new PerigeeError(
    'invalid-request',
    `tool_choice names the tool ${JSON.stringify(choice.name)}, which is not among the tools.`,
    { remedy: 'Declare it in tools, or choose another one.', param: 'tool_choice' },
  );
}

/**
 * Sends a tool choice that the target takes. Where a forced call would be refused or ignored it becomes `auto` (or
 * `required`, for a named tool, where that works) and an instruction at the end of the conversation: history and tools
 * stay as they are, so prompt caches still hit. `none`, where it is ignored, takes the tools away if no call stands in
 * the history. Goes after the stage that renames tools. Throws as `checkToolChoice` where the choice is sent as it is.
 */
export const toolChoiceStage: RequestStage = (request, target, tell) => {
  if (request.toolChoice === 'none') return withoutCalls(request, target, tell);
  const choice = forcedChoice(request.toolChoice);
  if (choice === undefined) return request;
  const sent = choiceToSend(choice, request, target);
  if (sent === choice) {
    checkToolChoice(request);
    return request;
  }
  const named = choice === 'required' ? '"required"' : 'of one tool by name';
  tell({
    stage: STAGE,
    action: 'emulated',
    text: `A tool_choice ${named} is refused or ignored there: sent as "${sent}" with an instruction.`,
  });
  const hasTools = (request.tools?.length ?? 0) > 0;
  return {
    ...request,
    toolChoice: sent,
    messages: hasTools ? withInstruction(request.messages, instruction(choice)) : request.messages,
  };
};

/** Whether the target makes the forced call; false: it refuses or ignores the choice. null: not known. */
export function obeysChoice(choice: ForcedChoice, request: ModelRequest, target: Target): boolean | null {
  // A prompt has no place for it.
  if (target.protocol === 'completions') return false;
  const kind = choice === 'required' ? 'required' : 'named';
  if (kind === 'named' && isUnnamed(target)) return false;
  const host = target.host?.toolChoice[kind] ?? null;
  if (host !== null) return host;
  // Of Kimi's models that can be told to think all refuse it but one.
  if (!target.model) return request.thinking === 'on' || request.thinking === 'keep' ? false : null;
  const { thinking, toolChoice } = target.model;
  const thinks = thinking.mode === 'always' || (thinking.mode === 'switch' && request.thinking !== 'off');
  return toolChoice[thinks ? 'thinking' : 'instant'][kind];
}

/** Whether the target's protocol could name a tool, and this host's document of it does not. */
function isUnnamed({ protocol, host }: Target): boolean {
  return protocol === 'anthropic-messages' && host?.messages.namedChoice === false;
}

/** The choice, if it forces a call. */
export function forcedChoice(choice: ToolChoice | undefined): ForcedChoice | undefined {
  return choice === undefined || choice === 'auto' || choice === 'none' ? undefined : choice;
}

function choiceToSend(choice: ForcedChoice, request: ModelRequest, target: Target): ForcedChoice | 'auto' {
  if (obeysChoice(choice, request, target) !== false) return choice;
  return choice !== 'required' && obeysChoice('required', request, target) === true ? 'required' : 'auto';
}

/** What the model is told in the place of a choice that cannot be sent. */
export function instruction(choice: ForcedChoice): string {
  if (choice === 'required') {
    return 'Your next message must call one or more of the tools; do not answer in text alone.';
  }
  return `Your next message must call the tool ${JSON.stringify(choice.name)} and no other; do not answer in text alone.`;
}

/** Behind the last message, or before the beginning of an answer that the model is to continue. */
export function withInstruction(messages: readonly Message[], text: string): Message[] {
  const last = messages.at(-1);
  const isBegun = last?.role === 'assistant' && (last.toolCalls ?? []).length === 0;
  const told: Message = { role: 'user', content: text };
  return isBegun ? [...messages.slice(0, -1), told, last] : [...messages, told];
}

function withoutCalls(request: ModelRequest, target: Target, tell: Tell): ModelRequest {
  const isIgnored = target.protocol === 'completions' || target.host?.toolChoice.none === false;
  if (!isIgnored || request.tools === undefined || request.tools.length === 0) return request;
  const hasCalls = request.messages.some(
    (message) =>
      message.role === 'tool' || (message.role === 'assistant' && (message.toolCalls ?? []).length > 0),
  );
  // Calls in the history of tools that are not declared would leave the model without their meaning.
  if (hasCalls) return request;
  const { tools: _, toolChoice: __, ...rest } = request;
  tell({
    stage: STAGE,
    action: 'emulated',
    text: 'tool_choice "none" is ignored there: sent without tools.',
  });
  return rest;
}
