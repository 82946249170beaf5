import type { ApprovalAnswer, OnApproval } from '../../agent/index.ts';
import type { WaitingCall } from '../../durable/index.ts';

/** How the answer of a person gets to the run, wherever it is. */
export type Deliver = (call: WaitingCall, answer: ApprovalAnswer) => Promise<unknown>;

interface Question {
  readonly call: WaitingCall;
  readonly control: AbortController;
}

/** The calls of a run elsewhere that a person is asked about here, one after the other, each once. */
export class Questions {
  readonly #ask: OnApproval;
  readonly #deliver: Deliver;
  readonly #asked = new Map<string, Question>();
  #open = 0;
  #last: Promise<void> = Promise.resolve();
  #failure: unknown;

  constructor(ask: OnApproval, deliver: Deliver) {
    this.#ask = ask;
    this.#deliver = deliver;
  }

  get isOpen(): boolean {
    return this.#open > 0;
  }

  /** Asks about a call, unless that was done. */
  ask(call: WaitingCall): void {
    if (this.#asked.has(call.approval)) return;
    const control = new AbortController();
    this.#asked.set(call.approval, { call, control });
    this.#open++;
    this.#last = this.#last.then(() => this.#answer(call, control.signal)).finally(() => this.#open--);
  }

  /** Takes those back that do not wait any more: they were answered elsewhere, or the run is over. */
  keepOnly(waiting: readonly WaitingCall[]): void {
    const names = new Set(waiting.map(({ approval }) => approval));
    for (const [name, { control }] of this.#asked) {
      if (!names.has(name)) control.abort(new Error('It does not wait any more.'));
    }
  }

  /** Takes all of them back. */
  close(): void {
    this.keepOnly([]);
  }

  /** Resolves when nobody is asked any more. Throws what kept an answer from being delivered. */
  async settled(): Promise<void> {
    await this.#last;
    if (this.#failure !== undefined) throw this.#failure;
  }

  async #answer(call: WaitingCall, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    try {
      const said = await this.#ask(call, { signal });
      await this.#deliver(call, typeof said === 'boolean' ? { approved: said } : said);
    } catch (error) {
      if (!signal.aborted) this.#failure ??= error;
    }
  }
}
