import { type Attributes, trace } from '@opentelemetry/api';
import { expect, test, vi } from 'vitest';
import { ASK, kimi, post, running, USAGE } from './fixtures.ts';

test('where somebody records, an answer is a span with the names of gen_ai and no text', async () => {
  const seen: { name: string; attributes: Attributes; ended: boolean }[] = [];
  const startSpan = (name: string) => {
    const span = { name, attributes: {} as Attributes, ended: false };
    seen.push(span);
    return {
      isRecording: () => true,
      setAttributes: (more: Attributes) => Object.assign(span.attributes, more),
      setStatus: () => {},
      end: () => {
        span.ended = true;
      },
    };
  };
  trace.setGlobalTracerProvider({ getTracer: () => ({ startSpan }) } as never);
  const { models } = kimi([{ text: 'A secret', usage: USAGE }]);
  const { baseURL } = await running({ models });
  // What comes before the interface has been loaded is no span.
  await vi.waitFor(async () => {
    expect((await post(`${baseURL}/chat/completions`, { ...ASK, max_tokens: 9 })).status).toBe(200);
    expect(seen).toHaveLength(1);
  }, 20_000);
  trace.disable();
  expect(seen).toMatchObject([
    {
      name: 'chat kimi',
      ended: true,
      attributes: {
        'gen_ai.operation.name': 'chat',
        'gen_ai.request.model': 'kimi',
        'gen_ai.request.max_tokens': 9,
        'gen_ai.usage.input_tokens': 100,
        'gen_ai.response.finish_reasons': ['stop'],
      },
    },
  ]);
  expect(JSON.stringify(seen)).not.toContain('secret');
});
