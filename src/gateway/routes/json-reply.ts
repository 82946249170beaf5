import type { Exchange } from '../exchange.ts';

/** Answers with JSON, and ends the exchange. */
export function replyJson(exchange: Exchange, status: number, json: unknown): void {
  replyText(exchange, status, 'application/json', JSON.stringify(json));
}

/** Answers with text, and ends the exchange. */
export function replyText(exchange: Exchange, status: number, type: string, text: string): void {
  const headers = ['content-type', type, ...exchange.idHeaders()];
  exchange.arrival.sink.reply(status, headers, text);
  exchange.end(status);
}
