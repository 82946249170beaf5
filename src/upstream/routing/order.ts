import type { ModelRequest } from '../../core/index.ts';
import { conversationOf, hash32 } from './conversation.ts';
import type { Lane } from './lane.ts';

/** Puts upstreams into the order in which a request asks them. */
export type OrderOf = (request: ModelRequest) => readonly Lane[];

/**
 * As given, or by weight: rendezvous hashing, so that a conversation finds the same upstream, and where that is
 * missing the same second one, while all others stay where they are.
 */
export function orderBy(lanes: readonly Lane[]): OrderOf {
  const seeds = new Map(lanes.map((lane) => [lane, hash32(lane.upstream.name)]));
  const weighted = lanes.filter(({ upstream }) => (upstream.weight ?? 0) > 0);
  if (weighted.length === 0) return () => lanes;
  const others = lanes.filter((lane) => !weighted.includes(lane));
  return (request) => {
    const conversation = hash32(conversationOf(request));
    const distances = new Map(
      weighted.map((lane) => [lane, distance(conversation, seeds.get(lane)!, lane.upstream.weight!)]),
    );
    const near = [...weighted].sort((a, b) => distances.get(a)! - distances.get(b)!);
    return [...near, ...others];
  };
}

/** Exponentially distributed with the weight as its rate, so the nearest is chosen in proportion to the weights. */
function distance(conversation: number, seed: number, weight: number): number {
  const part = (mixed(conversation ^ seed) + 0.5) / 2 ** 32;
  return -Math.log(part) / weight;
}

/** Spreads the bits (the finalizer of MurmurHash3). */
function mixed(bits: number): number {
  let hash = bits;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
