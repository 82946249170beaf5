import OpenAI from 'openai';
import { expect, test } from 'vitest';
import { createGateway } from '../../src/gateway/index.ts';
import { call, kimi, running, USAGE } from './fixtures.ts';

const tools: OpenAI.ChatCompletionTool[] = [
  {
    type: 'function',
    function: {
      name: 'get_weather',
      parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
    },
  },
];
const messages: OpenAI.ChatCompletionMessageParam[] = [{ role: 'user', content: 'Weather in Rome?' }];
const ANSWER = {
  text: `<think>I must look.</think>Let me see. ${call('get_weather', 0, '{"city":"Rome"}')}`,
  usage: USAGE,
};

async function client(texts: Parameters<typeof kimi>[0]) {
  const { model, models } = kimi(texts);
  const { baseURL } = await running({ models });
  return { model, openai: new OpenAI({ baseURL, apiKey: 'any', maxRetries: 0 }) };
}

test('a whole answer has content, reasoning, calls with canonical ids, and usage', async () => {
  const { openai } = await client([ANSWER]);
  const completion = await openai.chat.completions.create({ model: 'kimi', messages, tools });
  const [choice] = completion.choices;
  expect(choice).toMatchObject({
    finish_reason: 'tool_calls',
    message: {
      role: 'assistant',
      content: 'Let me see. ',
      reasoning_content: 'I must look.',
      tool_calls: [
        {
          id: 'functions.get_weather:0',
          type: 'function',
          function: { name: 'get_weather', arguments: '{"city":"Rome"}' },
        },
      ],
    },
  });
  expect(completion.usage).toEqual({
    prompt_tokens: 100,
    completion_tokens: 20,
    total_tokens: 120,
    cached_tokens: 40,
    prompt_tokens_details: { cached_tokens: 40 },
    completion_tokens_details: { reasoning_tokens: 5 },
  });
  expect(completion.model).toBe('kimi');
});

test('the stream helper puts the same answer together from the deltas', async () => {
  const { openai } = await client([ANSWER]);
  const stream = openai.chat.completions.stream({
    model: 'kimi',
    messages,
    tools,
    stream_options: { include_usage: true },
  });
  const completion = await stream.finalChatCompletion();
  expect(completion.choices[0]).toMatchObject({
    finish_reason: 'tool_calls',
    message: {
      content: 'Let me see. ',
      tool_calls: [{ id: 'functions.get_weather:0', function: { arguments: '{"city":"Rome"}' } }],
    },
  });
  expect(completion.usage).toMatchObject({ prompt_tokens: 100, completion_tokens: 20 });
});

test('runTools goes around: the call is run, its result comes back to the model with the call', async () => {
  const { model, openai } = await client([ANSWER, { text: '<think>Sunny.</think>It is sunny.' }]);
  const runner = openai.chat.completions.runTools({
    model: 'kimi',
    stream: true,
    messages,
    tools: [
      {
        type: 'function',
        function: {
          name: 'get_weather',
          description: 'The weather of a city.',
          parse: JSON.parse,
          parameters: { type: 'object', properties: { city: { type: 'string' } } },
          function: ({ city }: { city: string }) => `sunny in ${city}`,
        },
      },
    ],
  });
  expect(await runner.finalContent()).toBe('It is sunny.');
  expect(model.requests).toHaveLength(2);
  expect(model.requests[1]?.messages.slice(1)).toMatchObject([
    {
      role: 'assistant',
      toolCalls: [{ id: 'functions.get_weather:0', name: 'get_weather', arguments: '{"city":"Rome"}' }],
    },
    { role: 'tool', toolCallId: 'functions.get_weather:0', content: 'sunny in Rome' },
  ]);
});

test('gateway.fetch is a fetch for the SDK, without a socket', async () => {
  const { models } = kimi([ANSWER]);
  const gateway = createGateway({ models });
  const openai = new OpenAI({ baseURL: 'http://in.process/v1', apiKey: 'any', fetch: gateway.fetch });
  const whole = await openai.chat.completions.create({ model: 'kimi', messages, tools });
  expect(whole.choices[0]?.finish_reason).toBe('tool_calls');
  let content = '';
  const stream = await openai.chat.completions.create({ model: 'kimi', messages, tools, stream: true });
  for await (const chunk of stream) content += chunk.choices[0]?.delta.content ?? '';
  expect(content).toBe('Let me see. ');
});

test('the SDK lists the models and finds one', async () => {
  const { openai } = await client(['x']);
  const ids = [];
  for await (const model of openai.models.list()) ids.push(model.id);
  expect(ids).toEqual(['kimi']);
  expect((await openai.models.retrieve('kimi')).object).toBe('model');
});

test('an unknown model is a NotFoundError that names what there is', async () => {
  const { openai } = await client(['x']);
  const failing = openai.chat.completions.create({ model: 'gpt-9', messages });
  await expect(failing).rejects.toThrow(OpenAI.NotFoundError);
  await expect(failing).rejects.toThrow(/no model "gpt-9".*kimi/);
});

test('a stored response cannot be streamed again, which the SDK is told: it would take JSON for an empty stream', async () => {
  const { openai } = await client(['Hi']);
  const { id } = await openai.responses.create({ model: 'kimi', input: 'Hello' });
  expect((await openai.responses.retrieve(id)).output_text).toBe('Hi');
  await expect(openai.responses.retrieve(id, { stream: true })).rejects.toMatchObject({
    status: 400,
    param: 'stream',
    message: expect.stringContaining('Ask for it without `stream`.'),
  });
});
