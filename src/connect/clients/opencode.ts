import { everywhere } from '../places.ts';
import type { ClientSetup } from '../setup.ts';
import { openCodeModel } from './open-code-model.ts';
import { keyReference, shellWord } from './pieces.ts';

export const OPENCODE: ClientSetup = {
  id: 'opencode',
  name: 'opencode',
  protocol: 'chat',
  version: 'opencode-ai 1.18.33',
  source: 'packages/web/src/content/docs/providers.mdx of opencode@016ea28',
  tried: 'opencode 1.18.33: a turn with and without a key',
  key: 'variable',
  files: [
    {
      format: 'jsonc',
      place: everywhere(
        '${XDG_CONFIG_HOME:-~/.config}/opencode/opencode.json',
        '${XDG_CONFIG_HOME:-~/.config}/opencode/opencode.jsonc',
      ),
      rules: { keep: ['$schema'] },
      fragment: (choice) => ({
        $schema: 'https://opencode.ai/config.json',
        model: `${choice.id}/${choice.model}`,
        provider: {
          [choice.id]: {
            npm: '@ai-sdk/openai-compatible',
            name: choice.title,
            options: {
              baseURL: choice.chatUrl,
              apiKey: keyReference(choice.key, (name) => `{env:${name}}`),
            },
            models: { [choice.model]: openCodeModel(choice) },
          },
        },
      }),
    },
  ],
  steps: ({ id, model }) => [`opencode run -m ${shellWord(`${id}/${model}`)} "Hello"`],
  limits: ['An opencode.json of the project counts more than this file.'],
  habits: {
    stream: true,
    recorded: 'opencode',
    body: { max_tokens: 32_000, tool_choice: 'auto', stream_options: { include_usage: true } },
    schema: { $schema: 'https://json-schema.org/draft/2020-12/schema', additionalProperties: false },
  },
};
