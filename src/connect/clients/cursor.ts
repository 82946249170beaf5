import type { ClientSetup } from '../setup.ts';

export const CURSOR: ClientSetup = {
  id: 'cursor',
  name: 'Cursor',
  protocol: 'chat',
  version: 'an unknown version; guides of May 2026',
  source:
    'guides of gateways only: langwatch.ai/docs/ai-gateway/cli/cursor, tokenbay.com/docs/tools/cursor, docs.getbifrost.ai/cli-agents/cursor',
  key: 'literal',
  files: [],
  steps: ({ chatUrl, model }) => [
    'Cursor Settings → Models → OpenAI API Key: the key',
    `  Override OpenAI Base URL: on, ${publicUrl(chatUrl)}`,
    `  Add a custom model: ${model}; switch the other models off that are not to go there.`,
    '  Verify asks for /v1/models.',
  ],
  limits: [
    "Requests pass Cursor's servers: an address of this machine or network cannot be reached from there. Put the gateway behind a public https address and ask for a key (perigee serve --listen 0.0.0.0, PERIGEE_KEY).",
    'The address counts for all OpenAI models at once. Tab completion and some agent features do not use it.',
    'There are no fields for the context window and the length of answers.',
  ],
  habits: { stream: true },
};

function publicUrl(url: string): string {
  return /^https:/.test(url) ? url : 'https://YOUR-PUBLIC-HOST/v1';
}
