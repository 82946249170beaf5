import { everywhere } from '../places.ts';
import type { ClientSetup } from '../setup.ts';
import { fromContainer, keyReference } from './pieces.ts';

export const LIBRECHAT: ClientSetup = {
  id: 'librechat',
  name: 'LibreChat',
  protocol: 'chat',
  version: 'librechat-data-provider 0.8.524, configuration 1.3.17',
  source:
    'librechat.example.yaml of danny-avila/LibreChat@00450b5; librechat.ai docs ai_endpoints/moonshot (4529bf5, 2026-08-21)',
  tried: 'librechat-data-provider 0.8.524: its schema, strict, takes the file',
  key: 'variable',
  files: [
    {
      format: 'yaml',
      place: everywhere('librechat.yaml'),
      rules: { identify: { 'endpoints.custom': ['name'] }, keep: ['version'] },
      fragment: (choice) => ({
        version: '1.3.17',
        endpoints: {
          custom: [
            {
              name: 'Moonshot',
              apiKey: keyReference(choice.key, (name) => `\${${name}}`),
              baseURL: fromContainer(choice.chatUrl),
              models: { default: [choice.model], fetch: true },
              titleConvo: true,
              titleModel: 'current_model',
              modelDisplayLabel: choice.title,
              dropParams: ['temperature', 'top_p', 'frequency_penalty', 'presence_penalty'],
            },
          ],
        },
      }),
    },
  ],
  steps: ({ key }) => [
    ...(key.kind === 'none' ? [] : [`Put ${key.name}=… into LibreChat's .env.`]),
    'Mount the file (./librechat.yaml:/app/librechat.yaml in docker-compose.override.yml) and restart LibreChat.',
  ],
  limits: [
    'The endpoint must be called Moonshot: only under that name LibreChat sends the reasoning back.',
    'The file is that of the folder you are in; --config names another.',
    'A container reaches this machine as host.docker.internal.',
  ],
  habits: { stream: true, body: { stream_options: { include_usage: true } } },
};
