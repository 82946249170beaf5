import { type ModelRequest, PerigeeError, type Turn } from '../../core/index.ts';
import type { ClientRequest, EncodeOptions, Front } from '../../protocols/index.ts';
import type { ServedModel } from '../options.ts';

/** A request on its way to its model: what both ways of answering need. */
export interface Question {
  readonly front: Front<unknown>;
  readonly client: ClientRequest<unknown>;
  readonly served: ServedModel;
  /** What the model is asked: the client's request with what the client dropped. */
  readonly request: ModelRequest;
  readonly options: EncodeOptions<unknown>;
  /** Takes the whole answer, for what is remembered of it; its end waits for the promise, which never rejects. */
  readonly keep: (turn: Turn) => Promise<unknown> | undefined;
  /** Cancels the model; called when the client is gone. */
  readonly controller: AbortController;
}

/** A host that gave up in the middle has not answered. */
export function givenUp(): PerigeeError {
  return new PerigeeError('server-error', 'The host gave the answer up before its end.', {
    remedy: 'Send the request again.',
    retryable: true,
  });
}
