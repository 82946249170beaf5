import Anthropic from '@anthropic-ai/sdk';
import OpenAI from 'openai';
import { describe, expect, test } from 'vitest';
import { serve } from '../upstream/server.ts';
import vectors from '../vectors/wire.json' with { type: 'json' };
import { servedBy, upstreamAt } from './served-by.ts';

interface Vector {
  readonly name: string;
  readonly raw: string;
  readonly tools: readonly string[];
  readonly arguments_match?: string;
  readonly expected: {
    readonly content: string;
    readonly reasoning: string;
    readonly tool_calls: readonly { name: string; arguments: string }[];
    readonly finish_reason: string;
    readonly partial?: { readonly name: string };
    readonly invalid_arguments?: readonly number[];
    readonly usage?: { prompt_tokens: number; completion_tokens: number };
    readonly error?: boolean;
  };
}

interface Answer {
  readonly content: string;
  readonly reasoning: string;
  readonly calls: readonly { name: string; id: string; input: unknown }[];
  readonly finish: unknown;
  readonly usage: readonly (number | undefined)[];
}

type Fetch = typeof globalThis.fetch;
type Ask = (fetch: Fetch, tools: readonly string[], stream: boolean) => Promise<Answer>;

const PARAMETERS = { type: 'object' as const, properties: {} };
const MESSAGES = [{ role: 'user' as const, content: 'x' }];

const anthropic: Ask = async (fetch, tools, stream) => {
  const client = new Anthropic({ baseURL: 'http://gateway', apiKey: 'k', maxRetries: 0, fetch });
  const body = {
    model: 'm',
    max_tokens: 16_000,
    messages: MESSAGES,
    tools: tools.map((name) => ({ name, input_schema: PARAMETERS })),
  };
  const message = stream
    ? await client.messages.stream(body).finalMessage()
    : await client.messages.create(body);
  const texts = (type: string, field: string) =>
    message.content.map((block) => (block.type === type ? (block as never)[field] : '')).join('');
  return {
    content: texts('text', 'text'),
    reasoning: texts('thinking', 'thinking'),
    calls: message.content.flatMap((block) => (block.type === 'tool_use' ? [block] : [])),
    finish: message.stop_reason,
    usage: [
      message.usage.input_tokens + (message.usage.cache_read_input_tokens ?? 0),
      message.usage.output_tokens,
    ],
  };
};

const responses: Ask = async (fetch, tools, stream) => {
  const client = new OpenAI({ baseURL: 'http://gateway/v1', apiKey: 'k', maxRetries: 0, fetch });
  const body = {
    model: 'm',
    input: 'x',
    tools: tools.map((name) => ({ type: 'function' as const, name, parameters: PARAMETERS, strict: false })),
  };
  const response = stream
    ? await client.responses.stream(body).finalResponse()
    : await client.responses.create(body);
  return {
    content: response.output_text,
    reasoning: response.output
      .map((item) =>
        item.type === 'reasoning'
          ? [...item.summary, ...(item.content ?? [])].map(({ text }) => text).join('')
          : '',
      )
      .join(''),
    calls: response.output.flatMap((item) =>
      item.type === 'function_call'
        ? [{ name: item.name, id: item.call_id, input: JSON.parse(item.arguments) }]
        : [],
    ),
    finish: response.status,
    usage: [response.usage?.input_tokens, response.usage?.output_tokens],
  };
};

const chat: Ask = async (fetch, tools, stream) => {
  const client = new OpenAI({ baseURL: 'http://gateway/v1', apiKey: 'k', maxRetries: 0, fetch });
  const body = {
    model: 'm',
    messages: MESSAGES,
    tools: tools.map((name) => ({ type: 'function' as const, function: { name, parameters: PARAMETERS } })),
  };
  let reasoning = '';
  let completion: OpenAI.ChatCompletion;
  if (stream) {
    const helper = client.chat.completions.stream({ ...body, stream_options: { include_usage: true } });
    helper.on('chunk', ({ choices }) => {
      reasoning += (choices[0]?.delta as { reasoning_content?: string } | undefined)?.reasoning_content ?? '';
    });
    completion = await helper.finalChatCompletion();
  } else {
    completion = await client.chat.completions.create(body);
    reasoning = (completion.choices[0]!.message as { reasoning_content?: string }).reasoning_content ?? '';
  }
  const { message, finish_reason: finish } = completion.choices[0]!;
  return {
    content: message.content ?? '',
    reasoning,
    calls: (message.tool_calls ?? []).map((call) => {
      const { name, arguments: text } = (call as OpenAI.ChatCompletionMessageFunctionToolCall).function;
      return { name, id: call.id, input: JSON.parse(text) };
    }),
    finish,
    usage: [completion.usage?.prompt_tokens, completion.usage?.completion_tokens],
  };
};

const FRONTS = {
  chat: { ask: chat, finish: { stop: 'stop', tool_calls: 'tool_calls', length: 'length' } },
  messages: { ask: anthropic, finish: { stop: 'end_turn', tool_calls: 'tool_use', length: 'max_tokens' } },
  responses: { ask: responses, finish: { stop: 'completed', tool_calls: 'completed', length: 'incomplete' } },
} as const;

// What a client makes of calls that are cut or whose arguments are no JSON depends on the client.
const whole = (vectors as readonly Vector[]).filter(
  ({ expected }) => !expected.partial && !expected.invalid_arguments?.length,
);

describe.each(Object.entries(FRONTS))('a client of %s gets what a host means by', (_, { ask, finish }) => {
  test.each(whole.map((vector) => [vector.name, vector] as const))(
    '%s',
    async (__, { raw, tools, expected }) => {
      const { baseUrl } = await serve((response) => {
        response.writeHead(200, {
          'content-type': raw.startsWith('{') ? 'application/json' : 'text/event-stream',
        });
        for (const byte of Buffer.from(raw)) response.write(Buffer.of(byte));
        response.end();
      });
      const { fetch } = await servedBy([upstreamAt(baseUrl)], { routing: { retries: 0 } });
      for (const stream of [false, true]) {
        const answer = ask(fetch as Fetch, tools, stream);
        if (expected.error) {
          await expect(answer).rejects.toThrow();
          continue;
        }
        const { content, reasoning, calls, finish: reason, usage } = await answer;
        expect(content.trim()).toBe(expected.content.trim());
        expect(reasoning.trim()).toBe(expected.reasoning.trim());
        expect(calls.map(({ name, input }) => [name, input])).toEqual(
          expected.tool_calls.map((call) => [call.name, JSON.parse(call.arguments)]),
        );
        expect(new Set(calls.map(({ id }) => id)).size).toBe(calls.length);
        expect(reason).toBe(finish[expected.finish_reason as keyof typeof finish]);
        if (expected.usage)
          expect(usage).toEqual([expected.usage.prompt_tokens, expected.usage.completion_tokens]);
      }
    },
  );
});
