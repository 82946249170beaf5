import type { AgentOptions, Limits, Tools } from '../../agent/index.ts';
import type { Model } from '../../core/index.ts';
import type { Format } from '../../formats/index.ts';
import { record } from '../../replay/index.ts';
import { type ChosenModel, chooseModel } from '../choose-model.ts';
import { UsageError } from '../failure.ts';
import { loadTools } from '../load-tools.ts';
import { startMcpServers } from './mcp-tools.ts';

/** What the options of `perigee run` and `perigee chat` say about the agent. */
export interface AgentCommandOptions {
  readonly model?: string;
  readonly baseUrl?: string;
  readonly apiKeyEnv?: string;
  readonly format?: Format;
  readonly completions?: boolean;
  readonly tools?: string;
  readonly mcp?: readonly string[];
  readonly system?: string;
  readonly approval?: 'auto' | 'writes' | 'always';
  readonly maxSteps?: number;
  readonly maxTokens?: number;
  readonly maxTotalTokens?: number;
  readonly maxCost?: number;
  readonly maxTime?: number;
  readonly maxCalls?: number;
  readonly thinking?: 'on' | 'off' | 'keep';
  readonly record?: string;
  readonly replay?: string;
}

/** Milliseconds between the practice model's pieces, so that a person can watch it write. */
const PRACTICE_PACE_MS = 12;

/** What an agent of the command is made of, and what lets go of it. */
export interface AgentParts {
  readonly chosen: ChosenModel;
  readonly model: Model;
  readonly tools: Tools;
  close(): Promise<void>;
}

/** Finds the model, loads the tools that the options name, and starts their servers. `note` hears what those say. */
export async function agentParts(
  options: AgentCommandOptions,
  isWatched: boolean,
  note: (text: string) => void,
): Promise<AgentParts> {
  const chosen = await chooseModel({ ...options, ...(isWatched && { paceMs: PRACTICE_PACE_MS }) });
  mustHavePrices(options, chosen);
  const loaded = await loadTools(toolListOf(options, chosen), {}, chosen.builtins);
  const mcp = await startMcpServers(options.mcp ?? [], Object.keys(loaded), note);
  const model = options.record === undefined ? chosen.model : record(chosen.model, options.record);
  return { chosen, model, tools: { ...loaded, ...mcp.tools }, close: () => mcp.close() };
}

/** Throws `UsageError` for a bound of dollars where nobody knows what the model costs. */
export function mustHavePrices({ maxCost }: AgentCommandOptions, { model }: ChosenModel): void {
  if (maxCost === undefined || model.prices) return;
  throw new UsageError(
    `--max-cost ${maxCost}: what ${model.id} costs there is not known; --max-total-tokens bounds its tokens.`,
  );
}

/** The list of tools that an agent has where nothing else is said. */
export function toolListOf({ tools }: AgentCommandOptions, { isPractice }: ChosenModel): string {
  return tools ?? (isPractice ? 'calculator,files,weather,incident' : 'calculator,files');
}

/** The agent's settings that need nothing loaded. */
export function settingsOf(options: AgentCommandOptions): Omit<AgentOptions, 'model'> {
  const { system, maxTokens, thinking, approval } = options;
  return {
    limits: limitsOf(options),
    ...(system !== undefined && { instructions: system }),
    ...(maxTokens !== undefined && { maxTokens }),
    ...(thinking !== undefined && { thinking }),
    ...(approval !== undefined && { approval }),
  };
}

function limitsOf({ maxSteps, maxTotalTokens, maxCost, maxTime, maxCalls }: AgentCommandOptions): Limits {
  return {
    ...(maxSteps !== undefined && { steps: maxSteps }),
    ...(maxTotalTokens !== undefined && { tokens: maxTotalTokens }),
    ...(maxCost !== undefined && { cost: maxCost }),
    ...(maxTime !== undefined && { timeMs: maxTime }),
    ...(maxCalls !== undefined && { calls: maxCalls }),
  };
}
