import Anthropic from '@anthropic-ai/sdk';
import { betaTool } from '@anthropic-ai/sdk/helpers/beta/json-schema';
import type { ContentBlock, MessageParam } from '@anthropic-ai/sdk/resources';
import { describe, expect, test } from 'vitest';
import { gatewayOverRaw, KEY, MODEL, SEEDS } from './gateway-over-raw.ts';
import { expectTwoSteps, PARAMETERS, PROMPT, weatherTool } from './two-steps.ts';

const TOOL = {
  name: 'get_weather',
  description: 'Says the weather.',
  input_schema: { ...PARAMETERS, required: [...PARAMETERS.required] },
};
const clientOf = (url: string) => new Anthropic({ baseURL: url, apiKey: KEY, maxRetries: 0 });

describe.each(SEEDS)('@anthropic-ai/sdk, cut %i', (seed) => {
  test.each([false, true])('messages, streamed: %s', async (stream) => {
    const ground = await gatewayOverRaw(seed);
    const client = clientOf(ground.url);
    const { calls, run } = weatherTool();
    const ask = async (messages: MessageParam[]) => {
      const asked = { model: MODEL, max_tokens: 16_000, messages, tools: [TOOL] };
      return stream
        ? await client.messages.stream(asked).finalMessage()
        : await client.messages.create(asked);
    };
    const messages: MessageParam[] = [{ role: 'user', content: PROMPT }];
    const first = await ask(messages);
    expect(first.stop_reason).toBe('tool_use');
    expect(first.content.map(({ type }) => type)).toEqual(['thinking', 'text', 'tool_use']);
    messages.push({ role: 'assistant', content: first.content });
    messages.push({
      role: 'user',
      content: first.content.flatMap((block) =>
        block.type === 'tool_use'
          ? [{ type: 'tool_result' as const, tool_use_id: block.id, content: run(block.input) }]
          : [],
      ),
    });
    const second = await ask(messages);
    expectTwoSteps(ground, calls, textOf(second.content));
    expect(second.usage).toMatchObject({ input_tokens: 40, cache_read_input_tokens: 60, output_tokens: 20 });
  });

  test.each([false, true])('toolRunner, streamed: %s', async (stream) => {
    const ground = await gatewayOverRaw(seed);
    const { calls, run } = weatherTool();
    const tool = betaTool({
      name: 'get_weather',
      description: 'Says the weather.',
      inputSchema: { ...PARAMETERS, required: ['city'] },
      run: (input) => run(input),
    });
    const runner = clientOf(ground.url).beta.messages.toolRunner({
      model: MODEL,
      max_tokens: 16_000,
      messages: [{ role: 'user', content: PROMPT }],
      tools: [tool],
      stream,
    });
    const last = await runner.runUntilDone();
    expectTwoSteps(ground, calls, textOf(last.content as ContentBlock[]));
  });
});

function textOf(content: readonly ContentBlock[]): string {
  return content.map((block) => (block.type === 'text' ? block.text : '')).join('');
}
