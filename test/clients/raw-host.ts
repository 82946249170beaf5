import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

/** A chat request as it reached the host. */
export interface HostRequest {
  readonly messages: readonly {
    readonly role: string;
    readonly content?: unknown;
    readonly reasoning_content?: string;
    readonly tool_call_id?: string;
    readonly tool_calls?: readonly {
      readonly id: string;
      readonly function: { readonly name: string; readonly arguments: string };
    }[];
  }[];
  readonly tools?: readonly unknown[];
  readonly [field: string]: unknown;
}

export const REASONING = 'The user asks for Paris — one look at the weather “service” 🌦 is enough.';
export const ARGUMENTS = '{"city": "Paris", "note": "a \\"quoted\\" word, <|no marker|>, naïve ☔"}';
export const ANSWER = 'It is 21 degrees in Paris.';
const FIRST =
  `${REASONING}</think>Let me look.<|tool_calls_section_begin|><|tool_call_begin|>functions.get_weather:0` +
  `<|tool_call_argument_begin|>${ARGUMENTS}<|tool_call_end|><|tool_calls_section_end|>`;
const SECOND = `The service says 21, so that is the answer.</think>${ANSWER}`;

/** What the tool of the test answers. */
export const RESULT = '{"temperature": 21}';

/**
 * An engine whose server takes nothing apart, on a free port: raw Kimi text in `content`, cut at places that `random`
 * chooses, in characters and again in bytes. It asks for the weather, then answers from the result; `write` makes it
 * write something else.
 */
export async function rawHost(
  random: () => number,
  write: (request: HostRequest) => string = twoSteps,
): Promise<{ baseUrl: string; seen: HostRequest[] }> {
  const seen: HostRequest[] = [];
  const server = http.createServer(async (request, response) => {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    const body = JSON.parse(Buffer.concat(parts).toString()) as HostRequest;
    seen.push(body);
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    const wire = Buffer.from(streamOf(cuts(write(body), random)));
    for (const piece of cutBytes(wire, random)) {
      response.write(piece);
      await new Promise((resolve) => setImmediate(resolve));
    }
    response.end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return { baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`, seen };
}

function twoSteps({ messages }: HostRequest): string {
  return messages.some(({ role }) => role === 'tool') ? SECOND : FIRST;
}

function cuts(text: string, random: () => number): string[] {
  const pieces: string[] = [];
  for (let at = 0; at < text.length; ) {
    const length = 1 + Math.floor(random() * 12);
    pieces.push(text.slice(at, at + length));
    at += length;
  }
  return pieces;
}

function cutBytes(bytes: Buffer, random: () => number): Buffer[] {
  const pieces: Buffer[] = [];
  for (let at = 0; at < bytes.length; ) {
    const length = 1 + Math.floor(random() * 400);
    pieces.push(bytes.subarray(at, at + length));
    at += length;
  }
  return pieces;
}

function streamOf(pieces: readonly string[]): string {
  const chunk = (delta: object, finish: string | null, extra = {}) =>
    `data: ${JSON.stringify({ id: 'c', object: 'chat.completion.chunk', choices: [{ index: 0, delta, finish_reason: finish }], ...extra })}\n\n`;
  const usage = { prompt_tokens: 100, completion_tokens: 20, prompt_tokens_details: { cached_tokens: 60 } };
  return `${pieces.map((content) => chunk({ content }, null)).join('')}${chunk({}, 'stop', { usage })}data: [DONE]\n\n`;
}
