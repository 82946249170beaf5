import { everywhere } from '../places.ts';
import type { ClientSetup } from '../setup.ts';
import { keyReference, label } from './pieces.ts';

export const CONTINUE: ClientSetup = {
  id: 'continue',
  aliases: ['cn'],
  name: 'Continue',
  protocol: 'chat',
  version: '@continuedev/config-yaml 1.42.0, @continuedev/cli 1.5.47',
  source:
    'the schemas of @continuedev/config-yaml 1.42.0; docs/reference.mdx of continuedev/continue@d0a3c0b (2026-06-18)',
  tried:
    '@continuedev/config-yaml 1.42.0 and @continuedev/cli 1.5.47: the library in a test of ours, the command line with a turn',
  key: 'variable',
  files: [
    {
      format: 'yaml',
      place: everywhere('${CONTINUE_GLOBAL_DIR:-~/.continue}/config.yaml'),
      rules: { identify: { models: ['name'] }, keep: ['name', 'version', 'schema'] },
      fragment: (choice) => ({
        name: 'Local Config',
        version: '1.0.0',
        schema: 'v1',
        models: [
          {
            name: label(choice),
            provider: 'openai',
            model: choice.model,
            apiBase: choice.chatUrl,
            apiKey: keyReference(choice.key, (name) => `\${{ secrets.${name} }}`),
            roles: ['chat', 'edit', 'apply'],
            capabilities: choice.images ? ['tool_use', 'image_input'] : ['tool_use'],
            defaultCompletionOptions: { contextLength: choice.contextWindow, maxTokens: choice.maxOutput },
          },
        ],
      }),
    },
  ],
  steps: (choice) => [
    ...(choice.key.kind === 'none'
      ? []
      : [`Give the editor the key: a line ${choice.key.name}=… in ~/.continue/.env.`]),
    `Choose ${label(choice)} in the list of models. The command line: cn --config ~/.continue/config.yaml`,
  ],
  limits: ['An older config.json beside config.yaml is not read any more.'],
  habits: {
    stream: true,
    recorded: 'continue',
    body: { max_tokens: 32_768, stream_options: { include_usage: true } },
    returnsReasoning: false,
  },
};
