import { type Model, type ModelRequest, PerigeeError, type ToolChoice } from '../../core/index.ts';
import { thrownMessage } from '../calls/result-text.ts';
import { READ_RESULT } from '../context/index.ts';
import type { AgentOptions, StepOverrides } from '../options.ts';
import type { Toolbox } from '../toolbox.ts';
import type { RunState } from './run-state.ts';

/** How one step is asked for. */
export interface StepPlan {
  readonly model: Model;
  readonly toolbox: Toolbox;
  readonly toolChoice: ToolChoice | undefined;
  readonly request: ModelRequest;
  /** The names of the tools, where they are not all. */
  readonly toolNames?: readonly string[];
}

/** What a step is planned from. */
export interface Planning {
  readonly options: AgentOptions;
  readonly toolbox: Toolbox;
  readonly cacheKey: string | undefined;
  readonly state: RunState;
  readonly step: number;
  /** No tool may be called: the run is to end with this turn. They stay declared, or the prompt cache would be lost. */
  readonly isLast: boolean;
  /** Tokens that the answer may have at most, so that no limit of the run is broken; undefined: any. */
  readonly maxTokens: number | undefined;
}

/** Decides what a step is asked with: the agent's settings, and what `prepareStep` wants different. */
export async function planStep(planning: Planning): Promise<StepPlan> {
  const { options, toolbox: tools, cacheKey, state, step, isLast } = planning;
  const overrides = await askPrepareStep(options, state, step);
  const { model, instructions, tools: names, toolChoice: wanted, ...settings } = overrides;
  const toolbox = names ? tools.only(state.context.needsReading ? [...names, READ_RESULT] : names) : tools;
  const toolChoice = isLast ? 'none' : (wanted ?? state.toolChoice);
  checkChoice(toolChoice, toolbox);
  const {
    maxTokens: most,
    thinking,
    temperature,
    topP,
    stop,
    extra,
  } = { ...options, ...withoutUndefined(settings) };
  const maxTokens = least(most, planning.maxTokens);
  const request = {
    // A copy of the list, not of the messages: the model may keep it while the history grows.
    messages: [...state.instructing(instructions ?? options.instructions), ...state.context.messages],
    ...(toolbox.names.length > 0 && {
      tools: toolbox.declarations,
      ...(toolChoice !== undefined && { toolChoice }),
    }),
    ...withoutUndefined({ maxTokens, thinking, temperature, topP, stop, cacheKey, extra }),
  };
  return {
    model: model ?? options.model,
    toolbox,
    toolChoice,
    request,
    ...(names && { toolNames: toolbox.names }),
  };
}

async function askPrepareStep(options: AgentOptions, state: RunState, step: number): Promise<StepOverrides> {
  if (!options.prepareStep) return {};
  try {
    const overrides = Promise.resolve(options.prepareStep(state.info(step)));
    return (await state.cancellation.race(overrides)) ?? {};
  } catch (cause) {
    if (cause instanceof PerigeeError) throw cause;
    throw new PerigeeError('invalid-options', `prepareStep failed: ${thrownMessage(cause)}`, { cause });
  }
}

function checkChoice(choice: ToolChoice | undefined, toolbox: Toolbox): void {
  if (choice === 'required' && toolbox.names.length === 0) {
    throw new PerigeeError('invalid-options', 'toolChoice is "required", but the step has no tools.');
  }
  if (typeof choice === 'object' && !toolbox.find(choice.name)) {
    throw new PerigeeError(
      'invalid-options',
      `toolChoice names "${choice.name}", which the step does not have.`,
      {
        remedy: `The tools of the step are: ${toolbox.names.join(', ') || 'none'}.`,
      },
    );
  }
}

/** The same step with no more than these tokens for its answer; undefined: it may have none. */
export function withRoom(plan: StepPlan, room: number | undefined): StepPlan | undefined {
  if (room === undefined) return plan;
  if (room < 1) return undefined;
  const { request } = plan;
  return { ...plan, request: { ...request, maxTokens: Math.min(room, request.maxTokens ?? room) } };
}

function least(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined ? (a ?? b) : Math.min(a, b);
}

type Defined<T> = { [K in keyof T]: Exclude<T[K], undefined> };

function withoutUndefined<T extends object>(fields: T): Partial<Defined<T>> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Partial<
    Defined<T>
  >;
}
