import type { ModelRequest, Note, StreamEvent, WireProtocol } from '../core/index.ts';
import type { HostProfile, ModelProfile } from '../profiles/index.ts';

/** To whom a request goes. What is not known is left alone. */
export interface Target {
  /** The model's id on the host. */
  readonly modelId: string;
  readonly model?: ModelProfile;
  readonly host?: HostProfile;
  readonly protocol: WireProtocol;
  /** Tokens of prompt and answer together on this host. */
  readonly contextWindow?: number;
  /** Tokens that an answer may have on this host. */
  readonly maxOutput?: number;
}

export type Tell = (note: Note) => void;

/** Changes a request so that the target takes it; the same object where nothing had to change. Pure but for `tell`. */
export type RequestStage = (request: ModelRequest, target: Target, tell: Tell) => ModelRequest;

/**
 * Changes the events of one answer: a synchronous push machine, one for each answer, that appends to `out` what
 * comes of an event. The last event is `finish`. What comes out does not depend on how deltas were cut.
 */
export interface EventStage {
  push(event: StreamEvent, out: StreamEvent[]): void;
}
