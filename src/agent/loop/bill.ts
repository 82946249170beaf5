import { addUsage, costOf, type Model, NO_USAGE, type Usage } from '../../core/index.ts';

/** Tokens and money of some turns. */
export interface Bill {
  readonly usage: Usage;
  /** US dollars; undefined when not known. */
  readonly cost: number | undefined;
}

export const NOTHING_SPENT: Bill = { usage: NO_USAGE, cost: 0 };

/** What a usage costs with a model. A turn without usage costs what nobody knows. */
export function billFor(usage: Usage | undefined, { prices }: Model): Bill {
  return { usage: usage ?? NO_USAGE, cost: usage && prices ? costOf(usage, prices) : undefined };
}

export function addBill(a: Bill, b: Bill): Bill {
  return {
    usage: addUsage(a.usage, b.usage),
    cost: a.cost === undefined || b.cost === undefined ? undefined : a.cost + b.cost,
  };
}
