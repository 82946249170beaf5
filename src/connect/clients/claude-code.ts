import { everywhere } from '../places.ts';
import type { ClientSetup } from '../setup.ts';
import { NO_SECRET, when } from './pieces.ts';

export const CLAUDE_CODE: ClientSetup = {
  id: 'claude-code',
  aliases: ['claude'],
  name: 'Claude Code',
  protocol: 'messages',
  version: '@anthropic-ai/claude-code 2.1.332',
  source: 'platform.kimi.ai docs guide/claude-code-kimi (2026-08-13)',
  tried: 'Claude Code 2.1.197 and 2.1.332: a turn with and without a key',
  key: 'variable',
  keyVariable: () => 'ANTHROPIC_AUTH_TOKEN',
  files: [
    {
      format: 'json',
      place: everywhere('${CLAUDE_CONFIG_DIR:-~/.claude}/settings.json'),
      leftovers: ({ key }) => [
        ['env', 'ANTHROPIC_API_KEY'],
        ...(key.kind === 'none' ? [] : [['env', 'ANTHROPIC_AUTH_TOKEN']]),
      ],
      fragment: (choice) => ({
        env: {
          ANTHROPIC_BASE_URL: choice.messagesUrl,
          ...when(choice.key.kind === 'none', { ANTHROPIC_AUTH_TOKEN: NO_SECRET }),
          ANTHROPIC_MODEL: choice.model,
          ANTHROPIC_DEFAULT_OPUS_MODEL: choice.model,
          ANTHROPIC_DEFAULT_SONNET_MODEL: choice.model,
          ANTHROPIC_DEFAULT_HAIKU_MODEL: choice.model,
          ANTHROPIC_DEFAULT_FABLE_MODEL: choice.model,
          CLAUDE_CODE_SUBAGENT_MODEL: choice.model,
          CLAUDE_CODE_AUTO_COMPACT_WINDOW: String(choice.contextWindow),
          CLAUDE_CODE_ATTRIBUTION_HEADER: '0',
          ENABLE_TOOL_SEARCH: 'false',
        },
      }),
    },
  ],
  steps: () => ['Unset ANTHROPIC_API_KEY, which would be asked about; then start claude.'],
  limits: [
    'What stands under env in settings.json counts more than the shell.',
    "Web search runs on Anthropic's servers and is not there; prices shown are Anthropic's.",
  ],
  habits: {
    stream: true,
    recorded: 'claude-code',
    query: '?beta=true',
    headers: {
      'anthropic-beta': 'interleaved-thinking-2025-05-14,context-management-2025-06-27',
      'x-app': 'cli',
    },
    instructions: 'blocks',
    body: {
      max_tokens: 32_000,
      thinking: { type: 'adaptive' },
      context_management: { edits: [{ type: 'clear_thinking_20251015', keep: 'all' }] },
      output_config: { effort: 'high' },
      metadata: { user_id: '{"device_id":"DEVICE","account_uuid":"","session_id":"SESSION"}' },
    },
    schema: { $schema: 'https://json-schema.org/draft/2020-12/schema', additionalProperties: false },
  },
};
