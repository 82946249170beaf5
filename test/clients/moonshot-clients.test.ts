import { createAnthropic } from '@ai-sdk/anthropic';
import { createOpenAI } from '@ai-sdk/openai';
import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import Anthropic from '@anthropic-ai/sdk';
import { betaTool } from '@anthropic-ai/sdk/helpers/beta/json-schema';
import { generateText, jsonSchema, type LanguageModel, stepCountIs, streamText, tool } from 'ai';
import OpenAI from 'openai';
import type { RunnableToolFunctionWithParse } from 'openai/lib/RunnableFunction';
import { describe, expect, test } from 'vitest';
import { MOONSHOT_KEY, type MoonshotHost, moonshotHost, THOUGHT } from './moonshot-host.ts';
import { servedBy, upstreamAt } from './served-by.ts';

/** What client libraries write into schemas and Moonshot does not take. */
const SCHEMA = {
  $schema: 'http://json-schema.org/draft-07/schema#',
  type: 'object' as const,
  properties: { city: { type: 'string', format: 'city' }, days: { type: 'integer', exclusiveMinimum: 0 } },
  required: ['city'],
  additionalProperties: false,
};
const CITIES = ['Paris', 'Rome'];

async function ground(model: string) {
  const host = await moonshotHost({
    calls: ({ tools = [] }) => {
      const { name } = (tools[0] as { function: { name: string } }).function;
      return CITIES.map((city) => [name, { city }] as const);
    },
  });
  const { fetch } = await servedBy([
    upstreamAt(host.baseUrl, { hostId: 'moonshot', modelId: model, apiKey: MOONSHOT_KEY }),
  ]);
  const asked: unknown[] = [];
  const run = (input: unknown) => {
    asked.push((input as { city: string }).city);
    return { type: 'text' as const, text: 'sunny' };
  };
  return { host, fetch, asked, run };
}

/** Both calls ran, the answer came, nothing was refused, and the model got its own reasoning back. */
function expectDone(host: MoonshotHost, asked: readonly unknown[], answer: unknown): void {
  expect(host.refused).toEqual([]);
  expect(asked).toEqual(CITIES);
  expect(answer).toBe('Done.');
  expect(host.seen).toHaveLength(2);
  const turn = host.seen[1]!.messages.find(({ role }) => role === 'assistant');
  expect(turn?.reasoning_content).toBe(THOUGHT);
}

const PROVIDERS: { readonly [name: string]: (fetch: typeof globalThis.fetch) => LanguageModel } = {
  'openai-compatible': (fetch) =>
    createOpenAICompatible({ name: 'p', baseURL: 'http://gateway/v1', fetch })('kimi'),
  'openai chat': (fetch) => createOpenAI({ baseURL: 'http://gateway/v1', apiKey: 'k', fetch }).chat('kimi'),
  'openai responses': (fetch) =>
    createOpenAI({ baseURL: 'http://gateway/v1', apiKey: 'k', fetch }).responses('kimi'),
  'openai responses, a reasoning model': (fetch) =>
    createOpenAI({ baseURL: 'http://gateway/v1', apiKey: 'k', fetch }).responses('gpt-5'),
  anthropic: (fetch) =>
    createAnthropic({ baseURL: 'http://gateway/v1', apiKey: 'k', fetch })('claude-sonnet-5'),
};

describe.each(['kimi-k2.6', 'kimi-k2.7-code', 'kimi-k3'])('%s of Moonshot, asked by', (model) => {
  test.each(Object.entries(PROVIDERS))('ai, %s', async (_, provider) => {
    for (const stream of [false, true]) {
      const { host, fetch, asked, run } = await ground(model);
      const options = {
        model: provider(fetch as typeof globalThis.fetch),
        system: 'Be brief.',
        prompt: 'The weather?',
        maxRetries: 0,
        temperature: 0,
        stopWhen: stepCountIs(4),
        tools: {
          '0weather': tool({
            inputSchema: jsonSchema<{ city: string }>(SCHEMA),
            execute: async (input) => run(input),
          }),
        },
      };
      if (stream) {
        const result = streamText(options);
        await result.consumeStream();
        expectDone(host, asked, await result.text);
      } else expectDone(host, asked, (await generateText(options)).text);
    }
  });

  test('openai, runTools', async () => {
    for (const stream of [false, true]) {
      const { host, fetch, asked, run } = await ground(model);
      const client = new OpenAI({ baseURL: 'http://gateway/v1', apiKey: 'k', maxRetries: 0, fetch });
      const weather: RunnableToolFunctionWithParse<object> = {
        type: 'function',
        function: {
          name: 'weather.now',
          description: '',
          parameters: SCHEMA,
          function: (input) => JSON.stringify(run(input)),
          parse: (text) => JSON.parse(text) as object,
        },
      };
      const body = {
        model: 'gpt-5',
        messages: [
          { role: 'developer' as const, content: '' },
          { role: 'user' as const, content: 'The weather?' },
        ],
        tools: [weather],
        temperature: 0.2,
        max_tokens: 500,
        parallel_tool_calls: true,
      };
      const { completions } = client.chat;
      const runner = stream ? completions.runTools({ ...body, stream }) : completions.runTools(body);
      expectDone(host, asked, await runner.finalContent());
    }
  });

  test('openai, responses', async () => {
    for (const store of [false, true]) {
      const { host, fetch, asked, run } = await ground(model);
      const client = new OpenAI({ baseURL: 'http://gateway/v1', apiKey: 'k', maxRetries: 0, fetch });
      const body = {
        model: 'gpt-5-codex',
        instructions: 'Be brief.',
        reasoning: { effort: 'medium' as const, summary: 'auto' as const },
        tools: [{ type: 'function' as const, name: 'weather', parameters: SCHEMA, strict: true }],
        include: ['reasoning.encrypted_content' as const],
        store,
      };
      const first = await client.responses.create({ ...body, input: 'The weather?' });
      const outputs = first.output.flatMap((item) =>
        item.type === 'function_call'
          ? [
              {
                type: 'function_call_output' as const,
                call_id: item.call_id,
                output: run(JSON.parse(item.arguments)).text,
              },
            ]
          : [],
      );
      const second = store
        ? await client.responses.create({ ...body, previous_response_id: first.id, input: outputs })
        : await client.responses.create({
            ...body,
            input: [{ role: 'user', content: 'The weather?' }, ...(first.output as []), ...outputs],
          });
      expectDone(host, asked, second.output_text);
    }
  });

  test('@anthropic-ai/sdk, toolRunner', async () => {
    for (const stream of [false, true]) {
      const { host, fetch, asked, run } = await ground(model);
      const client = new Anthropic({ baseURL: 'http://gateway', apiKey: 'k', maxRetries: 0, fetch });
      const runner = client.beta.messages.toolRunner({
        model: 'claude-opus-5',
        max_tokens: 1000,
        system: '',
        messages: [{ role: 'user', content: 'The weather?' }],
        tools: [
          betaTool({
            name: 'weather',
            description: '',
            inputSchema: SCHEMA as never,
            run: (input) => [run(input)],
          }),
        ],
        thinking: { type: 'enabled', budget_tokens: 1024 },
        metadata: { user_id: 'someone' },
        stream,
      });
      const last = await runner.runUntilDone();
      const text = last.content.map((block) => (block.type === 'text' ? block.text : '')).join('');
      expectDone(host, asked, text);
    }
  });
});
