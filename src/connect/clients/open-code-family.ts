import type { JsonTable } from '../merge/value.ts';
import type { ClientSetup, SetupChoice } from '../setup.ts';
import { keyReference, label, when } from './pieces.ts';

/** The settings of opencode and of what was made from it, with what one of them wants besides in a provider's options. */
export function openCodeSettings(choice: SetupChoice, schema: string, options: JsonTable = {}): JsonTable {
  return {
    $schema: schema,
    model: `${choice.id}/${choice.model}`,
    provider: {
      [choice.id]: {
        npm: '@ai-sdk/openai-compatible',
        name: choice.title,
        options: {
          apiKey: keyReference(choice.key, (name) => `{env:${name}}`),
          baseURL: choice.chatUrl,
          ...options,
        },
        models: { [choice.model]: model(choice) },
      },
    },
  };
}

function model(choice: SetupChoice): JsonTable {
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

/** How they ask. */
export const OPEN_CODE_HABITS: ClientSetup['habits'] = {
  stream: true,
  recorded: 'opencode',
  body: { max_tokens: 32_000, tool_choice: 'auto', stream_options: { include_usage: true } },
  schema: { $schema: 'https://json-schema.org/draft/2020-12/schema', additionalProperties: false },
};
