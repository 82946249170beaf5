import type { HostDialect } from '../../profiles/index.ts';
import type { FailChoice, LogStyle, UpstreamProtocol } from './config.ts';
import type { FORMATS } from './upstream-settings.ts';

/** A configuration as it is written, its form already checked (`settings.ts`). */
export interface WrittenConfig {
  readonly server?: {
    readonly host?: string;
    readonly port?: number;
    readonly drain_delay_seconds?: number;
    readonly keep_alive_seconds?: number;
    readonly limits?: {
      readonly body_mb?: number;
      readonly body_seconds?: number;
      readonly slow_client_seconds?: number;
      readonly ping_seconds?: number;
      readonly memory_mb?: number;
      readonly budget_wait_seconds?: number;
    };
  };
  readonly keys?: readonly WrittenKey[];
  readonly secret?: string;
  readonly models: readonly WrittenModel[];
  readonly routing?: WrittenRouting;
  readonly keep?: { readonly responses_days?: number; readonly reasoning_hours?: number };
  readonly fail?: { readonly budgets?: FailChoice; readonly rates?: FailChoice };
  readonly log?: LogStyle;
}

export interface WrittenKey {
  readonly id: string;
  readonly key: string;
  readonly models?: readonly string[];
  readonly requests_per_minute?: number;
  readonly tokens_per_minute?: number;
  readonly monthly_budget_usd?: number;
}

export interface WrittenRouting {
  readonly retries?: number;
  readonly first_event_seconds?: number;
  readonly queue?: number;
  readonly queue_seconds?: number;
  readonly breaker_failures?: number;
  readonly breaker_seconds?: number;
}

export interface WrittenModel {
  readonly name: string;
  readonly aliases?: readonly string[];
  readonly argument_retries?: number;
  readonly routing?: WrittenRouting;
  readonly upstreams: readonly WrittenUpstream[];
}

export interface WrittenUpstream {
  readonly host?: string;
  readonly url?: string;
  readonly name?: string;
  readonly protocol?: UpstreamProtocol;
  readonly format?: (typeof FORMATS)[number];
  readonly start_in_reasoning?: boolean;
  readonly model?: string;
  readonly template?: string;
  readonly api_key?: string;
  readonly headers?: { readonly [name: string]: string };
  readonly extra_body?: { readonly [field: string]: unknown };
  readonly weight?: number;
  readonly concurrency?: number;
  readonly continuation?: boolean;
  readonly context_window?: number;
  readonly max_output?: number;
  readonly silence_seconds?: number;
  readonly connect_seconds?: number;
  readonly dialect?: {
    readonly max_tokens_field?: NonNullable<HostDialect['maxTokensField']>;
    readonly thinking?: NonNullable<HostDialect['thinking']>;
    readonly reasoning_fields?: NonNullable<HostDialect['reasoningFields']>;
    readonly reasoning_required?: boolean;
    readonly cache_key_field?: string;
  };
  readonly prices?: { readonly input: number; readonly cached_input?: number; readonly output: number };
}
