import type { ClientSetup } from '../setup.ts';

export const COPILOT: ClientSetup = {
  id: 'copilot',
  aliases: ['copilot-cli'],
  name: 'GitHub Copilot CLI',
  protocol: 'chat',
  version: '@github/copilot 1.0.102',
  source: 'copilot help providers (1.0.102)',
  tried:
    'Copilot CLI 1.0.102: a turn with and without a key, and sessions of several turns over Chat, Responses and Messages',
  key: 'variable',
  keyVariable: () => 'COPILOT_PROVIDER_API_KEY',
  files: [],
  environment: ({ chatUrl, model, contextWindow, maxOutput }) => ({
    COPILOT_PROVIDER_BASE_URL: chatUrl,
    COPILOT_MODEL: model,
    COPILOT_PROVIDER_MAX_PROMPT_TOKENS: String(
      Math.max(contextWindow - maxOutput, Math.floor(contextWindow / 2)),
    ),
    COPILOT_PROVIDER_MAX_OUTPUT_TOKENS: String(maxOutput),
  }),
  steps: () => [
    'Start copilot where these variables are set. An account with GitHub is not asked for then.',
    'With COPILOT_PROVIDER_WIRE_API=responses it speaks Responses; with COPILOT_PROVIDER_TYPE=anthropic, and an address without /v1, Messages.',
  ],
  limits: [
    'Its settings file has no place for this: the variables count for the shell in which they are set.',
    'With COPILOT_PROVIDER_TRANSPORT=websockets it is told that there are none, and goes on without.',
  ],
  habits: {
    stream: true,
    recorded: 'copilot',
    body: {
      temperature: 0,
      top_p: 0.95,
      frequency_penalty: 0,
      presence_penalty: 0,
      stream_options: { include_usage: true },
    },
  },
};
