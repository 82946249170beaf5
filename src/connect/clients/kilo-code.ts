import { everywhere } from '../places.ts';
import type { ClientSetup } from '../setup.ts';
import { openCodeModel } from './open-code-model.ts';
import { keyReference } from './pieces.ts';

export const KILO_CODE: ClientSetup = {
  id: 'kilo-code',
  aliases: ['kilo', 'kilocode'],
  name: 'Kilo Code',
  protocol: 'chat',
  version: 'Kilo-Org/kilocode@3293946, @kilocode/cli 7.8.1',
  source: 'packages/kilo-docs/pages/code-with-ai/agents/custom-models.md',
  tried: 'Kilo CLI 7.7.9: a turn with a key',
  key: 'variable',
  files: [
    {
      format: 'jsonc',
      place: everywhere(
        '${XDG_CONFIG_HOME:-~/.config}/kilo/kilo.jsonc',
        '${XDG_CONFIG_HOME:-~/.config}/kilo/kilo.json',
      ),
      rules: { keep: ['$schema'] },
      fragment: (choice) => ({
        $schema: 'https://app.kilo.ai/config.json',
        model: `${choice.id}/${choice.model}`,
        provider: {
          [choice.id]: {
            npm: '@ai-sdk/openai-compatible',
            name: choice.title,
            options: {
              apiKey: keyReference(choice.key, (name) => `{env:${name}}`),
              baseURL: choice.chatUrl,
              timeout: 600_000,
            },
            models: { [choice.model]: openCodeModel(choice) },
          },
        },
      }),
    },
  ],
  steps: (choice) => [`Choose ${choice.modelTitle} in the model picker, or start kilo.`],
  limits: [
    'References to variables are only followed in this file of yours, not in one of a project.',
    'Answers end at 32,000 tokens unless KILO_EXPERIMENTAL_OUTPUT_TOKEN_MAX says otherwise.',
  ],
  habits: {
    stream: true,
    recorded: 'opencode',
    body: { max_tokens: 32_000, tool_choice: 'auto', stream_options: { include_usage: true } },
    schema: { $schema: 'https://json-schema.org/draft/2020-12/schema', additionalProperties: false },
  },
};
