import type { Message, ModelRequest, Note } from '../../core/index.ts';

/** A client's request, taken apart; `Reply` is what the encoders of its answer must know of it. */
export interface ClientRequest<Reply> {
  /** The model's name as the client wrote it. */
  readonly model: string;
  readonly stream: boolean;
  /**
   * The request in our words. Fields that have no place there stand in `extra`, with `extraProtocol` set to the
   * client's protocol, so that an upstream of the same protocol still gets them.
   */
  readonly request: ModelRequest;
  readonly reply: Reply;
  /** What of the request was left out or read otherwise than it was written, for headers, logs and metrics. */
  readonly notes?: readonly Note[];
}

/** Reasoning that a client echoed in sealed form. */
export interface Unsealed {
  readonly reasoning: string;
  readonly signature?: string;
}

/** What a decoder may need of whoever runs it. */
export interface DecodeOptions {
  /**
   * Opens a signature, `redacted_thinking` data or `encrypted_content` that a seal made; `reasoning` is the text that
   * stood beside it ('' for none). Undefined: not one of ours; the text beside it counts.
   */
  readonly unseal?: (sealed: string, reasoning: string) => Unsealed | undefined;
  /** The conversation that ended with a stored response, its own answer included; undefined: there is none. */
  readonly recall?: (responseId: string) => readonly Message[] | undefined;
  /** What the conversation that ended with a stored response set for all answers after it, in the protocol's own words. */
  readonly recallConfiguration?: (responseId: string) => object | undefined;
  /** A stored output item, as it was sent; undefined: there is none. */
  readonly recallItem?: (itemId: string) => Record<string, unknown> | undefined;
}

/** What the encoders of an answer need besides the client's request. */
export interface EncodeOptions<Reply> {
  /** The id of the answer, at most 30 letters and digits, without a prefix; each protocol adds its own. */
  readonly id: string;
  /** The model's name as the client wrote it. */
  readonly model: string;
  /** Seconds since 1970. */
  readonly created: number;
  readonly reply: Reply;
  /**
   * Makes what the client must echo so that the reasoning can be restored; `whole`: the text itself must be in it
   * because the client is not shown it. Absent: signatures are a constant.
   */
  readonly seal?: (reasoning: string, signature: string | undefined, whole: boolean) => string;
}
