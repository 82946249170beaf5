import {
  type AssistantMessage,
  CallIds,
  type Message,
  parseJsonObject,
  type ToolCall,
  type ToolMessage,
  textOf,
} from '../core/index.ts';
import { unknownResult } from './conversation.ts';

/** A conversation that hosts take, and what had to be done for it. */
export interface Repaired {
  readonly messages: readonly Message[];
  /** One sentence for each repair, with the place in what was given, as in `messages[3]`. */
  readonly repairs: readonly string[];
}

/** A message and where it stood. */
interface Placed<M = Message> {
  readonly message: M;
  readonly at: string;
}

/**
 * Makes a conversation one that every host takes: each call has one result, right behind it; each result has a call; no
 * id is given twice; arguments are JSON objects; no answer is empty. What is whole stays as it is, reasoning included.
 */
export function repairMessages(messages: readonly Message[]): Repaired {
  const repair = new Repair(messages);
  return { messages: repair.messages, repairs: repair.repairs };
}

class Repair {
  readonly messages: Message[] = [];
  readonly repairs: string[] = [];
  readonly #ids = new CallIds();
  readonly #used = new Set<string>();
  readonly #reserved: ReadonlySet<string>;

  constructor(messages: readonly Message[]) {
    this.#reserved = new Set(
      messages.flatMap((message) => (message.role === 'assistant' ? idsOf(message) : [])),
    );
    const placed = messages.map((message, position) => ({ message, at: `messages[${position}]` }));
    for (let from = 0; from < placed.length; ) {
      const to = endOfStep(placed, from);
      this.#step(placed.slice(from, to));
      from = to;
    }
  }

  /** One answer and all that follows until the next one. */
  #step(step: readonly Placed[]): void {
    const [first, ...rest] = step;
    const answer = first?.message.role === 'assistant' ? this.#answer(first.message, first.at) : undefined;
    const results = rest.filter((each): each is Placed<ToolMessage> => each.message.role === 'tool');
    const taken = new Set<Placed>();
    if (answer && first) {
      this.messages.push(answer.message);
      for (const call of answer.calls) this.messages.push(this.#result(call, results, taken, step, first.at));
    }
    for (const each of answer || first?.message.role === 'assistant' ? rest : step) {
      if (taken.has(each)) continue;
      if (each.message.role === 'tool') this.messages.push(this.#withoutCall(each.message, each.at));
      else this.messages.push(each.message);
    }
  }

  /** The answer, and its calls with the ids under which their results are looked for; undefined for an empty one. */
  #answer(message: AssistantMessage, at: string) {
    const calls = message.toolCalls ?? [];
    if (calls.length === 0 && isBlank(message)) {
      this.repairs.push(`${at}: an empty answer was left out.`);
      return undefined;
    }
    const kept = calls.map((call, position) => this.#call(call, `${at}.tool_calls[${position}]`));
    return {
      message: calls.length === 0 ? message : { ...message, toolCalls: kept },
      calls: kept.map((call, position) => ({ ...call, written: calls[position]!.id })),
    };
  }

  #call(call: ToolCall, at: string): ToolCall {
    let { id, arguments: text } = call;
    if (id === '' || this.#used.has(id)) {
      do id = this.#ids.claim(call.name, '');
      while (this.#used.has(id) || this.#reserved.has(id));
      this.repairs.push(`${at}: the id ${JSON.stringify(call.id)} is not the only one and became ${id}.`);
    } else {
      this.#ids.claim(call.name, id);
    }
    this.#used.add(id);
    if (parseJsonObject(text) === undefined) {
      if (text.trim() !== '') this.repairs.push(`${at}: arguments that are no JSON object became {}.`);
      text = '{}';
    }
    return { ...call, id, arguments: text };
  }

  /** The result of a call, wherever it stands before the next answer. */
  #result(
    call: ToolCall & { readonly written: string },
    results: readonly Placed<ToolMessage>[],
    taken: Set<Placed>,
    step: readonly Placed[],
    at: string,
  ): ToolMessage {
    const found = results.find((each) => !taken.has(each) && each.message.toolCallId === call.written);
    if (!found) {
      this.repairs.push(`${at}: the call ${call.id} has no result; it was given one that says so.`);
      return unknownResult(call.id, call.name);
    }
    if (step.slice(1, step.indexOf(found)).some(({ message }) => message.role !== 'tool')) {
      this.repairs.push(`${found.at}: the result of ${call.id} was moved to its call.`);
    }
    taken.add(found);
    return found.message.toolCallId === call.id ? found.message : { ...found.message, toolCallId: call.id };
  }

  /** A call that was never made would put words into the model's mouth, so what came of it is told as a fact. */
  #withoutCall({ content, name, toolCallId }: ToolMessage, at: string): Message {
    this.repairs.push(`${at}: a result without a call became a message of the user.`);
    const of = name ?? toolCallId;
    const label = `Result of a tool call that is not in this conversation${of === '' ? '' : ` (${of})`}:`;
    if (typeof content === 'string') return { role: 'user', content: `${label}\n${content}` };
    return { role: 'user', content: [{ type: 'text', text: label }, ...content] };
  }
}

/** Where the messages end that belong to the answer at `from`: before the next answer. */
function endOfStep(placed: readonly Placed[], from: number): number {
  let to = from + 1;
  while (to < placed.length && placed[to]!.message.role !== 'assistant') to++;
  return to;
}

function idsOf({ toolCalls = [] }: AssistantMessage): string[] {
  return toolCalls.map(({ id }) => id);
}

function isBlank({ content }: AssistantMessage): boolean {
  const hasMedia = typeof content !== 'string' && content.some(({ type }) => type !== 'text');
  return !hasMedia && textOf(content).trim() === '';
}
