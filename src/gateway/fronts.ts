import type { WireProtocol } from '../core/index.ts';
import { chatFront, type Front } from '../protocols/index.ts';

/** A protocol that is served: where its requests arrive, and how to read and write it. */
export interface ServedFront {
  /** Behind `/v1`. */
  readonly path: string;
  readonly front: Front<unknown>;
  /** Whether the client wants this answer stored, and the input items as it sent them. */
  stored?(reply: unknown, json: unknown): readonly Record<string, unknown>[] | undefined;
}

/** A new protocol is a line here. */
export const FRONTS: readonly ServedFront[] = [{ path: '/chat/completions', front: chatFront }];

/** The front in whose shape a request without a route of its own is answered. */
export function frontOf(protocol: WireProtocol): Front<unknown> {
  return (FRONTS.find(({ front }) => front.protocol === protocol) ?? FRONTS[0]!).front;
}
