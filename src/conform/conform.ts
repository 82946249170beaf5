import type { ModelRequest, StreamEvent } from '../core/index.ts';
import type { EventStage, EventStageMaker, RequestStage, Target, Tell } from './stage.ts';
import { EVENT_STAGES, REQUEST_STAGES } from './stages.ts';

export interface ConformOptions {
  /** Default: all, `REQUEST_STAGES`. */
  readonly requestStages?: readonly RequestStage[];
  /** Default: all, `EVENT_STAGES`. */
  readonly eventStages?: readonly EventStageMaker[];
}

export interface Conformed {
  /** The request to send; the client's own object where nothing had to change. */
  readonly request: ModelRequest;
  /** The way back, for one answer: all event stages as one; undefined: events go back as they come. */
  stage(): EventStage | undefined;
}

/** Fits a request to its target. Pure but for `tell`; what a stage throws, this throws. */
export function conform(
  request: ModelRequest,
  target: Target,
  tell: Tell,
  { requestStages = REQUEST_STAGES, eventStages = EVENT_STAGES }: ConformOptions = {},
): Conformed {
  let sent = request;
  for (const stage of requestStages) sent = stage(sent, target, tell);
  return {
    request: sent,
    stage() {
      const stages: EventStage[] = [];
      for (const make of eventStages) {
        const stage = make(request, sent, target, tell);
        if (stage) stages.push(stage);
      }
      return whole(stages);
    },
  };
}

/** All stages as one; texts, which most events are, go only through those that look at them. */
function whole(stages: readonly EventStage[]): EventStage | undefined {
  const all = inRow(stages);
  if (all === undefined || stages.every(({ passesText }) => passesText !== true)) return all;
  const forText = inRow(stages.filter(({ passesText }) => passesText !== true));
  return {
    push(event, out) {
      if (event.type !== 'text-delta' && event.type !== 'reasoning-delta') all.push(event, out);
      else if (forText) forText.push(event, out);
      else out.push(event);
    },
  };
}

function inRow(stages: readonly EventStage[]): EventStage | undefined {
  return stages.length === 0 ? undefined : stages.reduce(chained);
}

function chained(first: EventStage, second: EventStage): EventStage {
  const between: StreamEvent[] = [];
  return {
    push(event, out) {
      first.push(event, between);
      for (const next of between) second.push(next, out);
      // Mostly one: to set the length gives the room back, which the next event needs again.
      if (between.length === 1) between.pop();
      else if (between.length > 0) between.length = 0;
    },
  };
}
