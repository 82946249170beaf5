import type { Prices } from '../../core/index.ts';
import { pricesOf } from '../../profiles/index.ts';
import type { UpstreamConfig } from './config.ts';

/** What the tokens of an upstream cost: what the configuration says, else what is published; undefined: not known. */
export function priceOf({ prices, modelId, hostId = '' }: UpstreamConfig): Prices | undefined {
  return prices ?? pricesOf(modelId, hostId);
}
