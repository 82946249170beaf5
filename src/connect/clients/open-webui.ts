import { everywhere } from '../places.ts';
import type { ClientSetup } from '../setup.ts';
import { fromContainer, keyReference } from './pieces.ts';

export const OPEN_WEBUI: ClientSetup = {
  id: 'open-webui',
  aliases: ['openwebui'],
  name: 'Open WebUI',
  protocol: 'chat',
  version: 'open-webui/docs@1eea384 (2026-08-20)',
  source: 'its environment variables OPENAI_API_BASE_URLS and OPENAI_API_KEYS',
  key: 'variable',
  files: [
    {
      format: 'block',
      place: everywhere(),
      fragment: ({ chatUrl, key }) =>
        `OPENAI_API_BASE_URLS="${fromContainer(chatUrl)}"\nOPENAI_API_KEYS="${keyReference(key, (name) => `\${${name}}`)}"\n`,
    },
  ],
  steps: ({ model }) => [
    'With Docker Compose: write it into the .env beside compose.yaml (--write --config .env) and pass both variables on under environment.',
    'Or by hand: Admin Panel → Settings → Connections → OpenAI API → +',
    `Choose ${model}; in its advanced parameters set Function Calling to Native.`,
  ],
  limits: [
    'The variables only count at the first start; later what was saved in the admin panel does (ENABLE_PERSISTENT_CONFIG).',
    'Reasoning is shown but not sent back as a field: the gateway puts it back, a host may refuse the conversation.',
    'Several addresses are separated by semicolons: add yours to those that are there.',
  ],
  habits: { stream: true, returnsReasoning: false },
};
