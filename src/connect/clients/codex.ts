import { everywhere } from '../places.ts';
import type { ClientSetup } from '../setup.ts';

export const CODEX: ClientSetup = {
  id: 'codex',
  name: 'Codex CLI',
  protocol: 'responses',
  version: '@openai/codex 0.169.0',
  source: 'openai/codex docs/config.md; cmd/launch/codex.go of ollama/ollama@fb30760 (2026-08-21)',
  tried: 'Codex 0.169.0: a turn with and without a key',
  key: 'variable',
  files: [
    {
      format: 'toml',
      place: everywhere('${CODEX_HOME:-~/.codex}/config.toml'),
      leftovers: ({ id, key }) => (key.kind === 'none' ? [['model_providers', id, 'env_key']] : []),
      fragment: (choice) => ({
        model: choice.model,
        model_provider: choice.id,
        model_context_window: choice.contextWindow,
        model_providers: {
          [choice.id]: {
            name: choice.title,
            base_url: choice.responsesUrl,
            ...(choice.key.kind === 'none' ? {} : { env_key: choice.key.name }),
            wire_api: 'responses',
            request_max_retries: 2,
            stream_max_retries: 2,
            stream_idle_timeout_ms: 600_000,
          },
        },
      }),
    },
  ],
  steps: () => ['Start codex. It warns that it has no metadata of this model, which does no harm.'],
  limits: [
    'Codex speaks OpenAI Responses only (Chat was taken out in February 2026): few hosts do, Perigee does for all.',
    "Moonshot's own Responses API answers for kimi-k3 only: name that with --model, or put the gateway between.",
    'A profile that is chosen in the file may set another model.',
  ],
  habits: {
    stream: true,
    recorded: 'codex',
    instructions: 'developer',
    body: {
      tool_choice: 'auto',
      parallel_tool_calls: true,
      reasoning: { summary: 'auto' },
      store: false,
      include: ['reasoning.encrypted_content'],
      prompt_cache_key: '00000000-0000-4000-8000-000000000000',
    },
    tool: { strict: false },
    schema: { additionalProperties: false },
  },
};
