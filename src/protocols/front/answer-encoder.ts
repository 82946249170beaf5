import type { PerigeeError, StreamEvent } from '../../core/index.ts';

/**
 * Writes one streamed answer in a client's protocol: a synchronous push machine that gives the text to send. Which
 * text comes out in all does not depend on how the events were batched.
 */
export interface AnswerEncoder {
  /** What opens the stream. Sent once, before all else. */
  begin(): string;
  /** The text for one event; that of `finish` ends the stream, terminal event and usage included. */
  push(event: StreamEvent): string;
  /** Ends the stream with an error in the protocol's own shape, after which nothing may follow. */
  fail(error: PerigeeError): string;
  /** Keeps the connection alive while the model is silent; may be sent anywhere between two texts. */
  readonly ping: string;
}

/** A response that is no answer: an error in a protocol's shape. */
export interface ErrorReply {
  readonly status: number;
  readonly headers: { readonly [name: string]: string };
  readonly body: Record<string, unknown>;
}
