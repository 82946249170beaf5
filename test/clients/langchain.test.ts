import { type AIMessageChunk, type BaseMessage, HumanMessage, ToolMessage } from '@langchain/core/messages';
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
  ])('%s', async (_, streamed, useResponsesApi) => {
    const ground = await gatewayOverRaw(seed);
    const { calls, run } = weatherTool();
    const model = new ChatOpenAI({
      model: MODEL,
      apiKey: KEY,
      maxRetries: 0,
      useResponsesApi,
      configuration: { baseURL: `${ground.url}/v1` },
    }).bindTools([
      {
        type: 'function',
        function: { name: 'get_weather', description: 'Says the weather.', parameters: PARAMETERS },
      },
    ]);
    const messages: BaseMessage[] = [new HumanMessage(PROMPT)];
    const ask = async (): Promise<AIMessageChunk> => {
      // Not the `streaming` option: it counts tokens by tables that it loads from the network.
      if (!streamed) return model.invoke(messages);
      let whole: AIMessageChunk | undefined;
      for await (const chunk of await model.stream(messages)) whole = whole?.concat(chunk) ?? chunk;
      return whole!;
    };
    const first = await ask();
    messages.push(first);
    for (const call of first.tool_calls ?? []) {
      messages.push(new ToolMessage({ tool_call_id: call.id!, content: run(call.args) }));
    }
    const second = await ask();
    expectTwoSteps(ground, calls, second.text);
  });
});
