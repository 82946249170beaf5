export { withCacheKey } from './conversation.ts';
export type {
  BreakerOptions,
  QueueOptions,
  RoutedModel,
  RoutingOptions,
  Upstream,
  UpstreamState,
} from './options.ts';
export { routed } from './routed.ts';
