import { type BaseMessage, HumanMessage, ToolMessage } from '@langchain/core/messages';
import { ChatOpenAI } from '@langchain/openai';
import { describe, test } from 'vitest';
import { gatewayOverRaw, KEY, MODEL, SEEDS } from './gateway-over-raw.ts';
import { expectTwoSteps, PARAMETERS, PROMPT, weatherTool } from './two-steps.ts';

describe.each(SEEDS)('@langchain/openai, cut %i', (seed) => {
  test.each([
    ['chat', false, false],
    ['chat, streamed', true, false],
    ['responses', false, true],
    ['responses, streamed', true, true],
  ])('%s', async (_, streaming, useResponsesApi) => {
    const ground = await gatewayOverRaw(seed);
    const { calls, run } = weatherTool();
    const model = new ChatOpenAI({
      model: MODEL,
      apiKey: KEY,
      maxRetries: 0,
      streaming,
      useResponsesApi,
      configuration: { baseURL: `${ground.url}/v1` },
    }).bindTools([
      {
        type: 'function',
        function: { name: 'get_weather', description: 'Says the weather.', parameters: PARAMETERS },
      },
    ]);
    const messages: BaseMessage[] = [new HumanMessage(PROMPT)];
    const first = await model.invoke(messages);
    messages.push(first);
    for (const call of first.tool_calls ?? []) {
      messages.push(new ToolMessage({ tool_call_id: call.id!, content: run(call.args) }));
    }
    const second = await model.invoke(messages);
    expectTwoSteps(ground, calls, second.text);
  });
});
