import type { IncomingMessage } from 'node:http';
import type { PerigeeError } from '../../core/index.ts';
import type { BodyLimits } from './arrival.ts';
import type { Beating, Heartbeat } from './heartbeat.ts';
import { inflate, tooLarge, tooSlow } from './inflate.ts';

type Done = (body: Uint8Array | PerigeeError) => void;

/** Reads the body of a request within its limits; `begin` is called if it is to come. After a refusal the rest is read past, so that the answer arrives. */
export function readNodeBody(
  request: IncomingMessage,
  limits: BodyLimits,
  heartbeat: Heartbeat,
  begin: () => void,
  done: Done,
): void {
  const declared = Number(request.headers['content-length']);
  if (declared > limits.bytes) {
    request.resume();
    done(tooLarge(limits.bytes));
    return;
  }
  begin();
  new NodeBody(request, limits, heartbeat, done);
}

class NodeBody implements Beating {
  place = -1;
  readonly #request: IncomingMessage;
  readonly #limits: BodyLimits;
  readonly #heartbeat: Heartbeat;
  readonly #done: Done;
  #chunks: Buffer[] = [];
  readonly #deadline: number;
  #length = 0;
  #settled = false;

  constructor(request: IncomingMessage, limits: BodyLimits, heartbeat: Heartbeat, done: Done) {
    this.#request = request;
    this.#limits = limits;
    this.#heartbeat = heartbeat;
    this.#done = done;
    this.#deadline = performance.now() + limits.milliseconds;
    heartbeat.add(this);
    request.on('data', (chunk: Buffer) => this.#take(chunk));
    request.on('end', () => this.#end());
  }

  beat(now: number): void {
    // When a body breaks off nobody is left to be told; the answer's side of the connection has ended the exchange.
    if (this.#request.destroyed) this.#stop();
    else if (now >= this.#deadline) this.#refuse(tooSlow(this.#limits.milliseconds));
  }

  #take(chunk: Buffer): void {
    if (this.#settled) return;
    this.#length += chunk.length;
    if (this.#length > this.#limits.bytes) this.#refuse(tooLarge(this.#limits.bytes));
    else this.#chunks.push(chunk);
  }

  #end(): void {
    if (this.#settled) return;
    this.#stop();
    const [only] = this.#chunks;
    const body = this.#chunks.length === 1 && only ? only : Buffer.concat(this.#chunks, this.#length);
    // The request knows this reader until it is answered.
    this.#chunks = [];
    inflate(body, this.#request.headers['content-encoding'], this.#limits.bytes, this.#done);
  }

  #refuse(error: PerigeeError): void {
    this.#stop();
    this.#chunks = [];
    this.#done(error);
  }

  #stop(): void {
    this.#settled = true;
    this.#heartbeat.delete(this);
  }
}
