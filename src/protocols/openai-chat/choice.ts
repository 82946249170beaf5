import { isJsonObject } from '../../core/index.ts';

/** The parts of a chunk or response that belong to the first choice; only that one is ever asked for. */
export function firstChoices(chunk: Record<string, unknown>): readonly Record<string, unknown>[] {
  const choices = chunk['choices'];
  if (!Array.isArray(choices)) return [];
  if (choices.length === 1 && isFirst(choices[0], 0)) return choices;
  return choices.filter(isFirst);
}

function isFirst(choice: unknown, position: number): choice is Record<string, unknown> {
  if (!isJsonObject(choice)) return false;
  const index = choice['index'];
  return (typeof index === 'number' ? index : position) === 0;
}

/** A string that says something. */
export function nonEmpty(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
