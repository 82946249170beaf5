import {
  type AssistantMessage,
  type Content,
  canonicalCallId,
  isJsonObject,
  Kept,
  type Message,
  markLikewise,
  type ToolCall,
  type ToolMessage,
  textOf,
} from '../../core/index.ts';
import { decodeContent } from './decode-content.ts';
import { invalid, kindOf, unsupported, type Wire } from './request-field.ts';

/** A conversation, and what stood in it beside messages. */
export interface DecodedHistory {
  readonly messages: readonly Message[];
  /** Entries of `tools` that a system message brought, as Kimi K3 takes them, with their places. */
  readonly tools: readonly { readonly wire: unknown; readonly at: string }[];
}

/** Entries that come again with every request of their conversation, and what they say. */
const known = new Kept<Wire, Message>();

/** Reads `messages`. Throws `invalid-request` and `gateway-unsupported` with the place in `param`. */
export function decodeHistory(wire: unknown): DecodedHistory {
  if (!Array.isArray(wire)) {
    throw invalid('messages', `must be an array, and is ${kindOf(wire)}`, 'Send the conversation.');
  }
  if (wire.length === 0) throw invalid('messages', 'is empty', 'Send at least one message.');
  const history = new History();
  wire.forEach((entry: unknown, position) => {
    const message = isJsonObject(entry) ? known.get(entry) : undefined;
    if (message) history.push(message);
    else history.add(entry, `messages[${position}]`);
  });
  return history;
}

class History implements DecodedHistory {
  readonly messages: Message[] = [];
  readonly tools: { wire: unknown; at: string }[] = [];
  #calls = 0;
  /** The ids that legacy calls were given here, by function; the latest is the one that is answered. */
  readonly #legacy = new Map<string, string>();

  add(entry: unknown, at: string): void {
    if (!isJsonObject(entry))
      throw invalid(at, `must be a message, and is ${kindOf(entry)}`, 'Send an object.');
    const role = entry['role'];
    switch (role) {
      case 'system':
      case 'developer':
        this.#system(entry, at);
        return;
      case 'user':
        this.push(kept(entry, userMessage(entry, at)));
        return;
      case 'assistant':
        this.#assistant(entry, at);
        return;
      case 'tool':
        this.push(kept(entry, toolMessage(entry, at)));
        return;
      case 'function':
        this.messages.push(this.#function(entry, at));
        return;
      default:
        throw invalid(
          `${at}.role`,
          typeof role === 'string'
            ? `is the unknown ${JSON.stringify(role.slice(0, 40))}`
            : `is ${kindOf(role)}`,
          'Use system, developer, user, assistant or tool.',
        );
    }
  }

  /** Adds the message that an entry stands for. */
  push(message: Message): void {
    if (message.role !== 'assistant') {
      this.messages.push(message);
      return;
    }
    this.#calls += message.toolCalls?.length ?? 0;
    this.#addAnswer(message);
  }

  /**
   * Some clients (@openai/agents) show the text and the calls of one answer as two messages. Two that were thought about in
   * different words are two answers: as one, the first would lose its reasoning.
   */
  #addAnswer(answer: AssistantMessage): void {
    const before = this.messages.at(-1);
    const isRest =
      before?.role === 'assistant' &&
      before.toolCalls === undefined &&
      answer.toolCalls !== undefined &&
      textOf(answer.content).trim() === '' &&
      (before.reasoning ?? answer.reasoning) === (answer.reasoning ?? before.reasoning);
    if (!isRest) {
      this.messages.push(answer);
      return;
    }
    this.messages[this.messages.length - 1] = { ...before, ...answer, content: before.content };
  }

  #system(entry: Wire, at: string): void {
    const { tools, content } = entry;
    if (Array.isArray(tools)) {
      tools.forEach((wire: unknown, position) => {
        this.tools.push({ wire, at: `${at}.tools[${position}]` });
      });
      if (content === undefined || content === null || content === '') return;
    }
    const message: Message = { role: 'system', content: requiredContent(entry, at), ...nameOf(entry) };
    this.push(Array.isArray(tools) ? message : kept(entry, message));
  }

  #assistant(entry: Wire, at: string): void {
    const message = assistantMessage(entry, at);
    const legacy = entry['function_call'];
    if (message.toolCalls !== undefined || !isJsonObject(legacy)) {
      this.push(kept(entry, message));
      return;
    }
    const name = calledName(legacy, `${at}.function_call.name`);
    const id = canonicalCallId(name, this.#calls);
    const text = argumentText(legacy['arguments'], `${at}.function_call.arguments`);
    this.#legacy.set(name, id);
    this.push({ ...message, toolCalls: [{ id, name, arguments: text }] });
  }

  #function(entry: Wire, at: string): ToolMessage {
    const name = calledName(entry, `${at}.name`);
    // Without a call it keeps its name, by which a call that waits may be found.
    const toolCallId = this.#legacy.get(name) ?? '';
    const { content } = decodeContent(entry['content'], `${at}.content`);
    return { role: 'tool', toolCallId, content, name };
  }
}

