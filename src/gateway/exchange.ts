import { estimateTokens } from '../conform/index.ts';
import {
  costOf,
  type ModelRequest,
  type Note,
  type Prices,
  type StreamEvent,
  type Usage,
} from '../core/index.ts';
import type { Front } from '../protocols/index.ts';
import type { Arrival } from './edges/arrival.ts';
import { nextId } from './exchange-id.ts';
import type { AnswerSpan } from './metrics/tracing.ts';
import type { GatewayKey, RequestLog, ServedModel } from './options.ts';
import type { Runtime, Snapshot } from './runtime.ts';

/** The status of a request whose client did not wait for its answer. */
const GONE = 499;
/** Of English and of JSON, about. */
const CHARACTERS_PER_TOKEN = 4;

/** One request from its head to its last byte: what is known of it, for its answer, the log and the metrics. */
export class Exchange {
  readonly runtime: Runtime;
  readonly snapshot: Snapshot;
  readonly arrival: Arrival;
  /** New for every request; letters and digits. */
  readonly id = nextId();
  readonly startedAt = performance.now();
  readonly notes: Note[] = [];
  /** How the calls of the answer ended, with how often; undefined while there is none. */
  calls: Map<string, number> | undefined;
  /** The route's label; paths themselves would make as many series as clients can think of. */
  route = 'none';
  front: Front<unknown>;
  key: GatewayKey | undefined;
  /** The accounts keep the key, not the options. */
  keyIsKept = false;
  /** The accounts admitted it, and are to be told what it took. */
  #isAdmitted = false;
  /** It was admitted while the database was away. */
  admittedAway = false;
  /** Whose reasoning and responses these are. */
  tenant = 'open';
  /** The name by which the client asked for it. */
  askedName: string | undefined;
  served: ServedModel | undefined;
  /** What the model was asked, once it was. */
  asked: Pick<ModelRequest, 'messages' | 'tools'> | undefined;
  stream: boolean | undefined;
  usage: Usage | undefined;
  /** `usage` is not the upstream's: the answer ended before that came. */
  usageIsEstimated = false;
  finish: string | undefined;
  error: string | undefined;
  firstEventAt: number | undefined;
  /** Milliseconds spent in the gateway's own code: from the body to the model, and from each batch until it is ready to be sent. */
  ownMs = 0;
  /** Characters of the answer so far. */
  length = 0;
  span: AnswerSpan | undefined;
  #ended = false;

  constructor(runtime: Runtime, arrival: Arrival, front: Front<unknown>) {
    this.runtime = runtime;
    this.snapshot = runtime.snapshot;
    this.arrival = arrival;
    this.front = front;
    runtime.begin();
  }

  readonly tell = (note: Note): void => {
    this.notes.push(note);
  };

  /** Reads of an event what is counted: how calls ended, and the end. */
  see(event: StreamEvent): void {
    switch (event.type) {
      case 'text-delta':
      case 'reasoning-delta':
      case 'tool-call-delta':
        this.length += event.delta.length;
        return;
      case 'tool-call-end':
        this.#count('whole');
        return;
      case 'tool-call-invalid':
        this.#count(event.reason);
        return;
      case 'finish':
        this.usage = event.usage;
        this.finish = event.reason;
    }
  }

