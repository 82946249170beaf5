import type { JsonTable } from '../merge/value.ts';
import { errorText, eventTable, tableIn, tablesIn, textIn } from './fields.ts';
import type { TrialReader } from './reader.ts';
import type { TrialAnswer } from './request.ts';

interface Call {
  id: string;
  name: string;
  arguments: string;
}

/** Chat Completions, as the OpenAI SDKs and what is built like them read it. */
export class ChatReader implements TrialReader {
  readonly #calls = new Map<number, Call>();
  readonly #faults: string[] = [];
  readonly #stream: boolean;
  #text = '';
  #reasoning = '';
  #finish: string | undefined;
  #done = false;

  constructor(stream: boolean) {
    this.#stream = stream;
  }

  event(_name: string | undefined, data: string): void {
    if (data === '[DONE]') {
      this.#done = true;
      return;
    }
    const json = eventTable(data);
    if (!json) this.#faults.push(`a chunk that is no JSON: ${data.slice(0, 80)}`);
    else this.#take(json, 'delta');
  }

  whole(json: JsonTable): void {
    this.#done = true;
    this.#take(json, 'message');
  }

  #take(json: JsonTable, field: 'delta' | 'message'): void {
    const error = errorText(json);
    if (error !== undefined) this.#faults.push(`an error in the answer: ${error}`);
    const [choice] = tablesIn(json, 'choices');
    if (!choice) return;
    const message = tableIn(choice, field);
    this.#text += textIn(message, 'content');
    this.#reasoning += textIn(message, 'reasoning_content') || textIn(message, 'reasoning');
    for (const [position, part] of tablesIn(message, 'tool_calls').entries()) this.#part(part, position);
    const { finish_reason: finish } = choice;
    if (typeof finish === 'string') this.#finish = finish;
  }

  #part(part: JsonTable, position: number): void {
    const { index } = part;
    if (this.#stream && typeof index !== 'number') this.#faults.push('a piece of a call without its index');
    const at = typeof index === 'number' ? index : position;
    const call = this.#calls.get(at) ?? { id: '', name: '', arguments: '' };
    const called = tableIn(part, 'function');
    call.id ||= textIn(part, 'id');
    call.name ||= textIn(called, 'name');
    if (typeof called['arguments'] === 'object' && called['arguments'] !== null) {
      this.#faults.push('arguments that are an object instead of text');
      call.arguments += JSON.stringify(called['arguments']);
    } else call.arguments += textIn(called, 'arguments');
    this.#calls.set(at, call);
  }

  end(): TrialAnswer {
    const faults = [...this.#faults];
    const calls = [...this.#calls.values()];
    if (!this.#done) faults.push('the stream ends without [DONE]');
    if (this.#finish === undefined) faults.push('there is no finish_reason');
    else if (calls.length > 0 && this.#finish !== 'tool_calls') {
      faults.push(`finish_reason is ${this.#finish}, though there are calls`);
    }
    return { calls, text: this.#text, reasoning: this.#reasoning, finish: this.#finish, faults };
  }
}
