import OpenAI from 'openai';
import type { ChatCompletionMessageFunctionToolCall } from 'openai/resources';
import { describe, expect, test } from 'vitest';
import { argumentProblem } from '../../src/conform/index.ts';
import {
  declarations,
  expectation,
  formatOf,
  RAW_TEXT_FILES,
  readVectors,
  type Vector,
} from '../formats/vectors.ts';
import { type Served as Host, serve, sse } from '../upstream/server.ts';
import { servedBy, upstreamAt } from './served-by.ts';

/** But for arguments of the wrong type, which conform brings into what the tool declares. */
const vectors = readVectors(...RAW_TEXT_FILES).filter(
  ({ tools, expected }) =>
    !expected.tool_calls?.some(({ name, arguments: text }) => {
      const schema = declarations(tools)?.find((tool) => tool.name === name)?.parameters;
      return schema && argumentProblem(schema, text) !== undefined;
    }),
);

/** What a client of the Chat protocol put together. */
interface Assembled {
  content: string;
  reasoning: string;
  calls: { name: string; arguments: string }[];
  finish: string | null;
}

/** One engine for all vectors: it sends the one that the conversation names, in pieces of the size that it names. */
function engine(): Promise<Host> {
  return serve((response, { body }) => {
    const [, position = '', size = ''] = /vector (\d+) by (\d+)/.exec(body)!;
    const { raw, upstream_finish_reason: reason = 'stop' } = vectors[Number(position)]!;
    const inChat = 'messages' in (JSON.parse(body) as object);
    const chunk = (text: string, finish: string | null = null) => ({
      choices: [{ index: 0, ...(inChat ? { delta: { content: text } } : { text }), finish_reason: finish }],
    });
    const pieces: unknown[] = [];
    for (let at = 0; at < raw.length; at += Number(size))
      pieces.push(chunk(raw.slice(at, at + Number(size))));
    response
      .writeHead(200, { 'content-type': 'text/event-stream' })
      .end(sse(...pieces, chunk('', reason), '[DONE]'));
  });
}

describe.each(['openai-chat', 'completions'] as const)(
  'a client before a raw engine asked by %s gets',
  (protocol) => {
    // The prompt that is written here says by itself where the answer begins.
    const cases = vectors.filter((vector) => protocol === 'openai-chat' || !vector.start_in_reasoning);

    test.each(cases.map((vector) => [vector.name, vector] as const))('%s', async (_, vector) => {
      const host = await engine();
      const { fetch } = await servedBy([
        upstreamAt(host.baseUrl, {
          protocol,
          format: formatOf(vector),
          modelId: 'kimi-k2-instruct',
          continuation: false,
          startInReasoning: vector.start_in_reasoning === true,
        }),
      ]);
      const client = new OpenAI({ baseURL: 'http://gateway/v1', apiKey: 'k', maxRetries: 0, fetch });
      const ask = (size: number) => ({
        model: 'kimi',
        messages: [{ role: 'user' as const, content: `vector ${vectors.indexOf(vector)} by ${size}` }],
        tools: (declarations(vector.tools) ?? []).map(({ name, parameters }) => ({
          type: 'function' as const,
          function: { name, ...(parameters && { parameters: { ...parameters } }) },
        })),
      });
      expectVector(vector, await whole(client, ask(5)), false);
      for (const size of [1, 3, 64]) expectVector(vector, await streamed(client, ask(size)), true);
    });
  },
);

type Asked = OpenAI.ChatCompletionCreateParamsNonStreaming;

async function whole(client: OpenAI, asked: Asked): Promise<Assembled> {
  const { message, finish_reason: finish } = (await client.chat.completions.create(asked)).choices[0]!;
  const { content, reasoning_content: reasoning = '' } = message as typeof message & {
    reasoning_content?: string;
  };
  const calls = (message.tool_calls ?? []) as ChatCompletionMessageFunctionToolCall[];
  return { content: content ?? '', reasoning, calls: calls.map((call) => call.function), finish };
}

/** By hand: the SDK's own helper keeps the last piece of fields that it does not know, and reasoning is one. */
async function streamed(client: OpenAI, asked: Asked): Promise<Assembled> {
  const turn: Assembled = { content: '', reasoning: '', calls: [], finish: null };
  for await (const { choices } of await client.chat.completions.create({ ...asked, stream: true })) {
    const { delta, finish_reason: finish } = choices[0]!;
    turn.content += delta.content ?? '';
    turn.reasoning += (delta as { reasoning_content?: string }).reasoning_content ?? '';
    turn.finish = finish ?? turn.finish;
    for (const { index, function: part } of delta.tool_calls ?? []) {
      turn.calls[index] ??= { name: '', arguments: '' };
      turn.calls[index].name += part?.name ?? '';
      turn.calls[index].arguments += part?.arguments ?? '';
    }
  }
  return turn;
}

function expectVector(vector: Vector, turn: Assembled, isStreamed: boolean): void {
  const { content, reasoning, finish_reason } = expectation(vector);
  const { tool_calls: calls = [], partial } = vector.expected;
  const value = (text: string) => (vector.arguments_match === 'json' ? JSON.parse(text) : text.trim());
  // What was shown of a cut call cannot be taken back, only made useless; in one piece it is never shown.
  const cut = isStreamed && partial?.name ? turn.calls.pop() : undefined;
  if (cut) {
    expect([cut.name, cut.arguments.trim()]).toEqual([partial!.name, expect.stringMatching(/<cut>$/)]);
    expect(cut.arguments.trimStart().startsWith(partial!.arguments.trim())).toBe(true);
    expect(() => JSON.parse(cut.arguments)).toThrow();
  }
  expect(turn.content.trim()).toBe(content);
  expect(turn.reasoning.trim()).toBe(reasoning);
  expect(turn.calls.map((call) => [call.name, value(call.arguments)])).toEqual(
    calls.map((call) => [call.name, value(call.arguments)]),
  );
  expect(turn.finish).toBe(finish_reason);
}
