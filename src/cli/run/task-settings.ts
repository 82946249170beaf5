import { isJsonObject, PerigeeError } from '../../core/index.ts';
import type { AgentCommandOptions } from './agent-options.ts';

/** What of the options a queued run takes along. Everything else belongs to the worker that it comes to. */
export interface TaskSettings
  extends Pick<
    AgentCommandOptions,
    | 'tools'
    | 'system'
    | 'approval'
    | 'maxSteps'
    | 'maxTokens'
    | 'maxTotalTokens'
    | 'maxCost'
    | 'maxTime'
    | 'maxCalls'
    | 'thinking'
  > {
  readonly toolChoice?: string;
}

const isText = (value: unknown) => typeof value === 'string';
const isBound = (value: unknown) => typeof value === 'number' && Number.isFinite(value) && value > 0;
const isOneOf =
  (...words: readonly string[]) =>
  (value: unknown) =>
    typeof value === 'string' && words.includes(value);

const FIELDS: { readonly [field in keyof Required<TaskSettings>]: (value: unknown) => boolean } = {
  tools: isText,
  system: isText,
  approval: isOneOf('auto', 'writes', 'always'),
  maxSteps: isBound,
  maxTokens: isBound,
  maxTotalTokens: isBound,
  maxCost: isBound,
  maxTime: isBound,
  maxCalls: isBound,
  thinking: isOneOf('on', 'off', 'keep'),
  toolChoice: isText,
};

/** The part of the options that goes along with a queued run. */
export function taskSettingsOf(options: TaskSettings): Record<string, string | number> {
  const given = Object.keys(FIELDS).map((field) => [field, options[field as keyof TaskSettings]] as const);
  return Object.fromEntries(given.filter(([, value]) => value !== undefined)) as Record<
    string,
    string | number
  >;
}

/**
 * Settings as they came with a run, from whoever may write to the database. Throws `invalid-options` also for those that are not
 * known here: one of them may be a bound.
 */
export function readTaskSettings(json: unknown): TaskSettings {
  if (json === undefined) return {};
  if (!isJsonObject(json)) throw invalid('The settings of the run are no object.');
  for (const [field, value] of Object.entries(json)) {
    if (!Object.hasOwn(FIELDS, field)) {
      throw invalid(
        `The run asks for a setting that this worker does not know: ${JSON.stringify(field.slice(0, 80))}.`,
      );
    }
    if (!FIELDS[field as keyof TaskSettings](value)) {
      throw invalid(`The run's setting ${field} has a value that it cannot have.`);
    }
  }
  return json as TaskSettings;
}

function invalid(message: string): PerigeeError {
  return new PerigeeError('invalid-options', message, {
    remedy: 'Use the same version of Perigee for the worker and for perigee run --detach.',
  });
}
