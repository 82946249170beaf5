import type { AgentOptions } from '../../agent/index.ts';
import { PerigeeError } from '../../core/index.ts';
import { UsageError } from '../failure.ts';
import { type AgentCommandOptions, mustHavePrices, settingsOf } from '../run/agent-options.ts';
import { readTaskSettings, type TaskSettings } from '../run/task-settings.ts';
import { readToolChoice } from '../run/tool-choice.ts';
import { type Offer, offeredTools } from './offer.ts';

/** What of a run says which agent it wants. */
export interface AgentTask {
  readonly model?: string;
  readonly settings?: unknown;
}

/** From the one that asks least often to the one that asks about all. */
const STRICTNESS = ['auto', 'writes', 'always'] as const;
const BOUNDS = ['maxSteps', 'maxTokens', 'maxTotalTokens', 'maxCost', 'maxTime', 'maxCalls'] as const;

/**
 * The agent of a run on this worker: the worker's tools or fewer, the worker's bounds or closer ones. Throws `invalid-options`
 * where the run asks for what the worker does not offer.
 */
export async function taskAgent(task: AgentTask, offer: Offer): Promise<AgentOptions> {
  try {
    const settings = readTaskSettings(task.settings);
    const options = bounded(offer.options, settings);
    const tools = offeredTools(offer, settings.tools);
    const chosen = await offer.model(task.model);
    mustHavePrices(options, chosen);
    const toolChoice = readToolChoice(settings.toolChoice, Object.keys(tools));
    return { ...settingsOf(options), model: chosen.model, tools, ...(toolChoice && { toolChoice }) };
  } catch (error) {
    // Wrong usage of whoever queued the run, not of this process.
    throw error instanceof UsageError ? new PerigeeError('invalid-options', error.message) : error;
  }
}

/** The closer of two bounds, the stricter of two policies, and the instructions of both, the worker's first. */
export function bounded(own: AgentCommandOptions, asked: TaskSettings): AgentCommandOptions {
  const bounds = BOUNDS.flatMap((bound) => {
    const values = [own[bound], asked[bound]].filter((value) => value !== undefined);
    return values.length === 0 ? [] : [[bound, Math.min(...values)] as const];
  });
  const approval = STRICTNESS[Math.max(rank(own.approval), rank(asked.approval))];
  const system = [own.system, asked.system].filter((text) => text !== undefined).join('\n\n');
  const thinking = asked.thinking ?? own.thinking;
  return {
    ...Object.fromEntries(bounds),
    ...(approval !== undefined && { approval }),
    ...(system !== '' && { system }),
    ...(thinking !== undefined && { thinking }),
  };
}

function rank(approval: TaskSettings['approval']): number {
  return approval === undefined ? -1 : STRICTNESS.indexOf(approval);
}
