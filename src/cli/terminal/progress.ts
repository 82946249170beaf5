import type { AgentEvent } from '../../agent/index.ts';
import { addUsage, NO_USAGE, type Usage } from '../../core/index.ts';
import { count, dollars, duration, plural } from './screen.ts';

/** Steps after which a line says how far a long run is. */
const MILESTONE = 50;

/** How far a run is: steps, calls, tokens and money so far. */
export class Progress {
  #steps = 0;
  #calls = 0;
  #failed = 0;
  #usage: Usage = NO_USAGE;
  #cost: number | undefined = 0;
  #began = performance.now();

  see(event: AgentEvent): void {
    switch (event.type) {
      case 'resumed':
        this.#steps = event.steps;
        this.#usage = event.usage;
        this.#cost = event.cost;
        return;
      case 'tool-result':
        this.#calls++;
        if (event.isError) this.#failed++;
        return;
      case 'step-end':
        this.#steps = event.step + 1;
        this.#usage = addUsage(this.#usage, event.usage);
        this.#cost =
          this.#cost === undefined || event.cost === undefined ? undefined : this.#cost + event.cost;
        return;
      case 'end':
        this.#steps = 0;
        this.#calls = 0;
        this.#failed = 0;
        this.#usage = NO_USAGE;
        this.#cost = 0;
        this.#began = performance.now();
    }
  }

  /** Whether a line about it is due now that a step has ended. */
  get isDue(): boolean {
    return this.#steps > 0 && this.#steps % MILESTONE === 0;
  }

  /** While a step is under way that is not the first one. */
  get live(): string | undefined {
    return this.#steps === 0 ? undefined : `step ${count(this.#steps + 1)} · ${this.#rest}`;
  }

  /** When a step has ended. */
  line(): string {
    return `${plural(this.#steps, 'step')} · ${this.#rest}`;
  }

  get #rest(): string {
    const { inputTokens } = this.#usage;
    return [
      plural(this.#calls, 'call') + (this.#failed > 0 ? ` (${count(this.#failed)} failed)` : ''),
      ...(inputTokens > 0 ? [tokens(this.#usage)] : []),
      ...(this.#cost !== undefined && this.#cost > 0 ? [dollars(this.#cost)] : []),
      duration(performance.now() - this.#began),
    ].join(' · ');
  }
}

function tokens({ inputTokens, cachedInputTokens, outputTokens }: Usage): string {
  const cached = Math.round((cachedInputTokens / inputTokens) * 100);
  return `${short(inputTokens)} tokens in (${cached} % cached), ${short(outputTokens)} out`;
}

/** `812`, `64.2k`, `3.1M`. */
function short(tokens: number): string {
  if (tokens < 10_000) return count(tokens);
  return tokens < 1e6 ? `${(tokens / 1000).toFixed(1)}k` : `${(tokens / 1e6).toFixed(1)}M`;
}
