import {
  type Batches,
  type BatchTaker,
  batchesOf,
  type PerigeeError,
  type StreamEvent,
  TurnAssembler,
} from '../../core/index.ts';
import type { AnswerEncoder } from '../../protocols/index.ts';
import type { Beating } from '../edges/heartbeat.ts';
import type { Exchange } from '../exchange.ts';
import { returnController } from './cancellation.ts';
import { addNoteHeaders } from './note-headers.ts';
import { givenUp, type Question } from './question.ts';
import { refuse, shown } from './refuse.ts';

/** Answers event by event. Throws only what goes wrong before the model is asked. */
export function answerStream(exchange: Exchange, question: Question): void {
  new StreamedAnswer(exchange, question).run();
}

/**
 * Drives one answer from the model to the socket. The status line waits for the first event, so that an early failure
 * keeps its status, but no longer than for the first ping: proxies and clients give up on a silent connection.
 */
class StreamedAnswer implements Beating, BatchTaker {
  place = -1;
  readonly #exchange: Exchange;
  readonly #question: Question;
  readonly #encoder: AnswerEncoder;
  #assembler: TurnAssembler | undefined = new TurnAssembler();
  /** What opens the stream, once it is made: before all else, since some protocols number their events. */
  #opening: string | undefined;
  #begun = false;
  #ended = false;
  #blocked = false;
  #lastWriteAt: number;
  #batches: Batches | undefined;

  constructor(exchange: Exchange, question: Question) {
    this.#exchange = exchange;
    this.#question = question;
    this.#encoder = question.front.createEncoder(question.options);
    this.#lastWriteAt = performance.now();
  }

  run(): void {
    const { sink } = this.#exchange.arrival;
    const { served, request, controller } = this.#question;
    this.#exchange.runtime.heartbeat.add(this);
    try {
      const stream = served.model.stream(request, {
        signal: controller.signal,
        onNote: this.#exchange.tell,
        whole: false,
      });
      this.#batches = batchesOf(stream.batches());
    } catch (error) {
      this.failed(error);
      return;
    }
    sink.onClose = () => this.#hangUp();
    if (sink.closed) this.#hangUp();
    this.#batches.ask(this);
  }

  came(batch: readonly StreamEvent[]): void {
    try {
      if (this.#exchange.arrival.sink.closed) this.#over();
      else if (this.#ended || batch.length === 0 || this.#send(batch)) this.#batches?.ask(this);
      else this.#awaitDrain();
    } catch (error) {
      this.#hangUp();
      this.failed(error);
    }
  }

  ended(): void {
    this.#over();
  }

  failed(error: unknown): void {
    this.fail(error);
    this.#exchange.runtime.heartbeat.delete(this);
  }

  #hangUp(): void {
    this.#question.controller.abort();
    // A model that waits for us to ask on would not see the signal.
    this.#batches?.return().then(undefined, () => {});
  }

  /** Nothing more is taken: all has come, the client is gone, or the model broke its promise to end with `finish`. */
  #over(): void {
    const { sink } = this.#exchange.arrival;
    this.#exchange.runtime.heartbeat.delete(this);
    if (this.#ended) {
      sink.onClose = undefined;
      returnController(this.#question.controller);
    } else if (sink.closed) this.#exchange.end(499);
    else this.fail(givenUp());
  }

  /** Writes what a batch gives, in one piece. False: the client has to catch up first. */
  #send(batch: readonly StreamEvent[]): boolean {
    const exchange = this.#exchange;
    const began = performance.now();
    exchange.firstEventAt ??= began;
    this.#opening ??= this.#encoder.begin();
    let text = '';
    for (const event of batch) {
      exchange.see(event);
      if (event.type === 'finish' && event.reason === 'error') {
        this.fail(givenUp(), text);
        return true;
      }
      this.#assembler?.push(event);
      const written = this.#encoder.push(event);
      if (event.type === 'finish') {
        this.#finish(text, written, began);
        return true;
      }
      text += written;
    }
    // Of an answer that is larger than all the room for such, nothing could be kept.
    if (exchange.length > exchange.snapshot.limits.memoryBytes) this.#assembler = undefined;
    const flowing = this.#write(text);
    const now = performance.now();
    exchange.ownMs += now - began;
    this.#lastWriteAt = now;
    return flowing;
  }

  #write(text: string): boolean {
    const { sink } = this.#exchange.arrival;
    if (this.#begun) return text === '' || sink.write(text);
    this.#begun = true;
    this.#opening ??= this.#encoder.begin();
    const headers = [
      'content-type',
      'text/event-stream; charset=utf-8',
      'cache-control',
      'no-cache, no-transform',
      'x-accel-buffering',
      'no',
      ...this.#exchange.idHeaders(),
    ];
    addNoteHeaders(this.#exchange.notes, headers);
    return sink.begin(200, headers, this.#opening + text);
  }

  /** `last` ends the answer. Where replicas share what is kept it waits until that is written; all before it does not. */
  #finish(before: string, last: string, began: number): void {
    const exchange = this.#exchange;
    this.#ended = true;
    const kept = exchange.runtime.shared && this.#keep();
    if (!kept) {
      this.#end(before + last, began);
      if (!exchange.runtime.shared) this.#keep();
      exchange.end(200);
      return;
    }
    if (before !== '') this.#write(before);
    exchange.ownMs += performance.now() - began;
    void kept.then(() => {
      const gone = exchange.arrival.sink.closed;
      if (!gone) this.#end(last, performance.now());
      exchange.end(gone ? 499 : 200);
    });
  }

  #end(text: string, began: number): void {
    const exchange = this.#exchange;
    if (this.#begun) {
      exchange.arrival.sink.end(text);
    } else {
      this.#write(text);
      exchange.arrival.sink.end('');
    }
    exchange.ownMs += performance.now() - began;
  }

  #keep(): Promise<unknown> | undefined {
    return this.#assembler && this.#question.keep(this.#assembler.turn());
  }

  /** Ends with an error: with its own status while that can be told, else in the stream. */
  fail(error: unknown, before = ''): void {
    const exchange = this.#exchange;
    if (exchange.ended || this.#ended) return;
    this.#ended = true;
    const failure: PerigeeError = shown(error);
    if (!this.#begun && before === '') {
      refuse(exchange, failure);
      return;
    }
    exchange.error = failure.code;
    if (exchange.arrival.sink.closed) {
      exchange.end(499);
      return;
    }
    this.#write(before);
    exchange.arrival.sink.end(this.#encoder.fail(failure));
    exchange.end(200);
  }

  /** Asks on once the client has caught up, or is gone. */
  #awaitDrain(): void {
    const { sink } = this.#exchange.arrival;
    this.#blocked = true;
    sink.onDrain = () => {
      this.#blocked = false;
      sink.onDrain = undefined;
      this.#batches?.ask(this);
    };
  }

  beat(now: number): void {
    if (this.#ended || this.#blocked || this.#exchange.arrival.sink.closed) return;
    if (now - this.#lastWriteAt < this.#exchange.snapshot.limits.pingMs) return;
    this.#lastWriteAt = now;
    this.#write(this.#encoder.ping);
  }
}
