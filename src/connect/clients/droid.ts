import { everywhere } from '../places.ts';
import type { ClientSetup } from '../setup.ts';
import { keyReference, label } from './pieces.ts';

export const DROID: ClientSetup = {
  id: 'droid',
  aliases: ['factory'],
  name: 'Droid',
  protocol: 'chat',
  version: 'droid 0.215.0',
  source: 'docs.factory.ai/model-independence/byok',
  key: 'variable',
  files: [
    {
      format: 'json',
      place: everywhere('~/.factory/settings.json'),
      rules: { identify: { customModels: ['model', 'baseUrl'] } },
      fragment: (choice) => ({
        customModels: [
          {
            model: choice.model,
            displayName: label(choice),
            baseUrl: choice.chatUrl,
            apiKey: keyReference(choice.key, (name) => `\${${name}}`),
            provider: 'generic-chat-completion-api',
            maxOutputTokens: choice.maxOutput,
            noImageSupport: !choice.images,
          },
        ],
      }),
    },
  ],
  steps: (choice) => [`Start droid and choose ${label(choice)} with /model.`],
  limits: ['Models of your own are in the command line tool only. An account with Factory is still needed.'],
  habits: {
    stream: true,
    body: { stream_options: { include_usage: true }, max_tokens: 32_768, tool_choice: 'auto' },
  },
};
