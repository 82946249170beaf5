import { Ledger } from '../../../agent/index.ts';
import { addUsage, isJsonObject, NO_USAGE, type Usage } from '../../../core/index.ts';
import { hostProfile, modelProfile, pricesOf } from '../../../profiles/index.ts';
import { lessUsage, numberOf, textIn, usageOf } from './figures.ts';
import type { SessionReport } from './session-report.ts';

/** Tokens and money of the turns, as they are on record, and what they would have been without cuts. */
export class BillFigures {
  readonly #models = new Set<string>();
  #baseUrl: string | undefined;
  #ledger: Ledger | undefined;
  /** Tokens that cuts have taken out of the prompts so far. */
  #leftOut = 0;
  #usage: Usage = NO_USAGE;
  #cost: number | undefined;
  #withoutCost = 0;
  #retried = { turns: 0, usage: NO_USAGE };

  /** Of the record of the command that says what it was asked for. */
  settings(value: Record<string, unknown>): void {
    this.#baseUrl = textIn(value['baseUrl']) || undefined;
  }

  turn(value: Record<string, unknown>): void {
    const model = textIn(value['model']);
    if (model !== '') this.#models.add(model);
    const all = usageOf(value['usage']) ?? NO_USAGE;
    this.#usage = addUsage(this.#usage, all);
    if (typeof value['cost'] === 'number') this.#cost = (this.#cost ?? 0) + value['cost'];
    else this.#withoutCost++;
    this.#ledger ??= this.#newLedger(model);
    const wasCut = this.#cut(value['cut']);
    const taken = isJsonObject(value['turn']) ? usageOf(value['turn']['usage']) : undefined;
    const summary = isJsonObject(value['summary']) ? usageOf(value['summary']['usage']) : undefined;
    if (summary) this.#ledger.addSummary(summary);
    const estimate = { leftOut: this.#leftOut, keptReasoning: 0 };
    if (taken) this.#ledger.add({ usage: taken, estimate, wasCut });
    if (taken) this.#retry(lessUsage(all, summary ? addUsage(taken, summary) : taken));
  }

  #cut(cut: unknown): boolean {
    if (!isJsonObject(cut)) return false;
    this.#leftOut += Math.max(0, numberOf(cut['before']) - numberOf(cut['after']));
    return true;
  }

  #retry(usage: Usage): void {
    if (usage.inputTokens + usage.outputTokens === 0) return;
    this.#retried = { turns: this.#retried.turns + 1, usage: addUsage(this.#retried.usage, usage) };
  }

  #newLedger(model: string): Ledger {
    const prices = pricesOf(model, this.#baseUrl === undefined ? undefined : hostProfile(this.#baseUrl)?.id);
    return new Ledger(prices, modelProfile(model)?.contextWindow);
  }

  get models(): readonly string[] {
    return [...this.#models];
  }

  get report(): Pick<SessionReport, 'usage' | 'cost' | 'turnsWithoutCost' | 'retried' | 'bill'> {
    const {
      usage: _,
      cost: __,
      keptReasoning: ___,
      ...bill
    } = (this.#ledger ?? new Ledger(undefined, undefined)).bill();
    return {
      usage: this.#usage,
      cost: this.#cost,
      turnsWithoutCost: this.#withoutCost,
      retried: this.#retried,
      bill,
    };
  }
}
