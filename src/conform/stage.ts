import type { ModelRequest, Note, StreamEvent, WireProtocol } from '../core/index.ts';
import type { HostDialect, HostProfile, ModelProfile } from '../profiles/index.ts';

/** To whom a request goes. What is not known is left alone, or treated so that any host takes it. */
export interface Target {
  /** The model's id on the host. */
  readonly modelId: string;
  readonly model?: ModelProfile;
  readonly host?: HostProfile;
  /** How it reads chat requests. Default: as the profile says; of a host without one nothing is known. */
  readonly dialect?: HostDialect;
  readonly protocol: WireProtocol;
  /** Tokens of prompt and answer together on this host. */
  readonly contextWindow?: number;
  /** Tokens that an answer may have on this host. */
  readonly maxOutput?: number;
}

/** How a target reads chat requests, as far as that is known. */
export function dialectOf({ dialect, host }: Target): HostDialect {
  return dialect ?? host?.dialect ?? {};
}

/** Is told what a stage did. */
export type Tell = (note: Note) => void;

/** Changes a request so that the target takes it; the same object where nothing had to change. Pure but for `tell`. */
export type RequestStage = (request: ModelRequest, target: Target, tell: Tell) => ModelRequest;

/**
 * Changes the events of one answer: a synchronous push machine, one for each answer, that appends to `out` what
 * comes of an event. The last event is `finish`. What comes out in all does not depend on how deltas were cut.
 */
export interface EventStage {
  /** Texts and reasoning pass as they are, at once, whatever came before: such a stage need not be given them. */
  readonly passesText?: true;
  push(event: StreamEvent, out: StreamEvent[]): void;
}

/**
 * Makes the event stage for one answer from what the client asked (`original`) and what was sent after all request
 * stages (`sent`, tools at the same positions); undefined where there is nothing to do, so that it costs nothing.
 */
export type EventStageMaker = (
  original: ModelRequest,
  sent: ModelRequest,
  target: Target,
  tell: Tell,
) => EventStage | undefined;
