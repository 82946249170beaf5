import {
  Kept,
  type Message,
  type ModelRequest,
  markLikewise,
  nameInCanonicalCallId,
  parseJsonObject,
  type StreamEvent,
  type ToolChoice,
  type ToolDeclaration,
} from '../core/index.ts';
import { type Aliases, aliasesOf } from './aliases.ts';
import type { EventStage, EventStageMaker, RequestStage, Target, Tell } from './stage.ts';

/**
 * Gives tools whose names some hosts refuse (a leading digit, dots, spaces, other alphabets, over 64 characters), or whose
 * names repeat, names that every host takes: in declarations, the tool choice, the calls and results of the history.
 */
export const namesStage: RequestStage = (request, target, tell) => {
  const aliases = neededAliases(request, target);
  if (aliases === undefined) return request;
  tellAliases(aliases, request.tools?.map(({ name }) => name) ?? [], tell);
  return {
    ...request,
    messages: request.messages.map((message) => renameMessage(message, aliases)),
    ...(request.tools && {
      tools: request.tools.map((tool, position) => {
        const name = aliases.tools[position]!;
        return name === tool.name ? tool : renamedTool(tool, name);
      }),
    }),
    ...(request.toolChoice !== undefined && { toolChoice: renameChoice(request.toolChoice, aliases) }),
  };
};

const renamed = new Kept<ToolDeclaration, ToolDeclaration>();

function renamedTool(tool: ToolDeclaration, name: string): ToolDeclaration {
  const known = renamed.get(tool);
  return known?.name === name ? known : renamed.set(tool, markLikewise(tool, { ...tool, name }));
}

/** Gives the calls of an answer the client's names again. A model that wrote the client's name is understood too. */
export const namesBack: EventStageMaker = (original, _, target) => {
  const aliases = neededAliases(original, target);
  return aliases && backStage(aliases, original.messages);
};

/** What a tool is called on the target. */
export function sentName(name: string, request: ModelRequest, target: Target): string {
  return neededAliases(request, target)?.sent.get(name) ?? name;
}

/**
 * Hosts look at the names of declarations; Anthropic's protocol has the rule for calls of the history too, and Moonshot's
 * schema of requests knows one kind of name only.
 */
function neededAliases(request: ModelRequest, { protocol, host }: Target): Aliases | undefined {
  const hasTools = (request.tools ?? []).length > 0;
  const isStrict = protocol === 'anthropic-messages' || host?.schemaDialect === 'mfjs';
  return hasTools || isStrict ? aliasesOf(request) : undefined;
}

function backStage({ client, sent }: Aliases, history: readonly Message[]): EventStage {
  const ids = new Set<string>();
  for (const message of history) {
    if (message.role === 'assistant') for (const call of message.toolCalls ?? []) ids.add(call.id);
  }
  return {
    passesText: true,
    push(event, out) {
      if (event.type === 'tool-call-start') {
        const name = client.get(event.name) ?? event.name;
        const id = unusedId(renameId(event.id, client), event.id, ids);
        ids.add(id);
        out.push(name === event.name && id === event.id ? event : { ...event, name, id });
      } else if (event.type === 'tool-call-invalid') out.push(backInvalid(event, client, sent));
      else out.push(event);
    },
  };
}

type Invalid = Extract<StreamEvent, { type: 'tool-call-invalid' }>;

function backInvalid(
  event: Invalid,
  client: ReadonlyMap<string, string>,
  sent: ReadonlyMap<string, string>,
): StreamEvent {
  const { name, index } = event;
  if (name === undefined) return event;
  // Undeclared as far as the host knows: the model used the client's name, which it may know from the conversation.
  if (event.reason === 'undeclared' && index !== undefined && sent.has(name)) {
    if (parseJsonObject(event.arguments) !== undefined) return { type: 'tool-call-end', index };
    return { ...event, reason: 'invalid-arguments' };
  }
  const clientName = client.get(name);
  return clientName === undefined ? event : { ...event, name: clientName };
}

/** Two aliases of one name may have been called under the same number. */
function unusedId(id: string, written: string, ids: ReadonlySet<string>): string {
  if (id === written || !ids.has(id)) return id;
  const colon = id.lastIndexOf(':');
  let number = ids.size;
  while (ids.has(`${id.slice(0, colon)}:${number}`)) number++;
  return `${id.slice(0, colon)}:${number}`;
}

function renameMessage(message: Message, { sent }: Aliases): Message {
  if (sent.size === 0) return message;
  if (message.role === 'assistant' && message.toolCalls) {
    const toolCalls = message.toolCalls.map((call) => {
      const name = sent.get(call.name) ?? call.name;
      return { ...call, id: renameId(call.id, sent), name };
    });
    return { ...message, toolCalls };
  }
  if (message.role !== 'tool') return message;
  const name = message.name === undefined ? undefined : (sent.get(message.name) ?? message.name);
  return { ...message, toolCallId: renameId(message.toolCallId, sent), ...(name !== undefined && { name }) };
}

/** A canonical id holds the tool's name; any other says nothing. */
function renameId(id: string, names: ReadonlyMap<string, string>): string {
  const name = nameInCanonicalCallId(id);
  const other = name === undefined ? undefined : names.get(name);
  return other === undefined ? id : `functions.${other}${id.slice(id.lastIndexOf(':'))}`;
}

function renameChoice(choice: ToolChoice, { sent }: Aliases): ToolChoice {
  if (typeof choice === 'string') return choice;
  const name = sent.get(choice.name);
  return name === undefined ? choice : { name };
}

function tellAliases({ tools, sent }: Aliases, names: readonly string[], tell: Tell): void {
  if (sent.size > 0) {
    const shown = [...sent]
      .slice(0, 3)
      .map(([name, alias]) => `${JSON.stringify(name.slice(0, 80))} as ${alias}`);
    const more = sent.size > shown.length ? ` and ${sent.size - shown.length} more` : '';
    tell({
      stage: 'names',
      action: 'renamed',
      text: `Sent tool names that hosts refuse under others: ${shown.join(', ')}${more}.`,
    });
  }
  for (const [position, alias] of tools.entries()) {
    const name = names[position]!;
    if (alias === (sent.get(name) ?? name)) continue;
    tell({
      stage: 'names',
      action: 'told-apart',
      text: `tools[${position}] has the name of an earlier tool, ${JSON.stringify(name.slice(0, 80))}; sent it as ${alias}.`,
    });
  }
}
