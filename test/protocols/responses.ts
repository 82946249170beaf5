import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import OpenAI from 'openai';
import { onTestFinished } from 'vitest';
import { type StreamEvent, type Turn, TurnAssembler } from '../../src/core/index.ts';
import { type EncodeOptions, type ResponsesReply, responsesFront } from '../../src/protocols/index.ts';

export type Json = Record<string, unknown>;

/** A request with what every request must have. */
export const asked = (fields: Json = {}): Json => ({ model: 'kimi-k2.6', input: 'hi', ...fields });

export function decode(fields: Json = {}, options?: Parameters<typeof responsesFront.decodeRequest>[1]) {
  return responsesFront.decodeRequest(asked(fields), options);
}

export function encodeOptions(
  fields: Json = {},
  more: Partial<EncodeOptions<ResponsesReply>> = {},
): EncodeOptions<ResponsesReply> {
  return { id: 'a1', model: 'kimi-k2.6', created: 1_700_000_000, reply: decode(fields).reply, ...more };
}

/** The whole text of a streamed answer. */
export function streamText(events: readonly StreamEvent[], options = encodeOptions()): string {
  const encoder = responsesFront.createEncoder(options);
  return encoder.begin() + events.map((event) => encoder.push(event)).join('');
}

/** The data of each event in a text, the `event:` line checked against it. */
export function eventsOf(text: string): Json[] {
  return text
    .split('\n\n')
    .filter((frame) => frame !== '' && !frame.startsWith(':'))
    .map((frame) => {
      const [, name, data] = /^event: (.+)\ndata: (.+)$/.exec(frame) ?? [];
      const event = JSON.parse(data ?? 'null') as Json;
      if (event['type'] !== name)
        throw new Error(`the event ${name} says that it is ${String(event['type'])}`);
      return event;
    });
}

export function turnOf(events: readonly StreamEvent[]): Turn {
  const assembler = new TurnAssembler();
  for (const event of events) assembler.push(event);
  return assembler.turn();
}

/** A call written to its end. */
export function call(index: number, name: string, argumentsText: string, id = `functions.${name}:${index}`) {
  return [
    { type: 'tool-call-start', index, id, name },
    { type: 'tool-call-delta', index, delta: argumentsText },
    { type: 'tool-call-end', index },
  ] as const satisfies readonly StreamEvent[];
}

export const text = (delta: string) => ({ type: 'text-delta', delta }) as const;
export const thought = (delta: string) => ({ type: 'reasoning-delta', delta }) as const;
export const finish = (reason: 'stop' | 'length' | 'tool-calls' | 'content-filter' | 'error' = 'stop') =>
  ({
    type: 'finish',
    reason,
    usage: { inputTokens: 10, cachedInputTokens: 4, outputTokens: 6, reasoningTokens: 2 },
  }) as const;

/** The official SDK in front of a server that gives `answer`, which sees the request's body. */
export async function sdk(
  answer: (body: Json) => { readonly stream?: string; readonly json?: unknown },
): Promise<OpenAI> {
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const { stream, json } = answer(JSON.parse(Buffer.concat(chunks).toString() || '{}') as Json);
    response.setHeader('content-type', stream === undefined ? 'application/json' : 'text/event-stream');
    response.end(stream ?? JSON.stringify(json));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  return new OpenAI({ apiKey: 'none', baseURL: `http://127.0.0.1:${port}/v1`, maxRetries: 0 });
}
