import type { Metric } from 'prom-client';
import type { Note, Usage } from '../core/index.ts';
import { Counts, Durations } from './series.ts';

/** What is measured of a request that has ended. */
export interface Measured {
  readonly route: string;
  readonly served: { readonly name: string } | undefined;
  readonly upstream: string | undefined;
  readonly usage: Usage | undefined;
  readonly notes: readonly Note[];
  /** How the calls of the answer ended: `whole`, or why not; each with how often. */
  readonly calls: ReadonlyMap<string, number>;
  readonly startedAt: number;
  readonly firstEventAt: number | undefined;
  readonly ownMs: number;
}

/** What is true at this moment. */
export interface Gauges {
  readonly running: number;
  readonly draining: boolean;
}

/** Seconds; of the gateway's own code, and of whole answers. */
const OWN_BUCKETS = [1e-5, 2e-5, 5e-5, 1e-4, 2e-4, 5e-4, 1e-3, 2e-3, 5e-3, 1e-2, 5e-2, 0.1];
const ANSWER_BUCKETS = [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 900];

/**
 * The figures of all requests. They are counted in plain arrays and handed to prom-client when somebody asks: its own
 * counters would cost more than the rest of a request's bookkeeping. Labels are routes, models, upstreams, stages: names
 * of the configuration, never what a client sent.
 */
export class Metrics {
  readonly #gauges: () => Gauges;
  readonly #requests = new Counts('perigee_requests_total', 'Requests that have ended.', [
    'route',
    'model',
    'status',
  ]);
  readonly #tokens = new Counts('perigee_tokens_total', 'Tokens, as the upstreams count them.', [
    'model',
    'upstream',
    'kind',
  ]);
  readonly #cost = new Counts('perigee_cost_dollars_total', 'US dollars by the prices of the upstreams.', [
    'model',
    'upstream',
  ]);
  readonly #notes = new Counts(
    'perigee_notes_total',
    'What conform and the router did to requests and answers, leaked and repaired calls among it.',
    ['upstream', 'stage', 'action'],
  );
  readonly #calls = new Counts(
    'perigee_calls_total',
    'Tool calls of answers: whole, undeclared, invalid-arguments, unresolved or cut.',
    ['model', 'upstream', 'outcome'],
  );
  readonly #own = new Durations(
    'perigee_overhead_seconds',
    "Time of a request in the gateway's own code: from its whole body to the model, and from each batch of events to the socket.",
    ['route'],
    OWN_BUCKETS,
  );
  readonly #first = new Durations(
    'perigee_first_event_seconds',
    'Time from the head of a request to the first event of its answer.',
    ['model'],
    ANSWER_BUCKETS,
  );
  readonly #total = new Durations(
    'perigee_request_seconds',
    'Time from the head of a request to the last byte of its answer.',
    ['route'],
    ANSWER_BUCKETS,
  );

  constructor(gauges: () => Gauges) {
    this.#gauges = gauges;
  }

  /** Counts a request that has ended. */
  record(request: Measured, status: number, now: number, cost: number | undefined): void {
    const { route, served, usage, notes, startedAt, firstEventAt } = request;
    const model = served?.name ?? '';
    this.#requests.add(1, route, model, `${status}`);
    this.#total.observe((now - startedAt) / 1000, route);
    if (served === undefined) return;
    const upstream = request.upstream ?? '';
    this.#own.observe(request.ownMs / 1000, route);
    if (firstEventAt !== undefined) this.#first.observe((firstEventAt - startedAt) / 1000, model);
    if (usage !== undefined) {
      this.#tokens.add(usage.inputTokens, model, upstream, 'input');
      this.#tokens.add(usage.cachedInputTokens, model, upstream, 'cached_input');
      this.#tokens.add(usage.outputTokens, model, upstream, 'output');
      if (usage.reasoningTokens !== undefined) {
        this.#tokens.add(usage.reasoningTokens, model, upstream, 'reasoning');
      }
    }
    if (cost !== undefined) this.#cost.add(cost, model, upstream);
    for (const [outcome, count] of request.calls) this.#calls.add(count, model, upstream, outcome);
    for (const note of notes) this.#notes.add(1, note.upstream ?? upstream, note.stage, note.action);
  }

  /** All of it in Prometheus' text format. */
  async text(): Promise<string> {
    const { Registry } = await import('prom-client');
    const registry = new Registry();
    const { running, draining } = this.#gauges();
    const gauges = [
      gauge('perigee_running_requests', 'Requests whose answer has not ended.', running),
      gauge('perigee_draining', '1 while the gateway only finishes what it has accepted.', draining ? 1 : 0),
      gauge('process_resident_memory_bytes', 'Resident memory size in bytes.', process.memoryUsage.rss()),
      cpuSeconds(),
    ];
    const counted = [this.#requests, this.#tokens, this.#cost, this.#notes, this.#calls];
    const measured = [this.#own, this.#first, this.#total];
    for (const metric of [...gauges, ...counted.map(read), ...measured.map(read)]) {
      // A registry asks a metric for its name and its values, and for nothing else.
      registry.registerMetric(metric as unknown as Metric);
    }
    return registry.metrics();
  }
}

function read(series: Counts | Durations) {
  return { name: series.name, get: () => Promise.resolve(series.read()) };
}

function gauge(name: string, help: string, value: number) {
  return { name, get: async () => ({ name, help, type: 'gauge', values: [{ labels: {}, value }] }) };
}

function cpuSeconds() {
  const { user, system } = process.cpuUsage();
  const name = 'process_cpu_seconds_total';
  const values = [{ labels: {}, value: (user + system) / 1e6 }];
  return { name, get: async () => ({ name, help: 'CPU time in seconds.', type: 'counter', values }) };
}
