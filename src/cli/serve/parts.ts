import type { Target } from '../../conform/index.ts';
import type { Accounts, AccountsFile, Model, ModelRequest, UpstreamHints } from '../../core/index.ts';
import type { GatewayOptions, Routing } from '../../gateway/index.ts';
import type {
  AnthropicMessagesOptions,
  CompletionsOptions,
  OpenAiChatOptions,
  RawOptions,
  RawSender,
} from '../../upstream/index.ts';
import type { RoutingConfig } from '../config/config.ts';

/** What a gateway is made from: the makers of models, as `buildModels` needs them. */
export interface ModelParts {
  openaiChat(options: OpenAiChatOptions): Model;
  completions(options: CompletionsOptions): Model;
  anthropicMessages(options: AnthropicMessagesOptions): Model;
  rawUpstream(options: RawOptions): RawSender;
  conformed(model: Model, target: Target): Model;
  askingAgain(model: Model, target: Target, options: { readonly argumentRetries: number }): Model;
  routed(
    name: string,
    upstreams: readonly RoutedUpstream[],
    options: RoutingConfig & { readonly hints?: UpstreamHints },
  ): RoutedModel;
  withCacheKey(request: ModelRequest): ModelRequest;
  practiceModel(): Model;
}

export interface RoutedUpstream {
  readonly name: string;
  readonly model: Model;
  readonly weight?: number;
  readonly concurrency?: number;
}

export interface RoutedModel extends Model {
  ready(): boolean;
  waiting(): number;
  upstreams(): Routing['upstreams'];
}

/** The server, as `perigee serve` uses it. */
export interface RunningGateway {
  listen(address: { readonly host: string; readonly port: number; readonly keepAliveMs?: number }): Promise<{
    readonly url: string;
    readonly port: number;
  }>;
  /** Takes no more requests, after a delay if one is given, and resolves when the last is answered. */
  drain(options?: { readonly delayMs: number }): Promise<void>;
  /** What requests find from now on. */
  update(options: GatewayOptions): void;
  /** Requests that are not answered yet. */
  readonly open?: number;
}

export interface Parts extends ModelParts {
  createGateway(options: GatewayOptions): RunningGateway;
  localAccounts(file?: AccountsFile): Accounts;
}
