import type { Prices } from '../../core/index.ts';
import type { Format } from '../../formats/index.ts';
import type { GatewayKey, GatewayLimits } from '../../gateway/index.ts';
import type { HostDialect } from '../../profiles/index.ts';
import type { UPSTREAM_PROTOCOLS } from './upstream-settings.ts';

/** What the gateway is to do, from a file or from flags, every default in place. */
export interface Config {
  readonly server: ServerConfig;
  readonly keys: readonly GatewayKey[];
  readonly secret?: string;
  readonly models: readonly ModelConfig[];
  /** What holds while the database is away. */
  readonly fail: { readonly budgets: FailChoice; readonly rates: FailChoice };
  /** How long the database keeps what replicas share, in milliseconds; undefined: as it does by default. */
  readonly keep: { readonly responsesMs?: number; readonly reasoningMs?: number };
  readonly log: LogStyle;
}

export type FailChoice = 'open' | 'closed';

export type LogStyle = 'pretty' | 'json' | 'none';

export interface ServerConfig {
  readonly host: string;
  readonly port: number;
  /** Milliseconds in which a gateway that shall end still takes connections. */
  readonly drainDelayMs: number;
  /** Milliseconds that an idle connection stays open. */
  readonly keepAliveMs?: number;
  readonly limits: GatewayLimits;
}

export interface ModelConfig {
  readonly name: string;
  /** Further names; `*` in one stands for any characters. */
  readonly aliases: readonly string[];
  readonly argumentRetries: number;
  readonly routing: RoutingConfig;
  /** The preferred first. None: the practice model answers. */
  readonly upstreams: readonly UpstreamConfig[];
}

/** What the router does when an upstream fails or has no room. What is absent is left to the router's own default. */
export interface RoutingConfig {
  /** How often the same upstream is asked again, after all others were. */
  readonly retries?: number;
  /** Milliseconds until the first event; then the next upstream is asked. */
  readonly firstEventMs?: number;
  /** Requests that may wait for a free upstream, and the milliseconds that they may. */
  readonly queue: { readonly size?: number; readonly waitMs?: number };
  /** Failures in a row that open it, and the milliseconds until the first probe. */
  readonly breaker: { readonly failures?: number; readonly openMs?: number };
}

export type UpstreamProtocol = (typeof UPSTREAM_PROTOCOLS)[number];

export interface UpstreamConfig {
  /** Unique among the upstreams of its model. */
  readonly name: string;
  /** The id of its profile. */
  readonly hostId?: string;
  readonly baseUrl: string;
  readonly protocol: UpstreamProtocol;
  readonly format?: Format;
  readonly startInReasoning?: boolean;
  /** The model's id there. */
  readonly modelId: string;
  /** The model in any spelling, where the id does not tell which it is. */
  readonly template?: string;
  readonly apiKey?: string;
  /** The variable that the key came from or should come from. */
  readonly apiKeyName?: string;
  readonly headers?: { readonly [name: string]: string };
  readonly extraBody?: { readonly [field: string]: unknown };
  readonly weight?: number;
  readonly concurrency?: number;
  /** Whether a call that was cut is continued where the upstream can do that. */
  readonly continuation: boolean;
  readonly contextWindow?: number;
  readonly maxOutput?: number;
  readonly silenceMs?: number;
  readonly connectTimeoutMs?: number;
  /** What differs from the host's profile. */
  readonly dialect?: HostDialect;
  /** Default: what is published. */
  readonly prices?: Prices;
}

export const DEFAULT_HOST = '127.0.0.1';
export const DEFAULT_PORT = 8787;
