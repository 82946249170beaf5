import { everywhere } from '../places.ts';
import type { ClientSetup } from '../setup.ts';
import { OPEN_CODE_HABITS, openCodeSettings } from './open-code-family.ts';

export const KILO_CODE: ClientSetup = {
  id: 'kilo-code',
  aliases: ['kilo', 'kilocode'],
  name: 'Kilo Code',
  protocol: 'chat',
  version: 'Kilo-Org/kilocode@3293946, @kilocode/cli 7.8.1',
  source: 'packages/kilo-docs/pages/code-with-ai/agents/custom-models.md',
  tried: 'Kilo CLI 7.7.9: a turn with a key',
  key: 'variable',
  files: [
    {
      format: 'jsonc',
      place: everywhere(
        '${XDG_CONFIG_HOME:-~/.config}/kilo/kilo.jsonc',
        '${XDG_CONFIG_HOME:-~/.config}/kilo/kilo.json',
      ),
      rules: { keep: ['$schema'] },
      fragment: (choice) => openCodeSettings(choice, 'https://app.kilo.ai/config.json', { timeout: 600_000 }),
    },
  ],
  steps: (choice) => [`Choose ${choice.modelTitle} in the model picker, or start kilo.`],
  limits: [
    'References to variables are only followed in this file of yours, not in one of a project.',
    'Answers end at 32,000 tokens unless KILO_EXPERIMENTAL_OUTPUT_TOKEN_MAX says otherwise.',
  ],
  habits: OPEN_CODE_HABITS,
};
