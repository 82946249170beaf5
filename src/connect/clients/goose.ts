import type { ClientSetup } from '../setup.ts';

export const GOOSE: ClientSetup = {
  id: 'goose',
  name: 'Goose',
  protocol: 'chat',
  version: 'an unknown version; custom providers as of mid 2026',
  source:
    'examples of others for custom_providers; block/goose@047bb95 documentation/docs/getting-started/providers.md has no file format',
  key: 'variable',
  files: [
    {
      format: 'yaml',
      place: {
        linux: ['${XDG_CONFIG_HOME:-~/.config}/goose/config.yaml'],
        darwin: ['~/.config/goose/config.yaml'],
        win32: ['${APPDATA:-~/AppData/Roaming}/Block/goose/config/config.yaml'],
      },
      fragment: (choice) => ({ GOOSE_PROVIDER: choice.id, GOOSE_MODEL: choice.model }),
    },
    {
      format: 'json',
      place: 'custom_providers/perigee.json',
      rules: { identify: { models: ['name'] } },
      fragment: (choice) => ({
        name: choice.id,
        engine: 'openai',
        display_name: choice.title,
        ...(choice.key.kind === 'none' ? {} : { api_key_env: choice.key.name }),
        base_url: `${choice.chatUrl}/chat/completions`,
        models: [{ name: choice.model, context_limit: choice.contextWindow }],
        supports_streaming: true,
        requires_auth: choice.key.kind !== 'none',
      }),
    },
  ],
  environment: ({ maxOutput }) => ({ GOOSE_MAX_TOKENS: String(maxOutput) }),
  steps: () => ['goose session, or goose configure to see it among the providers'],
  limits: [
    'The shape of custom providers was read in examples of others, not in a documentation of a version.',
    'GOOSE_PROVIDER and GOOSE_MODEL of the shell count more than the file.',
  ],
  habits: { stream: true, body: { stream_options: { include_usage: true }, max_tokens: 32_768 } },
};
