import { isJsonObject, type JsonSchema, parseJson, parseJsonObject } from '../../core/index.ts';
import { nameIn } from '../name-in.ts';

/** A tool as the prompt declares it. */
export interface PromptTool {
  readonly name: string;
  readonly parameters: JsonSchema;
}

/** A call of an earlier step and what came back. */
export interface FinishedCall {
  readonly name: string;
  readonly arguments: Readonly<Record<string, unknown>>;
  /** The result: parsed where it is JSON, else its text; undefined where there is none. */
  readonly result: unknown;
}

/** What a prompt says, as far as the practice model understands it. */
export interface ReadPrompt {
  readonly tools: readonly PromptTool[];
  /** The last message of the user. */
  readonly user: string;
  /** The calls since then, in order. */
  readonly finished: readonly FinishedCall[];
  /** All calls of the conversation, for the ids of the next ones. */
  readonly callCount: number;
  /** What the answer begins with already: forced by the caller, or part of the template. */
  readonly begun: string;
}

interface Message {
  readonly kind: 'system' | 'user' | 'assistant';
  readonly role: string;
  readonly content: string;
}

const MESSAGE = /<\|im_(system|user|assistant)\|>(.*?)<\|im_middle\|>(.*?)(?:<\|im_end\|>|$)/gs;
const CALL = /<\|tool_call_begin\|>\s*(.*?)\s*<\|tool_call_argument_begin\|>\s*(.*?)\s*<\|tool_call_end\|>/gs;
const RETURN = /^## Return of (.*)\n?/;

/** Reads a prompt in the template of K2-Thinking and its relatives that declare tools as JSON. */
export function readPrompt(prompt: string): ReadPrompt {
  const messages: Message[] = [];
  for (const [, kind, role, content] of prompt.matchAll(MESSAGE)) {
    messages.push({ kind: kind as Message['kind'], role: role!, content: content! });
  }
  const open = prompt.endsWith('<|im_end|>') ? undefined : messages.pop();
  const declared = messages.find(({ role }) => role === 'tool_declare');
  const last = messages.findLastIndex(({ kind }) => kind === 'user');
  let callCount = 0;
  for (const { kind, content } of messages) {
    if (kind === 'assistant') callCount += [...content.matchAll(CALL)].length;
  }
  return {
    tools: declared ? readTools(declared.content) : [],
    user: messages[last]?.content ?? '',
    finished: readCalls(messages.slice(last + 1)),
    callCount,
    begun: open?.content ?? '',
  };
}

function readTools(text: string): PromptTool[] {
  const tools: PromptTool[] = [];
  const listed = parseJson(text);
  for (const entry of Array.isArray(listed) ? listed : []) {
    const declared: unknown = isJsonObject(entry) ? (entry['function'] ?? entry) : undefined;
    if (!isJsonObject(declared) || typeof declared['name'] !== 'string') continue;
    const parameters = declared['parameters'];
    tools.push({ name: declared['name'], parameters: isJsonObject(parameters) ? parameters : {} });
  }
  return tools;
}

/** Pairs each call with its result; ids may repeat in a conversation, so only the answer's own step counts. */
function readCalls(messages: readonly Message[]): FinishedCall[] {
  const finished: FinishedCall[] = [];
  let waiting: { id: string; position: number }[] = [];
  for (const { kind, content } of messages) {
    if (kind === 'assistant') {
      waiting = [];
      for (const [, id, text] of content.matchAll(CALL)) {
        waiting.push({ id: id!, position: finished.length });
        finished.push({ name: nameIn(id!), arguments: parseJsonObject(text!) ?? {}, result: undefined });
      }
      continue;
    }
    const id = RETURN.exec(content)?.[1];
    const found = waiting.findIndex((call) => call.id === id);
    if (found < 0) continue;
    const [{ position } = { position: -1 }] = waiting.splice(found, 1);
    const call = finished[position];
    if (call) finished[position] = { ...call, result: readResult(content.replace(RETURN, '')) };
  }
  return finished;
}

function readResult(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
