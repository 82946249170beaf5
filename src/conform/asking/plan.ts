import type { JsonSchema, ModelRequest, StreamOptions } from '../../core/index.ts';
import type { Target } from '../stage.ts';
import { type ForcedChoice, forcedChoice, obeysChoice } from '../tool-choice.ts';

/** How often a model may be asked again for one answer. */
export interface AskAgainOptions {
  /** After an answer without the call that `toolChoice` forces. Default 1. */
  readonly toolChoiceRetries?: number;
  /** After calls whose arguments are wrong: they are then held back until they are checked. Default 0. */
  readonly argumentRetries?: number;
  /** After a call that was cut, where the answer is shown to nobody before it is whole. Default 1. */
  readonly truncationRetries?: number;
}

/** What may be asked again in one answer. */
export interface Plan {
  /** The call that must be there, where the host is not known to see to it. */
  readonly choice: ForcedChoice | undefined;
  /** The schemas by tool, if arguments are checked. */
  readonly schemas: ReadonlyMap<string, JsonSchema | undefined> | undefined;
  /** Nothing is released before the end. */
  readonly whole: boolean;
  readonly retries: Required<AskAgainOptions>;
}

/** The plan for a request; undefined: nothing of this concerns it. */
export function planOf(
  request: ModelRequest,
  target: Target,
  options: AskAgainOptions,
  streamOptions: StreamOptions,
): Plan | undefined {
  const { tools = [] } = request;
  if (tools.length === 0 || request.toolChoice === 'none') return undefined;
  const { toolChoiceRetries = 1, argumentRetries = 0, truncationRetries = 1 } = options;
  const forced = forcedChoice(request.toolChoice);
  const isUnsure = forced !== undefined && obeysChoice(forced, request, target) !== true;
  const choice = isUnsure && toolChoiceRetries > 0 ? forced : undefined;
  const whole = streamOptions.whole === true && truncationRetries > 0;
  if (choice === undefined && argumentRetries <= 0 && !whole) return undefined;
  return {
    choice,
    schemas:
      argumentRetries > 0 ? new Map(tools.map(({ name, parameters }) => [name, parameters])) : undefined,
    whole,
    retries: { toolChoiceRetries, argumentRetries, truncationRetries },
  };
}
