import { refuse } from '../answers/refuse.ts';
import type { Exchange } from '../exchange.ts';

/** Goes on with what a promise gives, unless the client is gone by then; answers with what goes wrong. */
export function later<T>(exchange: Exchange, promise: Promise<T>, go: (value: T) => void): void {
  promise
    .then((value) => {
      if (!exchange.ended) go(value);
    })
    .catch((error: unknown) => {
      if (!exchange.ended) refuse(exchange, error);
    });
}
