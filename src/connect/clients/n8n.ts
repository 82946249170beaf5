import type { ClientSetup } from '../setup.ts';

export const N8N: ClientSetup = {
  id: 'n8n',
  name: 'n8n',
  protocol: 'responses',
  version: 'OpenAI Chat Model node 1.3 (@n8n/n8n-nodes-langchain 2.41.1)',
  source: 'LmChatOpenAi.node.js of that package; docs.n8n.io credentials/openai',
  key: 'literal',
  files: [],
  steps: ({ chatUrl, model, key }) => [
    'Credentials → Add credential → OpenAI',
    `  API Key: ${key.kind === 'none' ? 'any word, since none is asked for' : 'the key'}`,
    `  Base URL: ${chatUrl}   (n8n in Docker reaches this machine as http://host.docker.internal:PORT/v1)`,
    'In the workflow: AI Agent → Chat Model → OpenAI Chat Model with this credential',
    `  Model: by ID, ${model}`,
    '  Use Responses API: on works with Perigee; straight at a host switch it off unless the host has that API.',
    '  Options: Maximum Number of Tokens 32768, Timeout 600000; leave Sampling Temperature out.',
  ],
  limits: [
    'The Message-a-model node of the OpenAI app is another one and ignores this address in older versions.',
    'The built-in tools of the Responses API (web search, files) are not there.',
  ],
  habits: {
    stream: false,
    recorded: 'langchain-responses',
    body: { text: {}, max_output_tokens: 32_768 },
    tool: { strict: false },
    schema: { $schema: 'https://json-schema.org/draft/2020-12/schema', additionalProperties: false },
    returnsReasoning: false,
  },
  otherwise: {
    protocol: 'chat',
    habits: {
      stream: false,
      recorded: 'langchain-chat',
      schema: { $schema: 'https://json-schema.org/draft/2020-12/schema', additionalProperties: false },
      returnsReasoning: false,
    },
  },
};
