import { describe, expect, test } from 'vitest';
import type { UpstreamConfig } from '../../src/cli/config/config.ts';
import { answerStream, chunk, serve, sse } from '../upstream/server.ts';
import { servedBy, upstreamAt } from './served-by.ts';

const CALL = { id: 'call_1', type: 'function', function: { name: 'f', arguments: '{}' } };
const TURN = [
  { role: 'assistant', tool_calls: [CALL] },
  { role: 'tool', tool_call_id: 'call_1', content: 'x' },
];

/** A client that does not want the model to think asks an engine that always answers the same. */
async function asked(answer: string, upstream: Partial<UpstreamConfig>) {
  const { baseUrl, seen } = await serve((response) =>
    answerStream(response, sse(chunk({ content: answer }), chunk({}, 'stop'), '[DONE]')),
  );
  const { fetch } = await servedBy([upstreamAt(baseUrl, upstream)]);
  const response = await fetch('http://gateway/v1/chat/completions', {
    method: 'POST',
    body: JSON.stringify({
      model: 'kimi',
      thinking: { type: 'disabled' },
      max_tokens: 500,
      messages: [{ role: 'user', content: 'Hi' }, ...TURN],
    }),
  });
  const { choices } = (await response.json()) as { choices: { message: Record<string, unknown> }[] };
  return {
    message: choices[0]!.message,
    sent: JSON.parse(seen[0]!.body),
    notes: response.headers.get('x-perigee-conform'),
  };
}

describe('thinking that a client switches off', () => {
  test('is off at an engine that can be told so', async () => {
    const { message, sent } = await asked('Hello', { hostId: 'vllm', format: 'kimi' });
    expect(message['content']).toBe('Hello');
    expect(sent).toMatchObject({ chat_template_kwargs: { thinking: false }, max_tokens: 500 });
  });

  test('goes on at a host without a switch, which gets the tokens and the reasoning that it then wants', async () => {
    const { message, sent, notes } = await asked('Hm.</think>Hello', { format: 'kimi' });
    expect(message).toMatchObject({ content: 'Hello', reasoning_content: 'Hm.' });
    expect(sent).toMatchObject({ max_tokens: 16_000, messages: [{}, { reasoning_content: '' }, {}] });
    expect(notes).toContain('thinking:dropped');
  });

  test('is off where the configuration says how', async () => {
    const dialect = {
      thinking: 'reasoning-object',
      cacheKeyField: 'session',
      reasoningRequired: false,
    } as const;
    const { message, sent } = await asked('Hello', { format: 'kimi', dialect });
    expect(message['content']).toBe('Hello');
    expect(sent).toMatchObject({
      reasoning: { enabled: false },
      session: expect.stringMatching(/^perigee-/),
    });
    expect(sent.messages[1]).not.toHaveProperty('reasoning_content');
  });
});
