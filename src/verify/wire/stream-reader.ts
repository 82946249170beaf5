import { createParser } from 'eventsource-parser';
import { isJsonObject, parseJson } from '../../core/index.ts';
import type { SeenAnswer, SeenCall, SeenUsage } from './seen.ts';

/** Characters that are kept of what cannot be read. */
const LONGEST_EXAMPLE = 160;

type Read = Omit<SeenAnswer, 'leaked'>;

interface OpenCall {
  id?: string;
  name: string;
  readonly parts: string[];
}

/** Takes an SSE stream of Chat Completions apart and keeps what is odd about it. */
export class StreamReader {
  /** The message with which the host broke the answer off. */
  error: string | undefined;
  /** Bytes of reasoning, text or calls were seen. */
  hasBegun = false;
  hasCall = false;
  /** Something was a server-sent event, whatever it held. */
  hasEvents = false;
  readonly #content: string[] = [];
  readonly #reasoning: string[] = [];
  readonly #calls: OpenCall[] = [];
  /** The call that an index means at the moment. */
  readonly #byIndex = new Map<number, OpenCall>();
  #finishReason: string | null = null;
  #done = false;
  #oddIndexes = false;
  #usage: SeenUsage | undefined;
  #badEvent: string | undefined;
  readonly #events = createParser({
    onEvent: ({ data }) => this.#event(data),
    onError: () => {},
  });

  /** Returns whether something of the answer was in this piece. */
  push(text: string): boolean {
    const before = this.#size;
    this.#events.feed(text);
    return this.#size > before;
  }

  get #size(): number {
    let size = this.#content.length + this.#reasoning.length;
    for (const { parts } of this.#calls) size += parts.length + 1;
    return size;
  }

  answer(): Read {
    return {
      content: this.#content.join(''),
      reasoning: this.#reasoning.join(''),
      calls: this.#calls.map(seenCall),
      finishReason: this.#finishReason,
      done: this.#done,
      oddIndexes: this.#oddIndexes,
      ...(this.#usage && { usage: this.#usage }),
      ...(this.#badEvent !== undefined && { badEvent: this.#badEvent }),
    };
  }

  #event(data: string): void {
    this.hasEvents = true;
    if (data.trim() === '[DONE]') {
      this.#done = true;
      return;
    }
    const json = parseJson(data);
    if (json === undefined && data.trim() !== '') this.#badEvent ??= data.slice(0, LONGEST_EXAMPLE);
    if (!isJsonObject(json)) return;
    if (json['error'] !== undefined && json['error'] !== null) this.error ??= errorText(json['error']);
    this.#usage = usageOf(json['usage']) ?? this.#usage;
    const choice = Array.isArray(json['choices']) ? json['choices'][0] : undefined;
    if (!isJsonObject(choice)) return;
    this.#usage = usageOf(choice['usage']) ?? this.#usage;
    this.#finishReason = finishReasonOf(choice) ?? this.#finishReason;
    if (isJsonObject(choice['delta'])) this.#delta(choice['delta']);
  }

  #delta(delta: Record<string, unknown>): void {
    addText(this.#content, delta['content']);
    addText(this.#reasoning, reasoningOf(delta));
    if (Array.isArray(delta['tool_calls'])) for (const part of delta['tool_calls']) this.#call(part);
    if (this.#content.length + this.#reasoning.length > 0 || this.hasCall) this.hasBegun = true;
  }

  #call(part: unknown): void {
    if (!isJsonObject(part)) return;
    this.hasCall = true;
    const { index, id } = part;
    const given = isJsonObject(part['function']) ? part['function'] : {};
    const isNumber = typeof index === 'number' && Number.isInteger(index);
    const newId = typeof id === 'string' && id !== '' ? id : undefined;
    let call = isNumber ? this.#byIndex.get(index) : newId === undefined ? this.#calls.at(-1) : undefined;
    // Hosts that give every call the same index tell them apart by their ids alone.
    const isAnother = call?.id !== undefined && newId !== undefined && call.id !== newId;
    if (!isNumber || isAnother || (!call && index !== this.#calls.length)) this.#oddIndexes = true;
    if (!call || isAnother) {
      call = { name: '', parts: [] };
      this.#calls.push(call);
      if (isNumber) this.#byIndex.set(index, call);
    }
    if (newId !== undefined) call.id ??= newId;
    if (typeof given['name'] === 'string' && call.name === '') call.name = given['name'];
    addText(call.parts, given['arguments']);
  }
}

/** Reads a whole answer; undefined if it is none. */
export function readWhole(text: string): Read | undefined {
  const json = parseJson(text);
  const choice = isJsonObject(json) && Array.isArray(json['choices']) ? json['choices'][0] : undefined;
  const message = isJsonObject(choice) ? choice['message'] : undefined;
  if (!isJsonObject(json) || !isJsonObject(choice) || !isJsonObject(message)) return undefined;
  const calls = Array.isArray(message['tool_calls']) ? message['tool_calls'].filter(isJsonObject) : [];
  const usage = usageOf(json['usage']);
  return {
    content: textOf(message['content']),
    reasoning: reasoningOf(message),
    calls: calls.map((part) => {
      const given = isJsonObject(part['function']) ? part['function'] : {};
      const text = textOf(given['arguments']);
      const named = typeof part['id'] === 'string' && part['id'] !== '' && { id: part['id'] };
      return { ...named, name: textOf(given['name']), arguments: text, pieces: text === '' ? 0 : 1 };
    }),
    finishReason: finishReasonOf(choice),
    done: true,
    oddIndexes: false,
    ...(usage && { usage }),
  };
}

/** What an error of a host says, however it is wrapped. */
export function errorText(error: unknown): string {
  if (typeof error === 'string') return error;
  if (!isJsonObject(error)) return String(error);
  const message = error['message'] ?? error['error'] ?? error['detail'];
  return isJsonObject(message) ? errorText(message) : textOf(message) || JSON.stringify(error).slice(0, 500);
}

/** Some hosts write an empty one where there is none yet, others beside the usage that follows the last one. */
function finishReasonOf({ finish_reason: reason }: Record<string, unknown>): string | null {
  return typeof reason === 'string' && reason !== '' ? reason : null;
}

/** Some hosts send both fields, one of them empty. */
function reasoningOf(message: Record<string, unknown>): string {
  return textOf(message['reasoning_content']) || textOf(message['reasoning']);
}

function seenCall({ id, name, parts }: OpenCall): SeenCall {
  return { ...(id !== undefined && { id }), name, arguments: parts.join(''), pieces: parts.length };
}

function addText(parts: string[], value: unknown): void {
  if (typeof value === 'string' && value !== '') parts.push(value);
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function usageOf(usage: unknown): SeenUsage | undefined {
  if (!isJsonObject(usage)) return undefined;
  const count = (value: unknown) => (typeof value === 'number' && value >= 0 ? value : 0);
  const details = isJsonObject(usage['prompt_tokens_details']) ? usage['prompt_tokens_details'] : {};
  return {
    input: count(usage['prompt_tokens']),
    cached: count(usage['cached_tokens'] ?? details['cached_tokens']),
    output: count(usage['completion_tokens']),
  };
}
