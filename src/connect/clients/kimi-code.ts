import { everywhere } from '../places.ts';
import type { ClientSetup } from '../setup.ts';
import { label, NO_SECRET } from './pieces.ts';

export const KIMI_CODE: ClientSetup = {
  id: 'kimi-code',
  aliases: ['kimi', 'kimi-cli'],
  name: 'Kimi Code CLI',
  protocol: 'chat',
  version: '@moonshot-ai/kimi-code 2.1.0',
  source: "the package's own schema of config.toml (api_key_env, max_output_size)",
  tried: 'Kimi Code 2.1.0: a turn with and without a key',
  key: 'variable',
  files: [
    {
      format: 'toml',
      place: everywhere('${KIMI_CODE_HOME:-~/.kimi-code}/config.toml'),
      leftovers: ({ id, key }) => [['providers', id, key.kind === 'none' ? 'api_key_env' : 'api_key']],
      fragment: (choice) => ({
        default_model: choice.model,
        providers: {
          [choice.id]: {
            type: 'openai',
            base_url: choice.chatUrl,
            ...(choice.key.kind === 'none' ? { api_key: NO_SECRET } : { api_key_env: choice.key.name }),
          },
        },
        models: {
          [choice.model]: {
            provider: choice.id,
            model: choice.model,
            display_name: label(choice),
            max_context_size: choice.contextWindow,
            max_output_size: choice.maxOutput,
            capabilities: [
              ...(choice.reasoning ? ['thinking'] : []),
              'tool_use',
              ...(choice.images ? ['image_in'] : []),
            ],
          },
        },
        ...(choice.reasoning ? { thinking: { enabled: true, keep: 'all' } } : {}),
      }),
    },
  ],
  steps: () => ['Start kimi; /model shows the models of the file.'],
  limits: ['A provider may have api_key or api_key_env, not both: take out the one that is not ours.'],
  habits: {
    stream: true,
    recorded: 'kimi-code',
    body: {
      stream_options: { include_usage: true },
      prompt_cache_key: 'session_00000000-0000-4000-8000-000000000000',
      max_tokens: 32_768,
    },
    schema: { $schema: 'http://json-schema.org/draft-07/schema#', additionalProperties: false },
  },
};
