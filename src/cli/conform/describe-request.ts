import { namesBack } from '../../conform/index.ts';
import { isJsonObject, parseJsonObject, type StreamEvent } from '../../core/index.ts';
import type { FittedRequest } from './fitted.ts';

type Wire = Record<string, unknown>;

/** Names that every host takes. */
const NAME = /^[A-Za-z_][A-Za-z0-9_-]{0,63}$/;

/** What can be said of the request that would be sent, under the names that the vectors use. */
export function describeRequest(fitted: FittedRequest): object {
  const { wire, changes } = fitted;
  const messages = objects(wire['messages']);
  const assistants = messages.filter(({ role }) => role === 'assistant');
  const calls = assistants.flatMap(({ tool_calls: calls }) => objects(calls));
  const contents = assistants.map(({ content }) => content ?? '');
  const written = calls.map((call) => (call['function'] as Wire)['arguments'] as string);
  const names = objects(wire['tools']).map((tool) => (tool['function'] as Wire)['name'] as string);
  return {
    assistant_ids: calls.map(({ id }) => id),
    tool_ids: messages.filter(({ role }) => role === 'tool').map((result) => result['tool_call_id']),
    assistant_reasoning: assistants.map((message) => reasoningOf(message) ?? null),
    assistant_reasoning_present: assistants.map((message) => reasoningOf(message) !== undefined),
    assistant_content: contents,
    assistant_content_in: contents,
    assistant_arguments: written,
    assistant_arguments_valid_json: written.map((text) => parseJsonObject(text) !== undefined),
    tool_choice: choiceOf(fitted),
    thinking: wire['thinking'] ?? null,
    tool_names: names,
    tool_names_match: names.every((name) => NAME.test(name)) && NAME.source,
    tool_names_unique: new Set(names).size === names.length,
    tool_names_reversible: areReversible(fitted),
    ...pairing(messages),
    request: wire,
    changes,
  };
}

/** Also of a request without tools, with which no choice is sent. */
function choiceOf({ conformed: { request } }: FittedRequest): unknown {
  const { toolChoice = 'auto' } = request;
  if (typeof toolChoice === 'string') return toolChoice;
  return { type: 'function', function: { name: toolChoice.name } };
}

function reasoningOf(message: Wire): string | undefined {
  const reasoning = message['reasoning_content'] ?? message['reasoning'];
  return typeof reasoning === 'string' ? reasoning : undefined;
}

/** Whether each result follows a call that carries its id, and each call is followed by one result of its own. */
function pairing(messages: readonly Wire[]): object {
  let waiting = new Map<unknown, number>();
  let orphans = false;
  let unanswered = false;
  const close = () => {
    for (const count of waiting.values()) if (count > 0) unanswered = true;
    waiting = new Map();
  };
  for (const message of messages) {
    if (message['role'] === 'tool') {
      const id = message['tool_call_id'];
      const count = waiting.get(id) ?? 0;
      if (count === 0) orphans = true;
      else waiting.set(id, count - 1);
      continue;
    }
    close();
    for (const { id } of objects(message['tool_calls'])) waiting.set(id, (waiting.get(id) ?? 0) + 1);
  }
  close();
  return { no_orphan_tool_messages: !orphans, every_call_has_result: !unanswered };
}

/** Whether a call of each tool, by the name that is sent, comes back under the name that the client gave. */
function areReversible({ original, conformed, target }: FittedRequest): boolean {
  const sent = conformed.request.tools ?? [];
  return (original.tools ?? []).every((tool, position) => {
    const name = sent[position]?.name;
    if (name === undefined) return true;
    const out: StreamEvent[] = [];
    const start: StreamEvent = { type: 'tool-call-start', index: 0, id: '', name };
    const back = namesBack(original, conformed.request, target, () => {});
    if (back) back.push(start, out);
    else out.push(start);
    return out.some((event) => event.type === 'tool-call-start' && event.name === tool.name);
  });
}

function objects(value: unknown): Wire[] {
  return Array.isArray(value) ? value.filter(isJsonObject) : [];
}