  #count(outcome: string): void {
    this.calls ??= new Map();
    this.calls.set(outcome, (this.calls.get(outcome) ?? 0) + 1);
  }

  get requestId(): string {
    return `req_${this.id}`;
  }

  /** The request id as headers: under the name that proxies and logs know, and under the one that the client reads. */
  idHeaders(): string[] {
    const headers = ['x-request-id', this.requestId];
    const { requestIdHeader } = this.front;
    if (requestIdHeader !== 'x-request-id') headers.push(requestIdHeader, this.requestId);
    return headers;
  }

  /** The accounts let it begin; `key` as it is now. Of one that has ended meanwhile they are told at once. */
  admitted(key: GatewayKey, away: boolean): void {
    this.key = key;
    this.#isAdmitted = true;
    this.admittedAway = away;
    if (this.#ended) this.#settle(undefined);
  }

  get ended(): boolean {
    return this.#ended;
  }

  /** The upstream that answers, as far as it is known. */
  get upstream(): string | undefined {
    return this.#route()?.upstream;
  }

  /** Ends the request: counts, measures and logs it. Only the first call does. */
  end(status: number): void {
    if (this.#ended) return;
    this.#ended = true;
    const now = performance.now();
    if (this.usage === undefined) this.#estimate(status);
    const { runtime, snapshot, usage } = this;
    const prices: Prices | undefined = this.#route()?.prices ?? this.served?.model.prices;
    const cost = usage && prices && costOf(usage, prices);
    this.#settle(cost);
    runtime.metrics.record(this, status, now, cost);
    this.span?.end(this, status);
    runtime.end();
    try {
      snapshot.options.log?.(this.#entry(status, now, cost));
    } catch (error) {
      warnOnce(error);
    }
  }

  #settle(cost: number | undefined): void {
    const { key, usage, served, upstream, runtime } = this;
    if (!this.#isAdmitted || key === undefined) return;
    this.#isAdmitted = false;
    runtime.accounts.settle({
      request: this.id,
      key,
      now: Date.now(),
      ...(served && { model: served.name }),
      ...(upstream !== undefined && { upstream }),
      ...(usage && { usage }),
      ...(this.usageIsEstimated && { estimated: true }),
      ...(cost !== undefined && { cost }),
    });
    if (key.monthlyBudget !== undefined) runtime.lines.wake(key.id);
  }

  /**
   * What an answer took whose end, where the upstream counts, did not come: otherwise whoever hangs up in time would use a
   * key without limits. Nothing where the upstream failed, or was not asked, before anything came.
   */
  #estimate(status: number): void {
    const { asked, firstEventAt, notes, length } = this;
    if (asked === undefined) return;
    const isBeingAnswered = status === GONE && !notes.some(({ stage }) => stage === 'route');
    if (firstEventAt === undefined && !isBeingAnswered) return;
    this.usageIsEstimated = true;
    this.usage = {
      inputTokens: estimateTokens(asked),
      cachedInputTokens: 0,
      outputTokens: Math.ceil(length / CHARACTERS_PER_TOKEN),
    };
  }

  /** The way that was taken: to the upstream that answers, or else to the one that failed last. */
  #route(): Note | undefined {
    const { notes } = this;
    return (
      notes.findLast(({ stage, action }) => stage === 'route' && action === 'served') ??
      notes.findLast(({ stage, upstream }) => stage === 'route' && upstream !== undefined)
    );
  }

  #entry(status: number, now: number, cost: number | undefined): RequestLog {
    const { arrival, usage, firstEventAt, notes, askedName } = this;
    const counts: { [note: string]: number } = {};
    for (const { stage, action } of notes) {
      const name = `${stage}:${action}`;
      counts[name] = (counts[name] ?? 0) + 1;
    }
    return {
      time: new Date().toISOString(),
      id: this.requestId,
      method: arrival.method,
      // The query may hold what somebody took for a place to put a key.
      path: arrival.target.split('?', 1)[0]!.slice(0, 256),
      status,
      ...(this.key && { key: this.key.id }),
      ...(this.admittedAway && { withoutDatabase: true as const }),
      ...(this.served && { model: this.served.name }),
      ...(askedName !== undefined && askedName !== this.served?.name && { asked: askedName.slice(0, 120) }),
      ...(this.upstream !== undefined && { upstream: this.upstream }),
      ...(this.stream !== undefined && { stream: this.stream }),
      ...(firstEventAt !== undefined && { firstEventMs: rounded(firstEventAt - this.startedAt) }),
      totalMs: rounded(now - this.startedAt),
      ...(usage && { usage }),
      ...(this.usageIsEstimated && { estimated: true as const }),
      ...(cost !== undefined && { cost }),
      ...(this.finish !== undefined && { finish: this.finish }),
      ...(notes.length > 0 && { notes: counts }),
      ...(this.error !== undefined && { error: this.error }),
    };
  }
}

let hasWarned = false;

/** The answer is out: what is wrong with a log is no fault of the client's, and no reason to end the process. */
function warnOnce(error: unknown): void {
  if (hasWarned) return;
  hasWarned = true;
  process.emitWarning(`The gateway's log threw, and is told of once: ${error}`, { code: 'PERIGEE_LOG' });
}

function rounded(milliseconds: number): number {
  return Math.round(milliseconds * 1000) / 1000;
}
