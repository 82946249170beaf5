import {
  addUsage,
  Batches,
  type BatchTaker,
  batchesOf,
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

type Batch = readonly StreamEvent[];

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
      return modelStream(() => new AskedAnswer({ model, target, plan, streamOptions }, request));
    },
  };
}

interface Asking {
  readonly model: Model;
  readonly target: Target;
  readonly plan: Plan;
  readonly streamOptions: StreamOptions;
}

/** How often it may be asked again yet, for each reason. */
type Left = { -readonly [Kind in keyof Plan['retries']]: number };

/** The answer to a request, with as many attempts as it takes. */
class AskedAnswer extends Batches implements BatchTaker {
  readonly #asking: Asking;
  readonly #left: Left;
  #request: ModelRequest;
  #attempt: Attempt;
  /** The batches of the attempt, once they were asked for. */
  #source: Batches | undefined;
  /** Something of the attempt was handed out. */
  #begun = false;
  #earlier: Attempt | undefined;
  #used: Usage | undefined;
  #over = false;
  /** Comes after the batch that was handed out last. */
  #error: { readonly error: unknown } | undefined;
  #taker: BatchTaker | undefined;

  constructor(asking: Asking, request: ModelRequest) {
    super();
    this.#asking = asking;
    this.#left = { ...asking.plan.retries };
    this.#request = request;
    this.#attempt = new Attempt(asking.plan);
  }

  override ask(taker: BatchTaker): void {
    this.#taker = taker;
    if (this.#over) {
      const error = this.#error;
      this.#error = undefined;
      if (error) taker.failed(error.error);
      else taker.ended();
      return;
    }
    const { model, streamOptions } = this.#asking;
    try {
      this.#source ??= batchesOf(model.stream(this.#request, streamOptions).batches());
    } catch (error) {
      this.failed(error);
      return;
    }
    this.#source.ask(this);
  }

  override async return(): Promise<IteratorResult<Batch, undefined>> {
    this.#over = true;
    this.#error = undefined;
    await this.#source?.return();
    return { done: true, value: undefined };
  }

  came(batch: Batch): void {
    if (this.#over) {
      this.#taker?.ended();
      return;
    }
    let released: Batch;
    try {
      released = this.#attempt.push(batch);
    } catch (error) {
      this.#source?.return().then(undefined, () => {});
      this.#fail(error);
      return;
    }
    // An empty one too, at first: whoever waits for a sign of life gets it.
    if (released.length === 0 && this.#begun) {
      this.#source?.ask(this);
      return;
    }
    this.#begun = true;
    this.#taker?.came(released);
  }

  ended(): void {
    if (this.#over) {
      this.#taker?.ended();
      return;
    }
    const attempt = this.#attempt;
    this.#used = sum(this.#used, attempt.finish?.usage);
    let next: ModelRequest | undefined;
    try {
      next = nextRequest(this.#asking, this.#request, attempt, this.#left, this.#tell);
    } catch (error) {
      this.#over = true;
      this.#taker?.failed(error);
      return;
    }
    if (next === undefined) {
      if (!attempt.obeyed) {
        const text = 'The answer lacks the call that was forced.';
        this.#tell({ stage: 'tool-choice', action: 'not-obeyed', text });
      }
      this.#end(attempt);
      return;
    }
    this.#request = next;
    this.#earlier = attempt;
    this.#attempt = new Attempt(this.#asking.plan);
    this.#source = undefined;
    this.#begun = false;
    if (this.#taker) this.ask(this.#taker);
  }

  failed(error: unknown): void {
    if (this.#over) {
      this.#taker?.ended();
      return;
    }
    const earlier = this.#earlier;
    if (!earlier || this.#attempt.hasReleased || !isFailure(error, this.#asking.streamOptions.signal)) {
      this.#fail(error);
      return;
    }
    // There is an answer: it could not be bettered, which is no reason to lose it.
    this.#tell({ stage: 'ask-again', action: 'failed', text: `Asking again failed (${error.code}).` });
    this.#end(earlier);
  }

  /** Ends with an error, behind what came of an answer that is shown to nobody: it was paid for. */
  #fail(error: unknown): void {
    this.#over = true;
    const came = this.#asking.plan.whole ? this.#attempt.rest : [];
    if (came.length > 0) {
      this.#error = { error };
      this.#taker?.came(came);
    } else this.#taker?.failed(error);
  }

  /** Hands out what is held of the answer that stands, and its end. */
  #end({ rest, finish }: Attempt): void {
    this.#over = true;
    const used = this.#used;
    const end = finish && used && used !== finish.usage ? { ...finish, usage: used } : finish;
    this.#taker?.came(end ? [...rest, end] : rest);
  }

  readonly #tell: Tell = (note) => this.#asking.streamOptions.onNote?.(note);
}

/** What to ask next; undefined: the answer stands. */
function nextRequest(
  { plan, target }: Asking,
  request: ModelRequest,
  attempt: Attempt,
  left: Left,
  tell: Tell,
): ModelRequest | undefined {
  const { finish } = attempt;
  if (!finish) return undefined;
  if (finish.reason === 'length') {
    if (!plan.whole || !finish.truncated || left.truncationRetries <= 0) return undefined;
    left.truncationRetries--;
    const next = roomierRequest(request, attempt.turn, target);
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
    return remindedRequest(request, attempt.turn, plan.choice, target);
  }
  if (plan.schemas === undefined) return undefined;
  const { turn } = attempt;
  const problems = wrongArguments(turn, plan.schemas);
  if (!problems || left.argumentRetries-- <= 0) return undefined;
  tell({
    stage: 'arguments',
    action: 'asked-again',
    text: `The arguments of ${problems.size} calls are wrong.`,
  });
  return correctedRequest(request, turn, problems);
}

function sum(a: Usage | undefined, b: Usage | undefined): Usage | undefined {
  return a && b ? addUsage(a, b) : (b ?? a);
}

function isFailure(error: unknown, signal: AbortSignal | undefined): error is PerigeeError {
  return error instanceof PerigeeError && error.code !== 'aborted' && !signal?.aborted;
}

// biome-ignore lint/correctness/useYield: a stream that throws has no events.
async function* failing(error: unknown): AsyncGenerator<Batch> {
  throw error;
}
