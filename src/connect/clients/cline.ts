import { everywhere } from '../places.ts';
import type { ClientSetup } from '../setup.ts';
import { keyLiteral } from './pieces.ts';

const PROVIDER = 'openai-compatible';

export const CLINE: ClientSetup = {
  id: 'cline',
  name: 'Cline',
  protocol: 'chat',
  version: 'cline 3.0.65 (CLI); the extension as documented on 2026-08-22',
  source:
    'cline/cline@21cb8d2 (2026-08-22): sdk/packages/core/src/types/provider-settings.ts, services/llms/provider-settings.ts, docs/provider-config/openai-compatible.mdx',
  tried:
    'cline 3.0.65: a turn with the key in the file; without it Cline sends none, whatever OPENAI_API_KEY says',
  key: 'literal',
  files: [
    {
      format: 'json',
      place: everywhere(
        '${CLINE_PROVIDER_SETTINGS_PATH:-${CLINE_DATA_DIR:-~/.cline/data}/settings/providers.json}',
      ),
      rules: { keep: ['version', 'modes', 'providers.*.updatedAt', 'providers.*.tokenSource'] },
      fragment: (choice) => ({
        version: 1,
        modes: {},
        lastUsedProvider: PROVIDER,
        providers: {
          [PROVIDER]: {
            settings: {
              provider: PROVIDER,
              apiKey: keyLiteral(choice.key),
              model: choice.model,
              baseUrl: choice.chatUrl,
              maxTokens: choice.maxOutput,
              contextWindow: choice.contextWindow,
              capabilities: [
                'streaming',
                'tools',
                ...(choice.reasoning ? ['reasoning'] : []),
                ...(choice.images ? ['vision'] : []),
              ],
            },
            updatedAt: '2026-01-01T00:00:00.000Z',
            tokenSource: 'manual',
          },
        },
      }),
    },
  ],
  steps: ({ chatUrl, model, contextWindow, maxOutput, images }) => [
    'The command line tool and newer extensions read this file when they start.',
    'In the extension by hand: gear icon → API Provider: OpenAI Compatible',
    `  Base URL: ${chatUrl}`,
    '  API Key: the key',
    `  Model ID: ${model}`,
    `  Model Configuration: Context Window ${contextWindow}, Max Output Tokens ${maxOutput}, Supports Images ${images ? 'on' : 'off'}`,
  ],
  limits: ['The key stands in the file itself; Cline keeps the file readable by you alone.'],
  habits: {
    stream: true,
    recorded: 'cline',
    body: { tool_choice: 'auto', stream_options: { include_usage: true } },
  },
};
