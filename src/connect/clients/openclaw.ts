import { everywhere } from '../places.ts';
import type { ClientSetup } from '../setup.ts';
import { keyReference, label } from './pieces.ts';

export const OPENCLAW: ClientSetup = {
  id: 'openclaw',
  aliases: ['clawdbot', 'moltbot'],
  name: 'OpenClaw',
  protocol: 'chat',
  version: 'openclaw 2026.9.6',
  source:
    "the package's docs/gateway/config-tools/custom-providers.md, docs/gateway/local-models.md, docs/providers/moonshot.md",
  tried:
    'openclaw 2026.9.6: openclaw config validate, openclaw models list, and a turn with a key from the variable',
  key: 'variable',
  files: [
    {
      format: 'json5',
      place: everywhere('${OPENCLAW_CONFIG_PATH:-~/.openclaw/openclaw.json}'),
      rules: { identify: { 'models.providers.*.models': ['id'] }, keep: ['models.mode'] },
      fragment: (choice) => ({
        agents: { defaults: { model: { primary: `${choice.id}/${choice.model}` } } },
        models: {
          mode: 'merge',
          providers: {
            [choice.id]: {
              baseUrl: choice.chatUrl,
              apiKey: keyReference(choice.key, (name) => `\${${name}}`),
              api: 'openai-completions',
              models: [
                {
                  id: choice.model,
                  name: label(choice),
                  reasoning: choice.reasoning,
                  input: choice.images ? ['text', 'image'] : ['text'],
                  cost: {
                    input: choice.prices?.input ?? 0,
                    output: choice.prices?.output ?? 0,
                    cacheRead: choice.prices?.cachedInput ?? 0,
                    cacheWrite: 0,
                  },
                  contextWindow: choice.contextWindow,
                  maxTokens: choice.maxOutput,
                },
              ],
            },
          },
        },
      }),
    },
  ],
  steps: ({ id, key }) => [
    ...(key.kind === 'none'
      ? []
      : [
          `Give OpenClaw's own gateway the key: a line ${key.name}=… in ~/.openclaw/.env, or in its service.`,
        ]),
    'openclaw config validate',
    `openclaw models list --provider ${id}`,
  ],
  limits: [
    'OpenClaw sends no prompt cache key and no reasoning switches to addresses it does not know.',
    'Agents that have a model of their own (agents.list) keep it.',
  ],
  habits: {
    stream: true,
    recorded: 'pi',
    body: {
      stream_options: { include_usage: true },
      store: false,
      max_completion_tokens: 32_768,
    },
  },
};
