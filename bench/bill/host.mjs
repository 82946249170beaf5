import { costOf } from '../../dist/core/index.js';

/** kimi-k2.6 at Moonshot. */
export const PRICES = { input: 0.95, cachedInput: 0.16, output: 4 };
export const WINDOW = 262_144;
/** Instructions and tools, in front of every prompt. */
export const FIXED = 3_000;
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

export function task() {
  return sized({ role: 'user', content: text(200, 30) }, 200);
}

function text(tokens, frame) {
  return 'x'.repeat(Math.max(0, tokens * CHARACTERS - frame));
}

/** Bills requests as a host with an exact-prefix cache does: cached is what the request before it began with, too. */
export class Host {
  usage = { inputTokens: 0, cachedInputTokens: 0, outputTokens: 0 };
  largest = 0;
  #prices;
  #fixed;
  #last;

  constructor(prices = PRICES, fixed = FIXED) {
    this.#prices = prices;
    this.#fixed = fixed;
  }

  ask(messages, output = OUTPUT) {
    const inputTokens = this.#fixed + tokensOf(messages);
    const cachedInputTokens = this.#last ? this.#fixed + tokensOf(common(this.#last, messages)) : 0;
    this.#last = messages.slice();
    const usage = { inputTokens, cachedInputTokens, outputTokens: output };
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
  return now.slice(0, length);
}
