import type { ServerResponse } from 'node:http';
import { type Served, serve, sse } from './server.ts';

/** How an engine ends an answer before its end. */
export type Cut = 'length' | 'stop' | 'network';

export interface EngineOptions {
  /** Positions in the whole text at which an answer is cut, one for each request in order. */
  readonly cuts: readonly number[];
  readonly how: Cut;
  /** The whole text of the answer. */
  readonly text: string;
  /** What the request says was already written. */
  written(body: Record<string, unknown>): string;
  /** One piece of text as the delta of a choice. */
  choice(text: string): Record<string, unknown>;
  readonly chunkSize?: number;
}

const USAGE = { prompt_tokens: 10, completion_tokens: 5 };

/** An engine over HTTP that always writes the same text, from where it stood before, in pieces, and is cut. */
export function engine({ cuts, how, text, written, choice, chunkSize = 5 }: EngineOptions): Promise<Served> {
  return serve((response, { body }, count) => {
    const from = written(JSON.parse(body)).length;
    const to = cuts[count] ?? text.length;
    const isWhole = to >= text.length;
    const pieces: unknown[] = [];
    for (let at = from; at < to; at += chunkSize)
      pieces.push(event(choice(text.slice(at, Math.min(to, at + chunkSize)))));
    if (isWhole) end(response, pieces, 'stop');
    else if (how !== 'network') end(response, pieces, how);
    else {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(sse(...pieces), () => response.destroy());
    }
  });
}

function end(response: ServerResponse, pieces: unknown[], reason: string): void {
  const last = { choices: [{ index: 0, delta: {}, text: '', finish_reason: reason }] };
  response
    .writeHead(200, { 'content-type': 'text/event-stream' })
    .end(sse(...pieces, last, { choices: [], usage: USAGE }, '[DONE]'));
}

function event(choice: Record<string, unknown>) {
  return { choices: [{ index: 0, finish_reason: null, ...choice }] };
}
