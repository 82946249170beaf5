import type { JsonTable } from '../merge/value.ts';
import { errorText, eventTable, tableIn, tablesIn, textIn } from './fields.ts';
import type { TrialReader } from './reader.ts';
import type { TrialAnswer } from './request.ts';

const ENDS = ['response.completed', 'response.incomplete', 'response.failed'];

/** OpenAI Responses, as Codex reads them: what counts are finished items and the end. */
export class ResponsesReader implements TrialReader {
  readonly #faults: string[] = [];
  readonly #items: JsonTable[] = [];
  #finish: string | undefined;
  readonly #stream: boolean;

  constructor(stream: boolean) {
    this.#stream = stream;
  }

  event(name: string | undefined, data: string): void {
    if (data === '[DONE]') return;
    const json = eventTable(data);
    if (!json) {
      this.#faults.push(`an event that is no JSON: ${data.slice(0, 80)}`);
      return;
    }
    const type = textIn(json, 'type');
    if (name !== undefined && name !== type) this.#faults.push(`an event ${type} under the name ${name}`);
    if (type === 'response.output_item.done') this.#items.push(tableIn(json, 'item'));
    if (type === 'error')
      this.#faults.push(`an error in the answer: ${textIn(json, 'message') || data.slice(0, 200)}`);
    if (ENDS.includes(type)) this.#close(tableIn(json, 'response'));
  }

  whole(json: JsonTable): void {
    this.#items.push(...tablesIn(json, 'output'));
    this.#close(json);
  }

  #close(response: JsonTable): void {
    this.#finish = textIn(response, 'status') || undefined;
    const error = errorText(response);
    if (error !== undefined) this.#faults.push(`an error in the answer: ${error}`);
  }

  end(): TrialAnswer {
    const faults = [...this.#faults];
    if (this.#finish === undefined) {
      faults.push(this.#stream ? 'the stream ends without response.completed' : 'there is no status');
    } else if (this.#finish !== 'completed') faults.push(`status is ${this.#finish}`);
    const calls = this.#items
      .filter((item) => item['type'] === 'function_call')
      .map((item) => ({
        id: textIn(item, 'call_id'),
        name: textIn(item, 'name'),
        arguments: textIn(item, 'arguments'),
      }));
    const text = this.#items
      .filter((item) => item['type'] === 'message')
      .flatMap((item) => tablesIn(item, 'content').map((part) => textIn(part, 'text')))
      .join('');
    return { calls, text, reasoning: '', finish: this.#finish, faults, items: this.#items };
  }
}
