import { onTestFinished } from 'vitest';
import { conformed } from '../../src/conform/index.ts';
import { createGateway, type RequestLog, type ServedModel } from '../../src/gateway/index.ts';
import { modelProfile } from '../../src/profiles/index.ts';
import { openaiChat } from '../../src/upstream/index.ts';
import { type HostRequest, rawHost } from './raw-host.ts';

export const MODEL = 'kimi-k2.6';
export const KEY = 'the-key-of-a-client';

export interface Ground {
  /** Without a path. */
  readonly url: string;
  /** What reached the host. */
  readonly seen: HostRequest[];
  readonly logs: RequestLog[];
}

/** A gateway on a free port, before an engine that sends raw text in random pieces: the two steps, or what `write` makes. */
export async function gatewayOverRaw(
  seed: number,
  write?: (request: HostRequest) => string,
): Promise<Ground> {
  const host = await rawHost(randomOf(seed), write);
  const model = conformed(
    openaiChat({ baseUrl: host.baseUrl, model: MODEL, format: 'kimi', startInReasoning: true }),
    { modelId: MODEL, model: modelProfile(MODEL)!, protocol: 'openai-chat' },
  );
  const served: ServedModel = { name: MODEL, model };
  const logs: RequestLog[] = [];
  const gateway = createGateway({
    models: { get: (name) => (name === MODEL ? served : undefined), list: () => [served] },
    keys: [{ id: 'tester', hash: await sha256(KEY) }],
    log: (entry) => logs.push(entry),
  });
  const { url } = await gateway.listen({ host: '127.0.0.1', port: 0 });
  onTestFinished(() => gateway.drain());
  return { url, seen: host.seen, logs };
}

/** Each client's task runs over several ways of cutting what the host sends. */
export const SEEDS = [1, 2, 3, 4, 5] as const;

async function sha256(text: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text));
  return Buffer.from(digest).toString('hex');
}

/** Mulberry32. */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let value = Math.imul(state ^ (state >>> 15), 1 | state);
    value = (value + Math.imul(value ^ (value >>> 7), 61 | value)) ^ value;
    return ((value ^ (value >>> 14)) >>> 0) / 4294967296;
  };
}
