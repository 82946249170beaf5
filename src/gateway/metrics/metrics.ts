import type { Metric } from 'prom-client';
import type { AccountsState, Note, Usage } from '../../core/index.ts';
import type { ServedModel } from '../options.ts';
import { accountMetrics } from './account-metrics.ts';
import { routingMetrics } from './routing-metrics.ts';
import { Durations, gauge, type ReadSeries, Tally } from './series.ts';

/** What is measured of a request that has ended. */
export interface Measured {
  readonly route: string;
  readonly served: { readonly name: string } | undefined;
  readonly upstream: string | undefined;
  readonly usage: Usage | undefined;
  readonly notes: readonly Note[];
  /** How the calls of the answer ended: `whole`, or why not; each with how often. */
  readonly calls: ReadonlyMap<string, number> | undefined;
  readonly startedAt: number;
  readonly firstEventAt: number | undefined;
  readonly ownMs: number;
}

/** What is true at this moment. */
export interface Gauges {
  readonly running: number;
  readonly draining: boolean;
  /** Undefined: there is no database. */
  readonly accounts: AccountsState | undefined;
  readonly models: readonly ServedModel[];
}

/** Seconds; of the gateway's own code, and of whole answers. */
const OWN_BUCKETS = [1e-5, 2e-5, 5e-5, 1e-4, 2e-4, 5e-4, 1e-3, 2e-3, 5e-3, 1e-2, 5e-2, 0.1];
const ANSWER_BUCKETS = [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 900];

const ADMISSION_BUCKETS = [5e-4, 1e-3, 2e-3, 5e-3, 1e-2, 2e-2, 5e-2, 0.1, 0.5, 1, 2, 5, 10];

/** The figures of the requests of one route, model and upstream. */
class Figures {
  readonly labels: { readonly route: string; readonly model: string; readonly upstream: string };
  readonly statuses = new Tally();
  readonly notes = new Tally();
  readonly calls = new Tally();
  readonly own = new Durations(OWN_BUCKETS);
  readonly first = new Durations(ANSWER_BUCKETS);
  readonly total = new Durations(ANSWER_BUCKETS);
  input = 0;
  cachedInput = 0;
  output = 0;
  reasoning = 0;
  cost = 0;

  constructor(route: string, model: string, upstream: string) {
    this.labels = { route, model, upstream };
  }
}

type Read = (figures: Figures, name: string) => ReadSeries['values'];

const SERIES: readonly (readonly [name: string, type: string, help: string, read: Read])[] = [
  [
    'perigee_requests_total',
    'counter',
    'Requests that have ended.',
    ({ statuses, labels }) => statuses.read(labels, 'status'),
  ],
  [
    'perigee_tokens_total',
    'counter',
    'Tokens, as the upstreams count them, estimated where an answer ended before that; cached ones are part of the input, reasoning of the output.',
    ({ labels, input, cachedInput, output, reasoning }) =>
      Object.entries({ input, cached_input: cachedInput, output, reasoning }).map(([kind, value]) => ({
        labels: { ...labels, kind },
        value,
      })),
  ],
  [
    'perigee_cost_dollars_total',
    'counter',
    'US dollars by the prices of the upstreams.',
    ({ labels, cost }) => [{ labels, value: cost }],
  ],
  [
    'perigee_notes_total',
    'counter',
    'What was done, as stage:action; among it parsing:leaked and arguments:repaired, each once for a call.',
    ({ labels, notes }) => notes.read(labels, 'note'),
  ],
  [
    'perigee_calls_total',
    'counter',
    'Tool calls of answers by how they ended: whole, undeclared, invalid-arguments, unresolved, cut.',
    ({ labels, calls }) => calls.read(labels, 'outcome'),
  ],
  [
    'perigee_overhead_seconds',
    'histogram',
    "Time of a request in the gateway's own code: from its whole body to the model, and from each batch of events until it is ready to be sent.",
    ({ labels, own }, name) => own.read(name, labels),
  ],
  [
    'perigee_first_event_seconds',
    'histogram',
    'Time from the head of a request to the first event of its answer.',
    ({ labels, first }, name) => first.read(name, labels),
  ],
  [
    'perigee_request_seconds',
    'histogram',
    'Time from the head of a request to the last byte of its answer.',
    ({ labels, total }, name) => total.read(name, labels),
  ],
];

