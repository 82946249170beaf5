import { onTestFinished } from 'vitest';
import type { ModelConfig, RoutingConfig, UpstreamConfig } from '../../src/cli/config/config.ts';
import { modelBuilder } from '../../src/cli/serve/build-models.ts';
import { loadParts } from '../../src/cli/serve/load-parts.ts';
import { modelDirectory } from '../../src/cli/serve/model-directory.ts';
import {
  createGateway,
  type Gateway,
  type GatewayOptions,
  type RequestLog,
} from '../../src/gateway/index.ts';

export const KEY = 'the-key-of-a-client';

/** A gateway as `perigee serve` makes it, without its file and its socket. */
export interface Served {
  readonly gateway: Gateway;
  /** For SDKs: in-process, no socket. */
  readonly fetch: Gateway['fetch'];
  readonly logs: RequestLog[];
  /** Serves on a free port too. Returns the URL without a path. */
  listen(): Promise<string>;
}

/** An upstream of the plainest kind, with what a test says of it. */
export function upstreamAt(baseUrl: string, more: Partial<UpstreamConfig> = {}): UpstreamConfig {
  return {
    name: 'host',
    baseUrl,
    protocol: 'openai-chat',
    modelId: 'kimi-k2.6',
    continuation: true,
    ...more,
  };
}

/** A gateway before these upstreams of one model, which answers to any name. */
export async function servedBy(
  upstreams: readonly UpstreamConfig[],
  more: Partial<Pick<ModelConfig, 'argumentRetries'>> & { readonly routing?: Partial<RoutingConfig> } = {},
  limits: NonNullable<GatewayOptions['limits']> = {},
): Promise<Served> {
  const config: ModelConfig = {
    name: 'kimi',
    aliases: ['*'],
    argumentRetries: more.argumentRetries ?? 0,
    routing: { queue: {}, breaker: {}, ...more.routing },
    upstreams,
  };
  const [served] = modelBuilder(await loadParts(), {}).build([config]);
  const logs: RequestLog[] = [];
  const gateway = createGateway({
    models: modelDirectory([{ served: served!, aliases: config.aliases }]),
    limits,
    log: (entry) => logs.push(entry),
  });
  onTestFinished(() => gateway.drain());
  return {
    gateway,
    fetch: (input, init) => gateway.fetch(input, init),
    logs,
    listen: async () => (await gateway.listen({ host: '127.0.0.1', port: 0 })).url,
  };
}
