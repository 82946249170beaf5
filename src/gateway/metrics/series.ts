/** A series as prom-client's registry reads it. */
export interface ReadSeries {
  readonly name: string;
  readonly help: string;
  readonly type: string;
  readonly values: readonly {
    readonly metricName?: string;
    readonly labels: { readonly [label: string]: string | number };
    readonly value: number;
  }[];
}

/** A metric as prom-client's registry asks for it. */
export interface AskedMetric {
  readonly name: string;
  get(): Promise<ReadSeries>;
}

/** A figure of this moment. */
export function gauge(name: string, help: string, value: number): AskedMetric {
  return metric(name, 'gauge', help, [{ labels: {}, value }]);
}

/** Figures of one name. */
export function metric(name: string, type: string, help: string, values: ReadSeries['values']): AskedMetric {
  return { name, get: async () => ({ name, help, type, values }) };
}

type Labels = { readonly [label: string]: string };
type Value = ReadSeries['values'][number];

/** Counts of one label's values. */
export class Tally {
  readonly #counts = new Map<string, number>();

  add(amount: number, value: string): void {
    this.#counts.set(value, (this.#counts.get(value) ?? 0) + amount);
  }

  read(labels: Labels, label: string): Value[] {
    return [...this.#counts].map(([name, value]) => ({ labels: { ...labels, [label]: name }, value }));
  }
}

/** A histogram. */
export class Durations {
  readonly #bounds: readonly number[];
  readonly #counts: Float64Array;
  #sum = 0;
  #count = 0;

  /** `bounds`: upper bounds in seconds, ascending. */
  constructor(bounds: readonly number[]) {
    this.#bounds = bounds;
    this.#counts = new Float64Array(bounds.length + 1);
  }

  observe(seconds: number): void {
    this.#sum += seconds;
    this.#count++;
    let bucket = 0;
    while (bucket < this.#bounds.length && seconds > this.#bounds[bucket]!) bucket++;
    this.#counts[bucket]!++;
  }

  read(name: string, labels: Labels): Value[] {
    if (this.#count === 0) return [];
    let total = 0;
    const buckets = this.#bounds.map((bound, position) => {
      total += this.#counts[position]!;
      return { metricName: `${name}_bucket`, labels: { ...labels, le: bound }, value: total };
    });
    return [
      ...buckets,
      { metricName: `${name}_bucket`, labels: { ...labels, le: '+Inf' }, value: this.#count },
      { metricName: `${name}_sum`, labels, value: this.#sum },
      { metricName: `${name}_count`, labels, value: this.#count },
    ];
  }
}
