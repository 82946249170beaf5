import { createOpenAI } from '@ai-sdk/openai';
import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { type AIMessageChunk, HumanMessage } from '@langchain/core/messages';
import { ChatOpenAI } from '@langchain/openai';
import { jsonSchema, type LanguageModel, stepCountIs, streamText, tool } from 'ai';
import { describe, expect, test } from 'vitest';
import { gatewayOverRaw, KEY, MODEL } from './gateway-over-raw.ts';
import type { HostRequest } from './raw-host.ts';
import { PARAMETERS, PROMPT, weatherTool } from './two-steps.ts';

/** Where the output ends, in the arguments of the call. */
const CUTS = [
  '',
  '{',
  '{"city": "Par',
  '{"city": "Paris"',
  '{"city": "Paris", "note": "do not',
  '{"city": "Paris", "no',
];

/** A model whose output is cut in its first call, and who then has nothing more to say. */
const cutAt = (written: string) => (request: HostRequest) =>
  request.messages.some(({ role }) => role === 'tool')
    ? 'So be it.</think>Well.'
    : `Think.</think>Let me look.<|tool_calls_section_begin|><|tool_call_begin|>functions.get_weather:0<|tool_call_argument_begin|>${written}`;

describe.each(CUTS)('a call that was cut after %j', (written) => {
  test.each([
    ['chat', false],
    ['responses', true],
  ])('is none that LangChain would run, %s', async (_, useResponsesApi) => {
    const ground = await gatewayOverRaw(1, cutAt(written));
    const model = new ChatOpenAI({
      model: MODEL,
      apiKey: KEY,
      maxRetries: 0,
      useResponsesApi,
      configuration: { baseURL: `${ground.url}/v1` },
    }).bindTools([{ type: 'function', function: { name: 'get_weather', parameters: PARAMETERS } }]);
    let whole: AIMessageChunk | undefined;
    for await (const chunk of await model.stream([new HumanMessage(PROMPT)])) {
      whole = whole?.concat(chunk) ?? chunk;
    }
    expect(whole?.text).toBe('Let me look.');
    expect(whole?.tool_calls).toEqual([]);
  });

  test.each([
    ['chat', (url: string) => createOpenAI({ baseURL: url, apiKey: KEY }).chat(MODEL)],
    ['responses', (url: string) => createOpenAI({ baseURL: url, apiKey: KEY }).responses(MODEL)],
    [
      'openai-compatible',
      (url: string) => createOpenAICompatible({ name: 'p', baseURL: url, apiKey: KEY })(MODEL),
    ],
  ] as [string, (url: string) => LanguageModel][])(
    'is none that the AI SDK runs, %s',
    async (_, provider) => {
      const ground = await gatewayOverRaw(1, cutAt(written));
      const { calls, run } = weatherTool();
      const result = streamText({
        model: provider(`${ground.url}/v1`),
        prompt: PROMPT,
        maxRetries: 0,
        stopWhen: stepCountIs(3),
        tools: {
          get_weather: tool({
            inputSchema: jsonSchema<{ city: string }>({ ...PARAMETERS, required: [] }),
            execute: async (input) => run(input),
          }),
        },
      });
      await result.consumeStream();
      expect(calls).toEqual([]);
    },
  );
});
