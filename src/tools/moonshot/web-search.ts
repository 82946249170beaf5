import { tool } from '../../agent/index.ts';

/**
 * The web search that Moonshot runs itself: the model calls it, the arguments go back as they came, and the host puts the
 * findings in their place. Give it to the agent under the name `$web_search`. It costs money for each call (0.004 US
 * dollars in 2026) and does not work while `kimi-k2.5` and `kimi-k2.6` think: use `thinking: 'off'` with them.
 */
export const webSearch = tool({
  description: 'Searches the web.',
  inputSchema: { type: 'object' },
  builtin: true,
  // The search has not been done yet when this "runs"; to hand the arguments back a second time does nothing.
  readOnly: true,
  execute: (input: Record<string, unknown>) => input,
});
