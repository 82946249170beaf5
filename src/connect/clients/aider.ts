import { everywhere } from '../places.ts';
import type { ClientSetup } from '../setup.ts';
import { NO_SECRET, perToken, when } from './pieces.ts';

export const AIDER: ClientSetup = {
  id: 'aider',
  name: 'Aider',
  protocol: 'chat',
  version: 'Aider-AI/aider@5dc9490 (2026-05-22)',
  source: 'its website docs: llms/openai-compat.md, config/aider_conf.md, config/adv-model-settings.md',
  key: 'variable',
  keyVariable: () => 'OPENAI_API_KEY',
  files: [
    {
      format: 'yaml',
      place: everywhere('~/.aider.conf.yml'),
      leftovers: ({ key }) => (key.kind === 'none' ? [] : [['openai-api-key']]),
      fragment: (choice) => ({
        model: `openai/${choice.model}`,
        'openai-api-base': choice.chatUrl,
        ...when(choice.key.kind === 'none', { 'openai-api-key': NO_SECRET }),
      }),
    },
    {
      format: 'yaml',
      place: '.aider.model.settings.yml',
      rules: { identify: { '': ['name'] } },
      fragment: (choice) => [{ name: `openai/${choice.model}`, use_temperature: false }],
    },
    {
      format: 'json',
      place: '.aider.model.metadata.json',
      fragment: (choice) => ({
        [`openai/${choice.model}`]: {
          max_tokens: choice.maxOutput,
          max_input_tokens: choice.contextWindow,
          max_output_tokens: choice.maxOutput,
          input_cost_per_token: perToken(choice.prices?.input ?? 0),
          output_cost_per_token: perToken(choice.prices?.output ?? 0),
          litellm_provider: 'openai',
          mode: 'chat',
        },
      }),
    },
  ],
  steps: () => ['Start aider in your project.'],
  limits: [
    'Aider calls no tools: edits are written in the text of answers, so a broken call cannot hurt it.',
    'Files of the same names in the project, and OPENAI_API_BASE, count more than those in the home folder.',
  ],
  habits: { stream: true, withoutTools: true, body: { stream_options: { include_usage: true } } },
};
