import type { ClientSetup, SetupChoice } from '../setup.ts';
import { label } from './pieces.ts';

export const ZED: ClientSetup = {
  id: 'zed',
  name: 'Zed',
  protocol: 'chat',
  version: 'zed-industries/zed@000442d',
  source: 'docs/src/ai/llm-providers.md, "OpenAI API Compatible"',
  key: 'variable',
  keyVariable: (choice) => keyVariable(choice),
  files: [
    {
      format: 'jsonc',
      place: {
        linux: ['${XDG_CONFIG_HOME:-~/.config}/zed/settings.json'],
        darwin: ['~/.config/zed/settings.json'],
        win32: ['${APPDATA:-~/AppData/Roaming}/Zed/settings.json'],
      },
      rules: { identify: { 'language_models.openai_compatible.*.available_models': ['name'] } },
      fragment: (choice) => ({
        language_models: {
          openai_compatible: {
            [choice.title]: {
              api_url: choice.chatUrl,
              available_models: [
                {
                  name: choice.model,
                  display_name: label(choice),
                  max_tokens: choice.contextWindow,
                  max_output_tokens: choice.maxOutput,
                  max_completion_tokens: choice.maxOutput,
                  capabilities: {
                    tools: true,
                    images: choice.images,
                    parallel_tool_calls: true,
                    prompt_cache_key: true,
                    chat_completions: true,
                    interleaved_reasoning: choice.reasoning,
                  },
                },
              ],
            },
          },
        },
      }),
    },
  ],
  steps: (choice) => [
    ...(choice.key.kind === 'none'
      ? [
          `Zed lists a provider only when it has a key: set ${keyVariable(choice)} to any word, or enter one in the agent's settings.`,
        ]
      : [
          "Instead of the variable the key can be entered in the agent's settings, which keep it in the key chain.",
        ]),
    `Choose ${label(choice)} in the agent panel.`,
  ],
  limits: ['Zed reads the variable when it starts; from a desktop menu it may not see that of a shell.'],
  habits: {
    stream: true,
    body: { tool_choice: 'auto', stream_options: { include_usage: true }, max_completion_tokens: 32_768 },
  },
};

/** The name of the provider in capitals, with what Zed appends. */
function keyVariable({ title }: SetupChoice): string {
  return `${title.toUpperCase().replace(/[^A-Z0-9]+/g, '_')}_API_KEY`;
}
