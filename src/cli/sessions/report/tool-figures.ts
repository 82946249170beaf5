import { errorText } from '../../terminal/error-text.ts';
import { oneLine } from '../../terminal/text.ts';
import { median, numberOf, textIn } from './figures.ts';
import type { FailureReport, ToolReport } from './session-report.ts';

/** Different failures that are told apart; a tool may put a new number into every message. */
const MOST_FAILURES = 500;
/** Columns of a message that are kept. */
const MESSAGE = 200;

type Writable<T> = { -readonly [K in keyof T]: T[K] };

interface Tool extends Omit<Writable<ToolReport>, 'name' | 'medianMs'> {
  /** Of those that ran to their end. */
  readonly times: number[];
}

/** Counts results by tool, and failures by what was said. */
export class ToolFigures {
  readonly #tools = new Map<string, Tool>();
  readonly #failures = new Map<string, Writable<FailureReport>>();
  #other = 0;

  add(result: Record<string, unknown>, record: string): void {
    const name = textIn(result['name']) || '(no name)';
    const tool = this.#tool(name);
    const ms = numberOf(result['ms']);
    tool.calls++;
    tool.totalMs += ms;
    tool.longestMs = Math.max(tool.longestMs, ms);
    const kind = kindOf(result);
    if (kind === 'unverified') tool.unverified++;
    else if (kind === 'refused') tool.refused++;
    else tool.times.push(ms);
    if (kind === 'failed') tool.errors++;
    if (kind !== 'done') this.#fail(name, kind, textIn(result['output']), record);
  }

  #tool(name: string): Tool {
    let tool = this.#tools.get(name);
    if (!tool) {
      tool = { calls: 0, errors: 0, refused: 0, unverified: 0, totalMs: 0, longestMs: 0, times: [] };
      this.#tools.set(name, tool);
    }
    return tool;
  }

  #fail(tool: string, kind: FailureReport['kind'], output: string, first: string): void {
    const message = oneLine(errorText(output), MESSAGE);
    const key = JSON.stringify([tool, kind, message]);
    const known = this.#failures.get(key);
    if (known) known.count++;
    else if (this.#failures.size < MOST_FAILURES)
      this.#failures.set(key, { tool, kind, message, count: 1, first });
    else this.#other++;
  }

  get tools(): ToolReport[] {
    const tools = [...this.#tools].map(([name, { times, ...tool }]) => ({
      name,
      ...tool,
      medianMs: median(times),
    }));
    return tools.sort((a, b) => b.totalMs - a.totalMs || b.calls - a.calls);
  }

  get failures(): FailureReport[] {
    // What nobody knows the effect of is what somebody has to look at.
    const weight = ({ kind, count }: FailureReport) => count + (kind === 'unverified' ? 1e9 : 0);
    return [...this.#failures.values()].sort((a, b) => weight(b) - weight(a));
  }

  get otherFailures(): number {
    return this.#other;
  }
}

function kindOf(result: Record<string, unknown>): FailureReport['kind'] | 'done' {
  if (result['unverified'] === true) return 'unverified';
  if (result['isError'] !== true) return 'done';
  return result['executed'] === false ? 'refused' : 'failed';
}
