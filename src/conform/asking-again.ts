import {
  addUsage,
  type Finish,
  type Model,
  type ModelRequest,
  modelStream,
  PerigeeError,
  type StreamEvent,
  type StreamOptions,
  type Usage,
} from '../core/index.ts';
import { Attempt } from './asking/attempt.ts';
import { correctedRequest, remindedRequest, roomierRequest, wrongArguments } from './asking/next-request.ts';
import { type AskAgainOptions, type Plan, planOf } from './asking/plan.ts';
import type { Target, Tell } from './stage.ts';
import { checkToolChoice } from './tool-choice.ts';

/**
 * A model that is asked again where its answer cannot be used: when it lacks the call that was forced, when arguments
 * are wrong (opt-in), and, for those who show nothing before the end, when a call was cut. What came last is handed out,
 * with one `finish` and the usage of all attempts. Works on the client's own request and on events with its names. A
 * request that none of this concerns gets the stream of `model` itself. A choice that cannot be made is
 * `invalid-request`.
 */
export function askingAgain(model: Model, target: Target, options: AskAgainOptions = {}): Model {
  return {
    id: model.id,
    ...(model.prices && { prices: model.prices }),
    ...(model.contextWindow !== undefined && { contextWindow: model.contextWindow }),
    stream(request, streamOptions = {}) {
      try {
        checkToolChoice(request);
      } catch (error) {
        return modelStream(() => failing(error));
      }
      const plan = planOf(request, target, options, streamOptions);
      if (!plan) return model.stream(request, streamOptions);
      return modelStream(() => answers({ model, target, plan, streamOptions }, request));
    },
  };
}

interface Asking {
  readonly model: Model;
  readonly target: Target;
  readonly plan: Plan;
  readonly streamOptions: StreamOptions;
}

async function* answers(asking: Asking, first: ModelRequest): AsyncGenerator<readonly StreamEvent[]> {
  const tell: Tell = (note) => asking.streamOptions.onNote?.(note);
  const left = { ...asking.plan.retries };
  let request = first;
  let used: Usage | undefined;
  let earlier: Attempt | undefined;
  for (;;) {
    const attempt = new Attempt(asking.plan);
    let begun = false;
    try {
      for await (const batch of asking.model.stream(request, asking.streamOptions).batches()) {
        const released = attempt.push(batch);
        // An empty one too, at first: whoever waits for a sign of life gets it.
        if (released.length > 0 || !begun) yield released;
        begun = true;
      }
    } catch (error) {
      if (!earlier || attempt.hasReleased || !isFailure(error, asking.streamOptions.signal)) throw error;
      // There is an answer: it could not be bettered, which is no reason to lose it.
      tell({ stage: 'ask-again', action: 'failed', text: `Asking again failed (${error.code}).` });
      yield [...earlier.rest(), ...finishWith(earlier, used)];
      return;
    }
    used = sum(used, attempt.finish?.usage);
    const next = nextRequest(asking, request, attempt, left, tell);
    if (next === undefined) {
      if (!attempt.obeyed) {
        tell({
          stage: 'tool-choice',
          action: 'not-obeyed',
          text: 'The answer lacks the call that was forced.',
        });
      }
      yield [...attempt.rest(), ...finishWith(attempt, used)];
      return;
    }
    request = next;
    earlier = attempt;
  }
}

/** What to ask next; undefined: the answer stands. */
function nextRequest(
  { plan, target }: Asking,
  request: ModelRequest,
  attempt: Attempt,
  left: { -readonly [Kind in keyof Plan['retries']]: number },
  tell: Tell,
): ModelRequest | undefined {
  const { finish, turn } = attempt;
  if (!finish) return undefined;
  if (finish.reason === 'length') {
    if (!plan.whole || !finish.truncated || left.truncationRetries <= 0) return undefined;
    left.truncationRetries--;
    const next = roomierRequest(request, turn, target);
    if (next) {
      const text = `A call was cut: asked again with ${next.maxTokens} tokens.`;
      tell({ stage: 'truncation', action: 'retried', text });
    }
    return next;
  }
  if (finish.reason === 'error' || finish.reason === 'content-filter') return undefined;
  if (!attempt.obeyed && plan.choice !== undefined) {
    if (left.toolChoiceRetries-- <= 0) return undefined;
    tell({ stage: 'tool-choice', action: 'asked-again', text: 'The answer lacks the call that was forced.' });
    return remindedRequest(request, turn, plan.choice, target);
  }
  const problems = plan.schemas && wrongArguments(turn, plan.schemas);
  if (!problems || left.argumentRetries-- <= 0) return undefined;
  tell({
    stage: 'arguments',
    action: 'asked-again',
    text: `The arguments of ${problems.size} calls are wrong.`,
  });
  return correctedRequest(request, turn, problems);
}

function finishWith({ finish }: Attempt, usage: Usage | undefined): Finish[] {
  if (!finish) return [];
  return [usage === undefined || usage === finish.usage ? finish : { ...finish, usage }];
}

function sum(a: Usage | undefined, b: Usage | undefined): Usage | undefined {
  return a && b ? addUsage(a, b) : (b ?? a);
}

function isFailure(error: unknown, signal: AbortSignal | undefined): error is PerigeeError {
  return error instanceof PerigeeError && error.code !== 'aborted' && !signal?.aborted;
}

// biome-ignore lint/correctness/useYield: a stream that throws has no events.
async function* failing(error: unknown): AsyncGenerator<readonly StreamEvent[]> {
  throw error;
}
