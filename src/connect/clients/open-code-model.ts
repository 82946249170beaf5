import type { JsonTable } from '../merge/value.ts';
import type { SetupChoice } from '../setup.ts';
import { label, when } from './pieces.ts';

/** A model as opencode and what was made from it describe it. */
export function openCodeModel(choice: SetupChoice): JsonTable {
  const { prices } = choice;
  return {
    name: label(choice),
    tool_call: true,
    reasoning: choice.reasoning,
    temperature: false,
    attachment: choice.images,
    ...when(choice.images, { modalities: { input: ['text', 'image'], output: ['text'] } }),
    limit: { context: choice.contextWindow, output: choice.maxOutput },
    ...(prices
      ? { cost: { input: prices.input, output: prices.output, cache_read: prices.cachedInput } }
      : {}),
  };
}
