import {
  Agent,
  OpenAIChatCompletionsModel,
  OpenAIResponsesModel,
  run,
  setTracingDisabled,
  tool,
} from '@openai/agents';
import OpenAI from 'openai';
import { describe, test } from 'vitest';
import { gatewayOverRaw, KEY, MODEL, SEEDS } from './gateway-over-raw.ts';
import { expectTwoSteps, PARAMETERS, PROMPT, weatherTool } from './two-steps.ts';

setTracingDisabled(true);

describe.each(SEEDS)('@openai/agents, cut %i', (seed) => {
  test.each([
    ['chat', OpenAIChatCompletionsModel, false],
    ['chat, streamed', OpenAIChatCompletionsModel, true],
    ['responses', OpenAIResponsesModel, false],
    ['responses, streamed', OpenAIResponsesModel, true],
  ])('%s', async (_, Model, stream) => {
    const ground = await gatewayOverRaw(seed);
    const weather = weatherTool();
    const client = new OpenAI({ baseURL: `${ground.url}/v1`, apiKey: KEY, maxRetries: 0 });
    const agent = new Agent({
      name: 'Weather',
      model: new Model(client, MODEL),
      tools: [
        tool({
          name: 'get_weather',
          description: 'Says the weather.',
          parameters: { ...PARAMETERS, required: ['city'], additionalProperties: true },
          strict: false,
          execute: async (input) => weather.run(input),
        }),
      ],
    });
    if (stream) {
      const result = await run(agent, PROMPT, { stream: true });
      await result.completed;
      expectTwoSteps(ground, weather.calls, result.finalOutput as string);
    } else {
      const result = await run(agent, PROMPT);
      expectTwoSteps(ground, weather.calls, result.finalOutput as string);
    }
  });
});
