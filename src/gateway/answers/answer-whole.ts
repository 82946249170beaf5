import { TurnAssembler } from '../../core/index.ts';
import type { Exchange } from '../exchange.ts';
import { returnController } from './cancellation.ts';
import { addNoteHeaders } from './note-headers.ts';
import { givenUp, type Question } from './question.ts';
import { refuse } from './refuse.ts';

/** Answers in one piece, once the model has ended. Never rejects. */
export async function answerWhole(exchange: Exchange, question: Question): Promise<void> {
  const { sink } = exchange.arrival;
  const { controller, served, request, front, options, keep } = question;
  sink.onClose = () => controller.abort();
  if (sink.closed) controller.abort();
  const assembler = new TurnAssembler();
  try {
    const stream = served.model.stream(request, {
      signal: controller.signal,
      onNote: exchange.tell,
      whole: true,
    });
    for await (const batch of stream.batches()) {
      const came = performance.now();
      if (batch.length > 0) exchange.firstEventAt ??= came;
      for (const event of batch) {
        exchange.see(event);
        assembler.push(event);
      }
      exchange.ownMs += performance.now() - came;
    }
    const ended = performance.now();
    const turn = assembler.turn();
    if (turn.finishReason === 'error') throw givenUp();
    const kept = keep(turn);
    const body = JSON.stringify(front.encodeResponse(turn, options));
    let began = ended;
    if (kept) {
      exchange.ownMs += performance.now() - ended;
      await kept;
      began = performance.now();
    }
    if (sink.closed) {
      exchange.end(499);
      return;
    }
    const headers = ['content-type', 'application/json', ...exchange.idHeaders()];
    addNoteHeaders(exchange.notes, headers);
    sink.reply(200, headers, body);
    exchange.ownMs += performance.now() - began;
    exchange.end(200);
  } catch (error) {
    refuse(exchange, error);
    return;
  }
  sink.onClose = undefined;
  returnController(controller);
}
