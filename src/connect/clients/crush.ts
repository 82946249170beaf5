import { everywhere } from '../places.ts';
import type { ClientSetup, SetupChoice } from '../setup.ts';
import { keyReference, label, quoted } from './pieces.ts';

export const CRUSH: ClientSetup = {
  id: 'crush',
  name: 'Crush',
  protocol: 'chat',
  version: 'charmbracelet/crush@37f36e9 (2026-08-21)',
  source: 'docs/config/README.md',
  key: 'variable',
  files: [
    {
      format: 'block',
      place: everywhere('${XDG_CONFIG_HOME:-~/.config}/crush/crushrc'),
      fragment: (choice) => commands(choice),
    },
  ],
  steps: () => ['crush models shows it; start crush.'],
  limits: [
    'crushrc is a script that Crush runs at its start. A crush.json beside it is read too but counts less.',
    'A crushrc of the project counts more.',
  ],
  habits: {
    stream: true,
    body: { stream_options: { include_usage: true }, max_tokens: 32_768, tool_choice: 'auto' },
  },
};

function commands(choice: SetupChoice): string {
  const { id, title, chatUrl, model, contextWindow, maxOutput, reasoning, images, prices, key } = choice;
  const name = `${id}/${model}`;
  const cost = prices
    ? ` --price-input ${prices.input} --price-output ${prices.output} --price-cache-hit ${prices.cachedInput}`
    : '';
  const secret = keyReference(key, (variable) => `$${variable}`);
  return [
    `provider add ${id} --name ${quoted(title)} --type openai-compat --base-url ${quoted(chatUrl)} --api-key "${secret}"`,
    `model add ${quoted(name)} --name ${quoted(label(choice))} --context-window ${contextWindow} --default-max-tokens ${maxOutput} --can-reason ${reasoning} --supports-images ${images}${cost}`,
    `model large ${quoted(name)}`,
    `model small ${quoted(name)}`,
    '',
  ].join('\n');
}
