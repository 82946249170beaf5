import type { LoopLimits } from '../limits/limits.ts';
import type { AgentOptions, RunOptions } from '../options.ts';
import type { Toolbox } from '../toolbox.ts';
import type { RunState } from './run-state.ts';

/** What the loop works with. */
export interface LoopContext {
  readonly options: AgentOptions;
  readonly limits: LoopLimits;
  readonly toolbox: Toolbox;
  readonly cacheKey: string | undefined;
  readonly whenWaiting: RunOptions['whenWaiting'];
  readonly state: RunState;
}
