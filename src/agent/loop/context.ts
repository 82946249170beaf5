import type { LoopLimits } from '../limits/limits.ts';
import type { AgentOptions, RunOptions } from '../options.ts';
import type { Toolbox } from '../toolbox.ts';
import type { RunState } from './run-state.ts';

/** What the loop works with. */
export interface LoopContext {
  readonly options: AgentOptions;
  readonly limits: LoopLimits;
  /** The agent's tools, and the same with the one that reads what was taken out of the prompt. */
  readonly tools: { readonly own: Toolbox; readonly reading: Toolbox };
  readonly cacheKey: string | undefined;
  readonly whenWaiting: RunOptions['whenWaiting'];
  readonly state: RunState;
}

/** The tools of the next turn. The list grows only when something is taken out: it stands in front of the prompt. */
export function toolboxOf({ tools, state }: LoopContext): Toolbox {
  return state.context.needsReading ? tools.reading : tools.own;
}