/**
 * The figures of all requests. They are counted in plain fields and handed to prom-client when somebody asks: its own
 * counters would cost more than the rest of a request's bookkeeping. Labels are routes, models, upstreams, stages: names
 * of the configuration, never what a client sent.
 */
export class Metrics {
  /** What the accounts said of requests, and how long those waited that were not told at once. */
  readonly admissions = new Tally();
  readonly admissionSeconds = new Durations(ADMISSION_BUCKETS);
  readonly #gauges: () => Gauges;
  readonly #figures = new Map<string, Figures>();
  /** Figures that others keep, read when somebody asks. */
  readonly others: (() => readonly ReadSeries[])[] = [];

  constructor(gauges: () => Gauges) {
    this.#gauges = gauges;
  }

  /** Counts a request that has ended. */
  record(request: Measured, status: number, now: number, cost: number | undefined): void {
    const { route, served, usage, notes, calls, startedAt, firstEventAt } = request;
    const figures = this.#of(route, served?.name ?? '', request.upstream ?? '');
    figures.statuses.add(1, `${status}`);
    figures.total.observe((now - startedAt) / 1000);
    if (served === undefined) return;
    figures.own.observe(request.ownMs / 1000);
    if (firstEventAt !== undefined) figures.first.observe((firstEventAt - startedAt) / 1000);
    if (usage !== undefined) {
      figures.input += usage.inputTokens;
      figures.cachedInput += usage.cachedInputTokens;
      figures.output += usage.outputTokens;
      figures.reasoning += usage.reasoningTokens ?? 0;
    }
    if (cost !== undefined) figures.cost += cost;
    if (calls) for (const [outcome, count] of calls) figures.calls.add(count, outcome);
    for (const note of notes) {
      // What failed at another upstream is that one's.
      const of = note.upstream === undefined ? figures : this.#of(route, served.name, note.upstream);
      of.notes.add(1, `${note.stage}:${note.action}`);
    }
  }

  #of(route: string, model: string, upstream: string): Figures {
    const key = `${route}\n${model}\n${upstream}`;
    let figures = this.#figures.get(key);
    if (figures === undefined) {
      figures = new Figures(route, model, upstream);
      this.#figures.set(key, figures);
    }
    return figures;
  }

  /** All of it in Prometheus' text format. */
  async text(): Promise<string> {
    const { Registry } = await import('prom-client');
    const registry = new Registry();
    const { running, draining, accounts, models } = this.#gauges();
    const gauges = [
      gauge('perigee_running_requests', 'Requests whose answer has not ended.', running),
      gauge('perigee_draining', '1 while the gateway only finishes what it has accepted.', draining ? 1 : 0),
      gauge('process_resident_memory_bytes', 'Resident memory size in bytes.', process.memoryUsage.rss()),
      cpuSeconds(),
    ];
    const figures = [...this.#figures.values()];
    const series = SERIES.map(([name, type, help, read]) => ({
      name,
      get: async () => ({ name, help, type, values: figures.flatMap((each) => [...read(each, name)]) }),
    }));
    const others = this.others.flatMap((read) => read()).map((each) => ({ ...each, get: async () => each }));
    const counts = accountMetrics(accounts, this.admissions, this.admissionSeconds);
    for (const metric of [...gauges, ...routingMetrics(models), ...counts, ...series, ...others]) {
      // A registry asks a metric for its name and its values, and for nothing else.
      registry.registerMetric(metric as unknown as Metric);
    }
    return registry.metrics();
  }
}

function cpuSeconds() {
  const { user, system } = process.cpuUsage();
  const name = 'process_cpu_seconds_total';
  const values = [{ labels: {}, value: (user + system) / 1e6 }];
  return { name, get: async () => ({ name, help: 'CPU time in seconds.', type: 'counter', values }) };
}
