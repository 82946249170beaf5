import type { ClientSetup } from '../setup.ts';

export const ROO_CODE: ClientSetup = {
  id: 'roo-code',
  aliases: ['roo', 'roocode'],
  name: 'Roo Code',
  protocol: 'chat',
  version: 'RooCodeInc/Roo-Code@cb83656 (2026-04-14), @roo-code/types 1.115.0',
  source: 'its settings as documented for OpenAI Compatible; the provider settings of @roo-code/types',
  key: 'literal',
  files: [],
  steps: ({ chatUrl, model, contextWindow, maxOutput, images }) => [
    'Gear icon → Providers → API Provider: OpenAI Compatible',
    `  Base URL: ${chatUrl}`,
    '  API Key: the key',
    `  Model: ${model}`,
    `  Max Output Tokens: ${maxOutput}; Context Window Size: ${contextWindow}; Image Support: ${images ? 'on' : 'off'}`,
    '  Use custom temperature: off',
  ],
  limits: [
    'Settings lie in the storage of VS Code, the key in its key chain: there is no file to write.',
    'With the provider Moonshot instead the address must be api.moonshot.ai or api.moonshot.cn.',
  ],
  habits: {
    stream: true,
    body: { tool_choice: 'auto', parallel_tool_calls: true, stream_options: { include_usage: true } },
    tool: {},
    schema: { additionalProperties: false },
  },
};
