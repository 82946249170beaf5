import { costOf } from '../../dist/core/index.js';

/** Instructions and tools, in front of every prompt. */
export const FIXED = 2_800;
export const TASK = 200;
/** Tokens of a turn; most of them reasoning. */
export const OUTPUT = 250;
/** Characters of a token in the messages that are made up here. */
const CHARACTERS = 4;
const SIZES = new WeakMap();

/** A message that has so many tokens whatever its text is. */
export function sized(message, tokens) {
  SIZES.set(message, tokens);
  return message;
}

export function tokensOf(messages) {
  let tokens = 0;
  for (const message of messages) tokens += SIZES.get(message) ?? Math.ceil(message.content.length / 3.5);
  return tokens;
}

/** The tokens of a whole prompt. */
export const promptTokens = (messages) => FIXED + tokensOf(messages);

export function said(role, tokens) {
  return sized({ role, content: text(tokens, 30) }, tokens);
}

/** A round: a call with what the model thought before it, and a result of so many tokens. */
export function round(step, resultTokens) {
  const id = `functions.read_file:${step}`;
  const call = { id, name: 'read_file', arguments: JSON.stringify({ path: `src/part-${step % 97}.ts` }) };
  const frame = 30 + 30 + id.length + call.name.length + call.arguments.length;
  return [
    sized({ role: 'assistant', content: '', reasoning: text(OUTPUT, frame), toolCalls: [call] }, OUTPUT),
    sized({ role: 'tool', toolCallId: id, name: 'read_file', content: text(resultTokens, 30) }, resultTokens),
  ];
}

const STUBS = new WeakMap();

/** A line instead of a result: 20 tokens, the same message each time. */
export function stubOf(message) {
  let stub = STUBS.get(message);
  if (!stub) {
    stub = sized({ role: 'tool', toolCallId: message.toolCallId, content: '[old result removed]' }, 20);
    STUBS.set(message, stub);
  }
  return stub;
}

const BARE = new WeakMap();

/** What a host makes of a history where it drops reasoning from before the last user message: 200 of 250 tokens. */
export function withoutEarlierReasoning(messages) {
  const last = messages.findLastIndex(({ role }) => role === 'user');
  return messages.map((message, index) => {
    if (index > last || message.role !== 'assistant' || !message.reasoning) return message;
    let bare = BARE.get(message);
    if (!bare) {
      bare = sized({ ...message, reasoning: undefined }, tokensOf([message]) - 200);
      BARE.set(message, bare);
    }
    return bare;
  });
}

function text(tokens, frame) {
  return 'x'.repeat(Math.max(0, tokens * CHARACTERS - frame));
}

/** Bills requests as a host with an exact-prefix cache does: cached is what the request before began with, too. */
export class Host {
  usage = { inputTokens: 0, cachedInputTokens: 0, outputTokens: 0 };
  largest = 0;
  /** Requests that did not begin with all of the request before. */
  breaks = 0;
  #prices;
  #last;

  constructor(prices) {
    this.#prices = prices;
  }

  ask(messages, outputTokens = OUTPUT) {
    const length = this.#last ? common(this.#last, messages) : 0;
    const inputTokens = promptTokens(messages);
    const cachedInputTokens = this.#last ? promptTokens(messages.slice(0, length)) : 0;
    if (this.#last && length < this.#last.length) this.breaks++;
    this.#last = messages.slice();
    const usage = { inputTokens, cachedInputTokens, outputTokens };
    for (const key of Object.keys(usage)) this.usage[key] += usage[key];
    this.largest = Math.max(this.largest, inputTokens);
    return usage;
  }

  get cost() {
    return costOf(this.usage, this.#prices);
  }

  get cachedShare() {
    return this.usage.cachedInputTokens / this.usage.inputTokens;
  }
}

function common(before, now) {
  let length = 0;
  while (length < before.length && before[length] === now[length]) length++;
  return length;
}
