import {
  type Batches,
  type BatchTaker,
  batchesOf,
  type StreamEvent,
  TurnAssembler,
} from '../../core/index.ts';
import type { Exchange } from '../exchange.ts';
import { returnController } from './cancellation.ts';
import { addNoteHeaders } from './note-headers.ts';
import { givenUp, type Question } from './question.ts';
import { refuse } from './refuse.ts';

/** Answers in one piece, once the model has ended. Never throws. */
export function answerWhole(exchange: Exchange, question: Question): void {
  new WholeAnswer(exchange, question).run();
}

/** Drives one answer from the model to the socket: no promise for each batch, as a loop over them would make. */
class WholeAnswer implements BatchTaker {
  readonly #exchange: Exchange;
  readonly #question: Question;
  readonly #assembler = new TurnAssembler();
  #batches: Batches | undefined;

  constructor(exchange: Exchange, question: Question) {
    this.#exchange = exchange;
    this.#question = question;
  }

  run(): void {
    const { sink } = this.#exchange.arrival;
    const { controller, served, request } = this.#question;
    sink.onClose = () => controller.abort();
    if (sink.closed) controller.abort();
    try {
      const stream = served.model.stream(request, {
        signal: controller.signal,
        onNote: this.#exchange.tell,
        whole: true,
      });
      this.#batches = batchesOf(stream.batches());
    } catch (error) {
      this.failed(error);
      return;
    }
    this.#batches.ask(this);
  }

  came(batch: readonly StreamEvent[]): void {
    try {
      this.#take(batch);
    } catch (error) {
      // More than a string holds, or no event: a model that is not ours may give anything.
      this.#question.controller.abort();
      this.#batches?.return().then(undefined, () => {});
      this.failed(error);
      return;
    }
    this.#batches?.ask(this);
  }

  #take(batch: readonly StreamEvent[]): void {
    const exchange = this.#exchange;
    const came = performance.now();
    if (batch.length > 0) exchange.firstEventAt ??= came;
    for (const event of batch) {
      exchange.see(event);
      this.#assembler.push(event);
    }
    exchange.ownMs += performance.now() - came;
  }

  ended(): void {
    const ended = performance.now();
    try {
      const turn = this.#assembler.turn();
      if (turn.finishReason === 'error') throw givenUp();
      const { front, keep, options } = this.#question;
      const kept = keep(turn);
      const body = JSON.stringify(front.encodeResponse(turn, options));
      if (!kept) {
        this.#reply(body, ended);
        return;
      }
      this.#exchange.ownMs += performance.now() - ended;
      kept.then(() => this.#reply(body, performance.now())).catch((error: unknown) => this.failed(error));
    } catch (error) {
      this.failed(error);
    }
  }

  failed(error: unknown): void {
    refuse(this.#exchange, error);
  }

  #reply(body: string, began: number): void {
    const exchange = this.#exchange;
    const { sink } = exchange.arrival;
    if (sink.closed) {
      exchange.end(499);
      return;
    }
    const headers = ['content-type', 'application/json', ...exchange.idHeaders()];
    addNoteHeaders(exchange.notes, headers);
    sink.reply(200, headers, body);
    exchange.ownMs += performance.now() - began;
    exchange.end(200);
    sink.onClose = undefined;
    returnController(this.#question.controller);
  }
}
