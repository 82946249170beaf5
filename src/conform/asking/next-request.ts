import type { JsonSchema, Message, ModelRequest, Turn } from '../../core/index.ts';
import { argumentProblem } from '../arguments/argument-problem.ts';
import { sentName } from '../names.ts';
import type { Target } from '../stage.ts';
import { type ForcedChoice, instruction } from '../tool-choice.ts';

/** The request with the answer that lacked the call, and a reminder, with the tool's name as the model knows it. */
export function remindedRequest(
  request: ModelRequest,
  turn: Turn,
  choice: ForcedChoice,
  target: Target,
): ModelRequest {
  const messages: Message[] = [...request.messages];
  // Hosts refuse empty messages.
  if (turn.content.trim() !== '') messages.push(assistantMessage(turn));
  const known = choice === 'required' ? choice : { name: sentName(choice.name, request, target) };
  messages.push({ role: 'user', content: `No such call was made. ${instruction(known)}` });
  return { ...request, messages };
}

/** What is wrong with the arguments of each call, by its id; undefined: nothing with any of them. */
export function wrongArguments(
  turn: Turn,
  schemas: ReadonlyMap<string, JsonSchema | undefined>,
): ReadonlyMap<string, string> | undefined {
  const problems = new Map<string, string>();
  for (const call of turn.calls) {
    if (call.problem === 'undeclared') continue;
    const problem = argumentProblem(schemas.get(call.name), call.arguments);
    if (problem !== undefined) problems.set(call.id, problem);
  }
  return problems.size > 0 ? problems : undefined;
}

/** The request with the turn whose calls were wrong, and what was wrong as their results. None of them was run. */
export function correctedRequest(
  request: ModelRequest,
  turn: Turn,
  problems: ReadonlyMap<string, string>,
): ModelRequest {
  const messages: Message[] = [
    ...request.messages,
    {
      ...assistantMessage(turn),
      toolCalls: turn.calls.map(({ id, name, arguments: text }) => ({ id, name, arguments: text })),
    },
  ];
  for (const { id, problem } of turn.calls) {
    const wrong = problems.get(id) ?? (problem === 'undeclared' ? 'There is no such tool.' : undefined);
    const content =
      wrong === undefined
        ? 'Not run, because another call of the same message was wrong. Make this call again as it was.'
        : `Not run. ${wrong} Make the call again with arguments that fit.`;
    messages.push({ role: 'tool', toolCallId: id, content, isError: true });
  }
  return { ...request, messages };
}

/**
 * The request with twice the budget, at most what host, model and window allow; undefined: there is no larger one, or
 * it is not known how large the last was.
 */
export function roomierRequest(
  request: ModelRequest,
  { usage }: Turn,
  target: Target,
): ModelRequest | undefined {
  const known = [request.maxTokens, usage?.outputTokens];
  if (known.every((tokens) => !tokens)) known.push(target.model?.defaultMaxTokens ?? undefined);
  const last = Math.max(0, ...known.map((tokens) => tokens ?? 0));
  const window = target.contextWindow ?? target.model?.contextWindow ?? Number.POSITIVE_INFINITY;
  const most = target.maxOutput ?? target.model?.maxOutput ?? Number.POSITIVE_INFINITY;
  const maxTokens = Math.min(2 * last, most, window - (usage?.inputTokens ?? 0));
  return maxTokens > last ? { ...request, maxTokens } : undefined;
}

function assistantMessage({ content, reasoning, reasoningSignature: signature }: Turn) {
  return {
    role: 'assistant' as const,
    content,
    ...(reasoning !== '' && { reasoning }),
    ...(signature !== undefined && { reasoningSignature: signature }),
  };
}
