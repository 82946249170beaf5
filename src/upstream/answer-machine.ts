import { createParser as createEventParser, type EventSourceParser } from 'eventsource-parser';
import { isJsonObject, PerigeeError, parseJson, type StreamEvent } from '../core/index.ts';
import type { Reparser } from '../formats/index.ts';
import {
  cleanMessage,
  htmlTitle,
  type ReportContext,
  type StreamDecoder,
  streamError,
} from '../protocols/index.ts';
import { cutShort, endless, notJson, reworded } from './answer-error.ts';
import { type AnswerKind, KindFinder } from './answer-kind.ts';
import { EventJson } from './event-json.ts';
import { reportIn } from './stray-line.ts';

/** What a whole answer looks like, and what to say of one that does not. */
export interface AnswerProtocol {
  /** The list that every JSON response has. */
  readonly field: string;
  /** What ends a stream. */
  readonly ending: string;
  /** What the base URL should be that of, as in `an OpenAI-compatible API`. */
  readonly api: string;
  /** Fields of a streaming request's body, besides `stream`. */
  readonly streamed?: { readonly [field: string]: unknown };
}

/** How the answers of one protocol are read. */
export interface AnswerWire {
  readonly protocol: AnswerProtocol;
  readonly decoder: StreamDecoder;
  /** What was asked, for the errors that the host reports in its answer. */
  readonly context?: ReportContext;
  decodeResponse(json: unknown): StreamEvent[];
  /** Reads raw text in the events, gives out ids, derives the finish reason. */
  readonly stage: Reparser;
}

/** What one push gave: events and, if the answer broke off there, why. */
export interface Step {
  readonly events: readonly StreamEvent[];
  readonly error?: PerigeeError;
}

/** Characters that one SSE event or JSON response may have. */
const MAX_BUFFER = 128 * 1024 * 1024;
/**
 * Characters of text, reasoning and arguments that one answer may have: several times what the longest window holds. Whoever
 * reads an answer keeps it, so one that never ends would take the whole process with it.
 */
const MAX_ANSWER = 64 * 1024 * 1024;
/** What an event without text counts for: calls without arguments take memory too. */
const EVENT_SIZE = 256;

/** The text of an HTTP answer to events, in one synchronous drive: SSE or JSON, decoder, parser. */
export class AnswerMachine {
  readonly #wire: AnswerWire;
  readonly #where: string;
  readonly #sse: EventSourceParser;
  readonly #json = new EventJson();
  readonly #finder = new KindFinder();
  #kind: AnswerKind | undefined;
  /** What is read only when it is whole. */
  readonly #text: string[] = [];
  #length = 0;
  #count = 0;
  /** Of the answer so far, in characters. */
  #size = 0;
  /** The call that arguments came for last. */
  #argued = -1;
  #ending = false;
  #begun = false;
  #done = false;
  #out: StreamEvent[] = [];
  #error: PerigeeError | undefined;

