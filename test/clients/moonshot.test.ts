import { describe, expect, test } from 'vitest';
import { MOONSHOT_KEY, type MoonshotScript, moonshotHost } from './moonshot-host.ts';
import { CHAT_REQUESTS, MESSAGES_REQUESTS, RESPONSES_REQUESTS } from './moonshot-requests.ts';
import { servedBy, upstreamAt } from './served-by.ts';

const MODELS = ['kimi-k2.5', 'kimi-k2.6', 'kimi-k2.7-code', 'kimi-k3'] as const;

async function beforeMoonshot(model: string, script: MoonshotScript = {}) {
  const host = await moonshotHost(script);
  const served = await servedBy([
    upstreamAt(host.baseUrl, { hostId: 'moonshot', modelId: model, apiKey: MOONSHOT_KEY }),
  ]);
  const post = async (path: string, body: object) => {
    const response = await served.fetch(`http://gateway${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    return { status: response.status, text: await response.text() };
  };
  return { host, served, post };
}

describe.each(MODELS)('%s of Moonshot takes a chat request with', (model) => {
  test.each(Object.entries(CHAT_REQUESTS))('%s', async (_, body) => {
    const { host, post } = await beforeMoonshot(model);
    for (const stream of [false, true]) {
      const { status, text } = await post('/v1/chat/completions', { model: 'any', stream, ...body });
      expect([host.refused, status, text.includes('"error"')], text.slice(0, 300)).toEqual([[], 200, false]);
    }
  });
});

describe.each(MODELS)('%s of Moonshot takes an Anthropic request with', (model) => {
  test.each(Object.entries(MESSAGES_REQUESTS))('%s', async (_, body) => {
    const { host, post } = await beforeMoonshot(model);
    for (const stream of [false, true]) {
      const { status, text } = await post('/v1/messages?beta=true', {
        model: 'any',
        max_tokens: 100,
        stream,
        ...body,
      });
      expect([host.refused, status, text.includes('"error"')], text.slice(0, 300)).toEqual([[], 200, false]);
    }
  });
});

describe.each(MODELS)('%s of Moonshot takes a Responses request with', (model) => {
  test.each(Object.entries(RESPONSES_REQUESTS))('%s', async (_, body) => {
    const { host, post } = await beforeMoonshot(model);
    for (const stream of [false, true]) {
      const { status, text } = await post('/v1/responses', { model: 'any', stream, ...body });
      expect([host.refused, status], text.slice(0, 300)).toEqual([[], 200]);
      expect(text).not.toContain('response.failed');
    }
  });
});
