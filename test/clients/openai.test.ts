import OpenAI from 'openai';
import type { RunnableToolFunctionWithParse } from 'openai/lib/RunnableFunction';
import type { ChatCompletionMessageParam } from 'openai/resources';
import type { ResponseInputItem } from 'openai/resources/responses/responses';
import { describe, expect, test } from 'vitest';
import { gatewayOverRaw, KEY, MODEL, SEEDS } from './gateway-over-raw.ts';
import { expectTwoSteps, PARAMETERS, PROMPT, weatherTool } from './two-steps.ts';

const CHAT_TOOL = {
  type: 'function',
  function: { name: 'get_weather', description: 'Says the weather.', parameters: { ...PARAMETERS } },
} as const;
const RESPONSES_TOOL = {
  type: 'function',
  name: 'get_weather',
  description: 'Says the weather.',
  parameters: { ...PARAMETERS },
  strict: false,
} as const;

const clientOf = (url: string) => new OpenAI({ baseURL: `${url}/v1`, apiKey: KEY, maxRetries: 0 });

describe.each(SEEDS)('openai, chat, cut %i', (seed) => {
  test('create', async () => {
    const ground = await gatewayOverRaw(seed);
    const client = clientOf(ground.url);
    const { calls, run } = weatherTool();
    const messages: ChatCompletionMessageParam[] = [{ role: 'user', content: PROMPT }];
    const first = await client.chat.completions.create({ model: MODEL, messages, tools: [CHAT_TOOL] });
    const message = first.choices[0]!.message;
    expect(first.choices[0]!.finish_reason).toBe('tool_calls');
    messages.push({ role: 'assistant', content: message.content, tool_calls: message.tool_calls! });
    for (const call of message.tool_calls ?? []) {
      if (call.type !== 'function') continue;
      const content = run(JSON.parse(call.function.arguments));
      messages.push({ role: 'tool', tool_call_id: call.id, content });
    }
    const second = await client.chat.completions.create({ model: MODEL, messages, tools: [CHAT_TOOL] });
    expect(second.usage).toMatchObject({ prompt_tokens: 100, completion_tokens: 20 });
    expectTwoSteps(ground, calls, second.choices[0]!.message.content);
  });

  test('the stream helper', async () => {
    const ground = await gatewayOverRaw(seed);
    const client = clientOf(ground.url);
    const { calls, run } = weatherTool();
    const messages: ChatCompletionMessageParam[] = [{ role: 'user', content: PROMPT }];
    const stream = client.chat.completions.stream({ model: MODEL, messages, tools: [CHAT_TOOL] });
    const message = await stream.finalMessage();
    messages.push(message);
    for (const call of message.tool_calls ?? []) {
      if (call.type !== 'function') continue;
      messages.push({
        role: 'tool',
        tool_call_id: call.id,
        content: run(JSON.parse(call.function.arguments)),
      });
    }
    const second = client.chat.completions.stream({
      model: MODEL,
      messages,
      tools: [CHAT_TOOL],
      stream_options: { include_usage: true },
    });
    expectTwoSteps(ground, calls, await second.finalContent());
    expect(await second.totalUsage()).toMatchObject({ prompt_tokens: 100, completion_tokens: 20 });
  });

  test.each([false, true])('runTools, streamed: %s', async (stream) => {
    const ground = await gatewayOverRaw(seed);
    const { calls, run } = weatherTool();
    const weather: RunnableToolFunctionWithParse<object> = {
      type: 'function',
      function: {
        name: 'get_weather',
        description: 'Says the weather.',
        parameters: { ...PARAMETERS, required: [...PARAMETERS.required] },
        function: run,
        parse: (text) => JSON.parse(text) as object,
      },
    };
    const asked = { model: MODEL, messages: [{ role: 'user' as const, content: PROMPT }], tools: [weather] };
    const { completions } = clientOf(ground.url).chat;
    const runner = stream ? completions.runTools({ ...asked, stream }) : completions.runTools(asked);
    expectTwoSteps(ground, calls, await runner.finalContent());
  });
});

describe.each(SEEDS)('openai, responses, cut %i', (seed) => {
  test('create, the items sent back', async () => {
    const ground = await gatewayOverRaw(seed);
    const client = clientOf(ground.url);
    const { calls, run } = weatherTool();
    const input: ResponseInputItem[] = [{ role: 'user', content: PROMPT }];
    const asked = {
      model: MODEL,
      tools: [RESPONSES_TOOL],
      store: false,
      include: ['reasoning.encrypted_content' as const],
    };
    const first = await client.responses.create({ ...asked, input });
    input.push(...(first.output as ResponseInputItem[]));
    for (const item of first.output) {
      if (item.type !== 'function_call') continue;
      input.push({
        type: 'function_call_output',
        call_id: item.call_id,
        output: run(JSON.parse(item.arguments)),
      });
    }
    const second = await client.responses.create({ ...asked, input });
    expectTwoSteps(ground, calls, second.output_text);
    expect(second.usage).toMatchObject({ input_tokens: 100, output_tokens: 20 });
  });

  test('streamed, by previous_response_id', async () => {
    const ground = await gatewayOverRaw(seed);
    const client = clientOf(ground.url);
    const { calls, run } = weatherTool();
    const asked = { model: MODEL, tools: [RESPONSES_TOOL] };
    const first = await client.responses.stream({ ...asked, input: PROMPT }).finalResponse();
    const outputs = first.output.flatMap((item) =>
      item.type === 'function_call'
        ? [
            {
              type: 'function_call_output' as const,
              call_id: item.call_id,
              output: run(item.parsed_arguments ?? JSON.parse(item.arguments)),
            },
          ]
        : [],
    );
    const second = await client.responses
      .stream({ ...asked, previous_response_id: first.id, input: outputs })
      .finalResponse();
    expectTwoSteps(ground, calls, second.output_text);
  });
});
