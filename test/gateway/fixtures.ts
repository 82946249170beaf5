import { createHash } from 'node:crypto';
import { once } from 'node:events';
import net from 'node:net';
import { onTestFinished } from 'vitest';
import { type Model, type ModelRequest, modelStream, type StreamEvent } from '../../src/core/index.ts';
import {
  createGateway,
  type Gateway,
  type GatewayKey,
  type GatewayOptions,
  type ModelDirectory,
  type RequestLog,
  type ServedModel,
} from '../../src/gateway/index.ts';
import {
  type ScriptEntry,
  type ScriptedModel,
  type ScriptedOptions,
  scripted,
} from '../../src/replay/index.ts';

export const USAGE = { inputTokens: 100, cachedInputTokens: 40, outputTokens: 20, reasoningTokens: 5 };

/** What Kimi writes for one call. */
export function call(name: string, position: number, text: string): string {
  return `<|tool_calls_section_begin|><|tool_call_begin|>functions.${name}:${position}<|tool_call_argument_begin|>${text}<|tool_call_end|><|tool_calls_section_end|>`;
}

/** A directory of these models. */
export function directory(...models: readonly ServedModel[]): ModelDirectory {
  return { get: (name) => models.find((model) => model.name === name), list: () => models };
}

/** A model called `kimi` that says what it is told to, again and again at the end. */
export function kimi(
  texts: readonly ScriptEntry[],
  options: ScriptedOptions = {},
): { readonly model: ScriptedModel; readonly models: ModelDirectory } {
  const model = scripted(texts, { onExhausted: 'repeat-last', ...options });
  return { model, models: directory({ name: 'kimi', model }) };
}

/** A model that answers as a generator does, which is given what the gateway asks and the signal. */
export function generating(
  batches: (request: ModelRequest, signal: AbortSignal) => AsyncIterable<readonly StreamEvent[]>,
): Model {
  return {
    id: 'generating',
    stream: (request, { signal } = {}) => modelStream(() => batches(request, signal!)),
  };
}

export interface Running {
  readonly gateway: Gateway;
  /** Ends in `/v1`. */
  readonly baseURL: string;
  readonly url: string;
  readonly port: number;
  readonly log: RequestLog[];
  /** Resolves with the log once it has so many entries. */
  logged(count: number): Promise<RequestLog[]>;
}

/** A gateway on a free port of this machine. */
export async function running(options: GatewayOptions): Promise<Running> {
  const log: RequestLog[] = [];
  const waiting = new Set<() => void>();
  const gateway = createGateway({
    ...options,
    log: (entry) => {
      log.push(entry);
      for (const wake of waiting) wake();
    },
  });
  const { url, port } = await gateway.listen({ port: 0 });
  onTestFinished(() => gateway.drain());
  async function logged(count: number): Promise<RequestLog[]> {
    while (log.length < count) {
      await new Promise<void>((resolve) => {
        waiting.add(resolve);
      });
    }
    return log;
  }
  return { gateway, baseURL: `${url}/v1`, url, port, log, logged };
}

/** A key as it is stored, for the text that a client sends. */
export function keyOf(text: string, rest: Partial<GatewayKey> = {}): GatewayKey {
  return { id: `id-of-${text}`, hash: createHash('sha256').update(text).digest('hex'), ...rest };
}

export const ASK = { model: 'kimi', messages: [{ role: 'user', content: 'Hi' }] };

export function post(
  url: string,
  body: unknown,
  headers: Record<string, string> = {},
  init: RequestInit = {},
) {
  return fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
    ...init,
  });
}

/** The `error` of a reply in OpenAI's shape. */
export async function errorOf(response: Response): Promise<Record<string, unknown>> {
  const { error } = (await response.json()) as { error: Record<string, unknown> };
  return error;
}

/** The values of `data:` lines; `[DONE]` as it is. */
export function dataOf(text: string): unknown[] {
  return text
    .split('\n\n')
    .filter((event) => event.startsWith('data: '))
    .map((event) => event.slice(6))
    .map((data) => (data === '[DONE]' ? data : JSON.parse(data)));
}

/** A connection on which bytes are written as they are. */
export async function rawConnection(port: number): Promise<net.Socket> {
  const socket = net.connect(port, '127.0.0.1');
  socket.on('error', () => {});
  await once(socket, 'connect');
  onTestFinished(() => {
    socket.destroy();
  });
  return socket;
}

/** All text until the other side ends the connection. */
export async function readToEnd(socket: net.Socket): Promise<string> {
  let text = '';
  socket.on('data', (chunk) => {
    text += chunk.toString();
  });
  if (!socket.closed) await once(socket, 'close');
  return text;
}
