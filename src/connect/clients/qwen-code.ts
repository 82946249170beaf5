import { everywhere } from '../places.ts';
import type { ClientSetup } from '../setup.ts';
import { label, NO_SECRET } from './pieces.ts';

const NO_KEY_VARIABLE = 'PERIGEE_KEY';

export const QWEN_CODE: ClientSetup = {
  id: 'qwen-code',
  aliases: ['qwen'],
  name: 'Qwen Code',
  protocol: 'chat',
  version: 'QwenLM/qwen-code@01fe82f; @qwen-code/qwen-code 0.24.4',
  source: 'docs/users/configuration/model-providers.md',
  tried: 'Qwen Code 0.15.10 and 0.24.4: a turn with and without a key',
  key: 'variable',
  files: [
    {
      format: 'json',
      place: everywhere('~/.qwen/settings.json'),
      rules: { identify: { 'modelProviders.openai': ['id', 'baseUrl'] } },
      fragment: (choice) => ({
        ...(choice.key.kind === 'none' ? { env: { [NO_KEY_VARIABLE]: NO_SECRET } } : {}),
        modelProviders: {
          openai: [
            {
              id: choice.model,
              name: label(choice),
              envKey: choice.key.kind === 'none' ? NO_KEY_VARIABLE : choice.key.name,
              baseUrl: choice.chatUrl,
              generationConfig: {
                timeout: 600_000,
                maxRetries: 1,
                contextWindowSize: choice.contextWindow,
                ...(choice.images ? { modalities: { image: true } } : {}),
                samplingParams: { max_tokens: choice.maxOutput },
              },
            },
          ],
        },
        security: { auth: { selectedType: 'openai' } },
        model: { name: choice.model },
      }),
    },
  ],
  steps: () => ['Start qwen; /model shows the models of the file.'],
  limits: [
    'A model of the same id that stands in the file before ours, with another address, is chosen first.',
  ],
  habits: {
    stream: true,
    recorded: 'qwen-code',
    body: { max_tokens: 8000, stream_options: { include_usage: true } },
  },
};