  /** `where` begins every message. */
  constructor(wire: AnswerWire, where: string) {
    this.#wire = wire;
    this.#where = where;
    this.#sse = createEventParser({
      maxBufferSize: MAX_BUFFER,
      onEvent: ({ event, data }) => this.#readEvent(event, data.trim()),
      onError: ({ type, line = '' }) => {
        if (type === 'unknown-field') this.#readStray(line);
        if (type === 'max-buffer-size-exceeded') this.#fail(this.#notJson('sent an event without end'));
      },
    });
  }

  /** Something of the answer came, though it may be held back yet. */
  get begun(): boolean {
    return this.#begun;
  }

  /** The answer is whole or broken off: nothing that follows is read. */
  get done(): boolean {
    return this.#done;
  }

  push(text: string): Step {
    if (this.#kind !== undefined) {
      this.#read(text);
    } else {
      const found = this.#finder.push(text);
      if (found) this.#begin(found);
    }
    return this.#take();
  }

  /** The host ended the answer. Without its last event it still counts as whole if a finish reason was seen. */
  end(): Step {
    this.#ending = true;
    if (this.#kind === undefined) this.#begin(this.#finder.end());
    if (this.#kind === 'events') {
      this.#read('\n\n');
      this.#finishOr(cutShort(`before ${this.#wire.protocol.ending} and without a finish reason`));
    } else {
      this.#guard(() => this.#readWhole(this.#text.join('').trim()));
    }
    return this.#take();
  }

  /** The way to the host broke: what came is given out, then the error, unless the answer was whole. */
  breakOff(error: PerigeeError): Step {
    this.#finishOr(error);
    return this.#take();
  }

  #begin({ kind, head }: { kind: AnswerKind; head: string }): void {
    this.#kind = kind;
    this.#read(head);
  }

  #read(text: string): void {
    if (this.#done) return;
    if (this.#kind === 'events') {
      this.#sse.feed(text);
      return;
    }
    this.#length += text.length;
    if (this.#length > MAX_BUFFER) this.#fail(this.#notJson('sent a response without end'));
    else this.#text.push(text);
  }

  #readEvent(event: string | undefined, data: string): void {
    if (data === '' || this.#done) return;
    this.#count++;
    try {
      this.#readData(event, data);
    } catch (error) {
      this.#failWith(error);
    }
  }

  #readData(event: string | undefined, data: string): void {
    if (data === '[DONE]') {
      this.#complete();
      return;
    }
    const json = this.#json.parse(data);
    if (json === undefined && this.#readLines(event, data)) return;
    if (event === 'error') throw streamError(json ?? data, this.#wire.context);
    if (json === undefined) {
      throw this.#ending
        ? cutShort('in the middle of an event')
        : this.#notJson(`sent broken JSON in event ${this.#count} of the stream`);
    }
    const { decoder } = this.#wire;
    this.#send(decoder.push(json));
    if (decoder.ended) this.#complete();
  }

  /** Some servers leave out the blank lines between events, which then read as one. Returns whether it was so. */
  #readLines(event: string | undefined, data: string): boolean {
    const lines = data.split('\n').filter((line) => line.trim() !== '');
    const last = lines.pop();
    if (last === undefined || !isJsonObject(parseJson(lines[0] ?? ''))) return false;
    for (const line of lines) this.#readEvent(undefined, line.trim());
    this.#readEvent(event, last.trim());
    return true;
  }

  /** Some servers leave the frame of an event when they fail: `{"error":…}`, and llama.cpp `error: {…}`. */
  #readStray(line: string): void {
    const report = reportIn(line);
    if (report === undefined) return;
    this.#guard(() => {
      throw streamError(report, this.#wire.context);
    });
  }

  #readWhole(text: string): void {
    const { scrub = (said: string) => said } = this.#wire.context ?? {};
    if (text === '') throw cutShort('before the first byte');
    if (this.#kind === 'page') throw this.#notJson(`answered with ${htmlTitle(text, scrub)}`);
    if (this.#kind === 'words')
      throw this.#notJson(`answered in plain text: ${cleanMessage(scrub(text)).slice(0, 200)}`);
    const json = parseJson(text);
    if (json === undefined) {
      const report = reportIn(text.split('\n', 1)[0] ?? '');
      throw report === undefined
        ? this.#notJson('answered with broken JSON')
        : streamError(report, this.#wire.context);
    }
    const events = this.#wire.decodeResponse(json);
    const { field } = this.#wire.protocol;
    if (!isJsonObject(json) || !Array.isArray(json[field])) {
      throw this.#notJson(`answered with JSON that holds no ${field}`);
    }
    this.#send(events);
    this.#done = true;
  }

  #notJson(what: string): PerigeeError {
    return notJson(what, this.#wire.protocol.api);
  }

  #finishOr(error: PerigeeError): void {
    if (this.#done) return;
    if (this.#kind === 'events' && this.#wire.decoder.finished) this.#complete();
    else this.#fail(error);
  }

  #complete(): void {
    if (this.#done) return;
    const { decoder } = this.#wire;
    const isReasoned = decoder.finished;
    const last = decoder.end();
    // Relays end a stream that broke with `[DONE]` too: without a finish reason, a call that is not whole is a cut one.
    const open = last.findLast((event) => event.type === 'tool-call-end');
    if (isReasoned || open?.index !== this.#argued) this.#send(last);
    else {
      this.#send(last.map(asCut));
      this.#out = this.#out.map(withoutLength);
    }
    this.#done = true;
  }

  /** Gives out what the stage still held, so that nothing which came is lost, and no `finish`. */
  #fail(error: PerigeeError): void {
    if (this.#done) return;
    this.#done = true;
    const { message } = error;
    this.#error = message.startsWith(this.#where) ? error : reworded(error, `${this.#where}: ${message}`);
    if (this.#kind !== 'events') return;
    const last = this.#wire.decoder.end();
    // As if the tokens had run out; `error` says that they did not.
    this.#send(last.map((event) => asCut(event.type === 'finish' ? { ...event, reason: 'error' } : event)));
    this.#out = this.#out.filter((event) => event.type !== 'finish');
  }

  #guard(read: () => void): void {
    if (this.#done) return;
    try {
      read();
    } catch (error) {
      this.#failWith(error);
    }
  }

  #failWith(error: unknown): void {
    if (!(error instanceof PerigeeError)) throw error;
    this.#fail(error);
  }

  #send(events: readonly StreamEvent[]): void {
    if (events.length > 0) this.#begun = true;
    for (const event of events) {
      this.#size += 'delta' in event ? event.delta.length : EVENT_SIZE;
      if (event.type === 'tool-call-delta') this.#argued = event.index;
      for (const read of this.#wire.stage.push(event)) this.#out.push(read);
    }
    if (this.#size > MAX_ANSWER) this.#fail(endless());
  }

  #take(): Step {
    const events = this.#out;
    const error = this.#error;
    this.#out = [];
    this.#error = undefined;
    return error ? { events, error } : { events };
  }
}

/** To the stage it is as if the tokens had run out: a call without its end is cut. */
function asCut(event: StreamEvent): StreamEvent {
  return event.type === 'finish' ? { ...event, rawReason: 'length' } : event;
}

/** The host said no such thing. */
function withoutLength(event: StreamEvent): StreamEvent {
  if (event.type !== 'finish') return event;
  const { rawReason: _, ...said } = event;
  return said;
}
