import type { PerigeeError, Turn, WireProtocol } from '../../core/index.ts';
import type { AnswerEncoder, ErrorReply } from './answer-encoder.ts';
import type { ClientRequest, DecodeOptions, EncodeOptions } from './client-request.ts';

/** The server side of one protocol: all that a gateway needs to serve its clients. */
export interface Front<Reply> {
  readonly protocol: WireProtocol;
  /** Where the SDKs of this protocol look for the id of a request. */
  readonly requestIdHeader: 'x-request-id' | 'request-id';
  /**
   * Takes a request apart. Throws `invalid-request` or `gateway-unsupported`, `param` naming the place; whatever else
   * clients send beyond the protocol is taken.
   */
  decodeRequest(json: unknown, options?: DecodeOptions): ClientRequest<Reply>;
  /** Writes a streamed answer. */
  createEncoder(options: EncodeOptions<Reply>): AnswerEncoder;
  /** Writes a whole answer. A call in which the output was cut is not in it. */
  encodeResponse(turn: Turn, options: EncodeOptions<Reply>): Record<string, unknown>;
  /** `requestId` is what the client should name in a report. */
  encodeError(error: PerigeeError, requestId: string): ErrorReply;
}
