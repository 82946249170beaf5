import { expect, test } from 'vitest';
import { conform } from '../../src/conform/index.ts';
import { hostProfile } from '../../src/profiles/index.ts';
import {
  encodeChatRequest,
  encodeCompletionRequest,
  encodeMessagesRequest,
} from '../../src/protocols/index.ts';

const request = {
  messages: [{ role: 'user', content: 'hi' }],
  tools: [
    { name: '$web_search', description: 'd', parameters: { type: 'object' }, builtin: true },
    { name: 'other.tool', parameters: { type: 'object' } },
  ],
} as const;

test('a tool that the host runs is declared by its name, in the form of Moonshot', () => {
  expect(encodeChatRequest(request)['tools']).toEqual([
    { type: 'builtin_function', function: { name: '$web_search' } },
    { type: 'function', function: { name: 'other.tool', parameters: { type: 'object' } } },
  ]);
});

test.each([
  ['Anthropic', () => encodeMessagesRequest(request)],
  ['a bare engine', () => encodeCompletionRequest(request, 'prompt')],
])('%s cannot be asked for it', (_, encode) => {
  expect(encode).toThrow(
    expect.objectContaining({
      code: 'invalid-request',
      message: expect.stringContaining('$web_search') as string,
    }) as Error,
  );
});

test('it keeps its name where names are made fit for the host', () => {
  const target = { protocol: 'openai-chat', host: hostProfile('moonshot')!, modelId: 'kimi-k2.6' } as const;
  const { tools } = conform(request, target, () => {}).request;
  expect(tools!.map(({ name, builtin }) => [name, builtin])).toEqual([
    ['$web_search', true],
    ['other_tool', undefined],
  ]);
});