/** What comes of an entry that lasts does, too. */
function kept(entry: Wire, message: Message): Message {
  return known.set(entry, markLikewise(entry, message));
}

/** A user or system message without content is mostly a template that failed: the model must not guess at it. */
function requiredContent(entry: Wire, at: string): Content {
  const wire = entry['content'];
  if (wire !== undefined && wire !== null) {
    const { content, reasoning } = decodeContent(wire, `${at}.content`);
    return reasoning !== '' && content === '' ? reasoning : content;
  }
  throw invalid(`${at}.content`, `is ${kindOf(wire)}`, 'Send a string or an array of parts.');
}

function userMessage(entry: Wire, at: string): Message {
  return { role: 'user', content: requiredContent(entry, at), ...nameOf(entry) };
}

function assistantMessage(entry: Wire, at: string): AssistantMessage {
  if (entry['partial'] === true) {
    throw unsupported(
      `${at}.partial`,
      'asks to continue a begun answer, which the gateway cannot pass on',
      'Leave it out, or send the request with the header X-Tool-Mode: raw.',
    );
  }
  const decoded = decodeContent(entry['content'], `${at}.content`);
  const refusal = entry['refusal'];
  const content = decoded.content === '' && typeof refusal === 'string' ? refusal : decoded.content;
  const { reasoning, signature } = reasoningOf(entry, decoded.reasoning);
  const toolCalls = decodeCalls(entry['tool_calls'], `${at}.tool_calls`);
  return {
    role: 'assistant',
    content,
    ...(reasoning !== '' && { reasoning }),
    ...(reasoning !== '' && signature !== undefined && { reasoningSignature: signature }),
    ...(toolCalls.length > 0 && { toolCalls }),
    ...nameOf(entry),
  };
}

function decodeCalls(wire: unknown, at: string): ToolCall[] {
  if (wire === undefined || wire === null) return [];
  if (!Array.isArray(wire)) {
    throw invalid(at, `must be an array, and is ${kindOf(wire)}`, 'Send the calls as they came.');
  }
  return wire.map((call: unknown, position) => decodeCall(call, `${at}[${position}]`));
}

/** Some clients lose the id; a conversation that is refused for it would be refused for ever. */
function toolMessage(entry: Wire, at: string): ToolMessage {
  const { content } = decodeContent(entry['content'], `${at}.content`);
  return { role: 'tool', toolCallId: idOf(entry['tool_call_id']), content, ...nameOf(entry) };
}

function decodeCall(call: unknown, at: string): ToolCall {
  if (!isJsonObject(call)) throw invalid(at, `must be a call, and is ${kindOf(call)}`, 'Send an object.');
  const id = idOf(call['id']);
  const custom = call['custom'];
  if (isJsonObject(custom)) {
    const input = typeof custom['input'] === 'string' ? custom['input'] : '';
    return {
      id,
      name: calledName(custom, `${at}.custom.name`),
      arguments: JSON.stringify({ input }),
    };
  }
  const inner = isJsonObject(call['function']) ? call['function'] : call;
  return {
    id,
    name: calledName(inner, `${at}.function.name`),
    arguments: argumentText(inner['arguments'], `${at}.function.arguments`),
  };
}

function idOf(wire: unknown): string {
  return typeof wire === 'string' || typeof wire === 'number' ? String(wire) : '';
}

function calledName(wire: Wire, at: string): string {
  const name = wire['name'];
  if (typeof name === 'string' && name !== '') return name;
  throw invalid(at, `is ${name === '' ? 'empty' : kindOf(name)}`, 'Send the name of the tool.');
}

/** Text stays as it is; clients that parsed the arguments send what they got. */
function argumentText(wire: unknown, at: string): string {
  if (typeof wire === 'string') return wire;
  if (wire === undefined || wire === null) return '{}';
  try {
    return JSON.stringify(wire);
  } catch {
    throw invalid(at, 'is nested too deeply', 'Send the arguments as the text that the model wrote.');
  }
}

function nameOf(entry: Wire): { name?: string } {
  const name = entry['name'];
  return typeof name === 'string' && name !== '' ? { name } : {};
}

/**
 * The reasoning under whichever name it came back. Blank text is what clients put where they lost it, so it counts
 * as none.
 */
function reasoningOf(entry: Wire, fromParts: string): { reasoning: string; signature?: string } {
  for (const text of [entry['reasoning_content'], entry['reasoning'], fromParts]) {
    if (typeof text === 'string' && text.trim() !== '') return { reasoning: text, ...signatureOf(entry) };
  }
  let reasoning = '';
  for (const detail of detailsOf(entry)) {
    const text = detail['text'] ?? detail['summary'];
    if (typeof text === 'string') reasoning += text;
  }
  return reasoning.trim() === '' ? { reasoning: '' } : { reasoning, ...signatureOf(entry) };
}

function signatureOf(entry: Wire): { signature?: string } {
  for (const { signature } of detailsOf(entry)) {
    if (typeof signature === 'string' && signature !== '') return { signature };
  }
  return {};
}

function detailsOf(entry: Wire): Wire[] {
  const details = entry['reasoning_details'];
  return Array.isArray(details) ? details.filter(isJsonObject) : [];
}
