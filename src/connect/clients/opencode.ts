import { everywhere } from '../places.ts';
import type { ClientSetup } from '../setup.ts';
import { OPEN_CODE_HABITS, openCodeSettings } from './open-code-family.ts';
import { shellWord } from './pieces.ts';

export const OPENCODE: ClientSetup = {
  id: 'opencode',
  name: 'opencode',
  protocol: 'chat',
  version: 'opencode-ai 1.18.33',
  source: 'packages/web/src/content/docs/providers.mdx of opencode@016ea28',
  tried: 'opencode 1.18.33: a turn with and without a key',
  key: 'variable',
  files: [
    {
      format: 'jsonc',
      place: everywhere(
        '${XDG_CONFIG_HOME:-~/.config}/opencode/opencode.json',
        '${XDG_CONFIG_HOME:-~/.config}/opencode/opencode.jsonc',
      ),
      rules: { keep: ['$schema'] },
      fragment: (choice) => openCodeSettings(choice, 'https://opencode.ai/config.json'),
    },
  ],
  steps: ({ id, model }) => [`opencode run -m ${shellWord(`${id}/${model}`)} "Hello"`],
  limits: ['An opencode.json of the project counts more than this file.'],
  habits: OPEN_CODE_HABITS,
};
