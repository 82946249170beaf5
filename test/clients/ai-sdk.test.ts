import { createAnthropic } from '@ai-sdk/anthropic';
import { createOpenAI } from '@ai-sdk/openai';
import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { generateText, jsonSchema, type LanguageModel, stepCountIs, streamText, tool } from 'ai';
import { describe, test } from 'vitest';
import { gatewayOverRaw, KEY, MODEL, SEEDS } from './gateway-over-raw.ts';
import { expectTwoSteps, PARAMETERS, PROMPT, weatherTool } from './two-steps.ts';

const PROVIDERS: { readonly [name: string]: (url: string) => LanguageModel } = {
  'openai-compatible': (url) =>
    createOpenAICompatible({ name: 'perigee', baseURL: `${url}/v1`, apiKey: KEY })(MODEL),
  'openai chat': (url) => createOpenAI({ baseURL: `${url}/v1`, apiKey: KEY }).chat(MODEL),
  'openai responses': (url) => createOpenAI({ baseURL: `${url}/v1`, apiKey: KEY }).responses(MODEL),
  anthropic: (url) => createAnthropic({ baseURL: `${url}/v1`, apiKey: KEY })(MODEL),
};

describe.each(Object.entries(PROVIDERS))('ai, %s', (_, provider) => {
  test.each(SEEDS)('generateText, cut %i', async (seed) => {
    const ground = await gatewayOverRaw(seed);
    const { calls, run } = weatherTool();
    const { text } = await generateText(asked(provider(ground.url), run));
    expectTwoSteps(ground, calls, text);
  });

  test.each(SEEDS)('streamText, cut %i', async (seed) => {
    const ground = await gatewayOverRaw(seed);
    const { calls, run } = weatherTool();
    const result = streamText(asked(provider(ground.url), run));
    await result.consumeStream();
    expectTwoSteps(ground, calls, await result.text);
  });
});

function asked(model: LanguageModel, run: (input: unknown) => string) {
  return {
    model,
    prompt: PROMPT,
    maxRetries: 0,
    stopWhen: stepCountIs(4),
    tools: {
      get_weather: tool({
        description: 'Says the weather.',
        inputSchema: jsonSchema<{ city: string }>({ ...PARAMETERS, required: ['city'] }),
        execute: async (input) => run(input),
      }),
    },
  };
}
