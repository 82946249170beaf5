import type { Item } from './reply.ts';

/** Writes the events of one stream, numbered from 0. */
export class EventWriter {
  #sequence = 0;

  event(type: string, fields: Item): string {
    return `${opening(type)}${JSON.stringify(fields).slice(1, -1)},"sequence_number":${this.#sequence++}}\n\n`;
  }

  /** An event whose first fields are JSON text that was written before, followed by one string. */
  delta(prepared: string, delta: string): string {
    return `${prepared}${JSON.stringify(delta)},"sequence_number":${this.#sequence++}}\n\n`;
  }

  /** The first fields of a `delta` event. */
  static prepare(type: string, fields: Item): string {
    return `${opening(type)}${JSON.stringify(fields).slice(1, -1)},"delta":`;
  }

  /** An event with a response, given as JSON text. */
  response(type: string, json: string): string {
    return `${opening(type)}"response":${json},"sequence_number":${this.#sequence++}}\n\n`;
  }
}

const opening = (type: string): string => `event: ${type}\ndata: {"type":"${type}",`;
