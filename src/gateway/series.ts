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

/** Between label values, in which it cannot stand. */
const SEPARATOR = '\u0001';

/** A counter with labels. */
export class Counts {
  readonly name: string;
  readonly #help: string;
  readonly #labels: readonly string[];
  readonly #counts = new Map<string, { readonly values: readonly string[]; count: number }>();

  constructor(name: string, help: string, labels: readonly string[]) {
    this.name = name;
    this.#help = help;
    this.#labels = labels;
  }

  add(amount: number, ...values: readonly string[]): void {
    const key = values.join(SEPARATOR);
    const known = this.#counts.get(key);
    if (known) known.count += amount;
    else this.#counts.set(key, { values, count: amount });
  }

  read(): ReadSeries {
    const values = [...this.#counts.values()].map(({ values, count }) => ({
      labels: labelled(this.#labels, values),
      value: count,
    }));
    return { name: this.name, help: this.#help, type: 'counter', values };
  }
}

interface Bucketed {
  readonly values: readonly string[];
  readonly counts: Float64Array;
  sum: number;
  count: number;
}

/** A histogram with labels. */
export class Durations {
  readonly name: string;
  readonly #help: string;
  readonly #labels: readonly string[];
  readonly #bounds: readonly number[];
  readonly #series = new Map<string, Bucketed>();

  /** `bounds`: upper bounds in seconds, ascending. */
  constructor(name: string, help: string, labels: readonly string[], bounds: readonly number[]) {
    this.name = name;
    this.#help = help;
    this.#labels = labels;
    this.#bounds = bounds;
  }

  observe(seconds: number, ...values: readonly string[]): void {
    const key = values.join(SEPARATOR);
    let series = this.#series.get(key);
    if (series === undefined) {
      series = { values, counts: new Float64Array(this.#bounds.length), sum: 0, count: 0 };
      this.#series.set(key, series);
    }
    series.sum += seconds;
    series.count++;
    const bucket = this.#bounds.findIndex((bound) => seconds <= bound);
    if (bucket >= 0) series.counts[bucket]!++;
  }

  read(): ReadSeries {
    const values = [...this.#series.values()].flatMap((series) => this.#readOne(series));
    return { name: this.name, help: this.#help, type: 'histogram', values };
  }

  #readOne({ values, counts, sum, count }: Bucketed): ReadSeries['values'][number][] {
    const labels = labelled(this.#labels, values);
    let total = 0;
    const buckets = this.#bounds.map((bound, position) => {
      total += counts[position]!;
      return { metricName: `${this.name}_bucket`, labels: { ...labels, le: bound }, value: total };
    });
    return [
      ...buckets,
      { metricName: `${this.name}_bucket`, labels: { ...labels, le: '+Inf' }, value: count },
      { metricName: `${this.name}_sum`, labels, value: sum },
      { metricName: `${this.name}_count`, labels, value: count },
    ];
  }
}

function labelled(labels: readonly string[], values: readonly string[]): { [label: string]: string } {
  return Object.fromEntries(labels.map((label, position) => [label, values[position]!]));
}
