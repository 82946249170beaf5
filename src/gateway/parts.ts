import type { Tell } from '../conform/index.ts';
import type { Message, ModelRequest, Turn } from '../core/index.ts';

/** Keeps the reasoning that clients drop; two tenants never share any. */
export interface ReasoningKeeper {
  /** The request with what its client dropped; the same object where nothing is missing. */
  restore(tenant: string, request: ModelRequest, tell: Tell): ModelRequest;
  /** Remembers the reasoning of an answer to this request. */
  keep(tenant: string, request: ModelRequest, turn: Turn): void;
}

/** Keeps responses that clients asked to store; each method knows those of one tenant only. */
export interface ResponseKeeper {
  /** `conversation`: the request's messages and the answer. */
  put(
    tenant: string,
    response: Record<string, unknown>,
    input: readonly Record<string, unknown>[],
    conversation: readonly Message[],
  ): void;
  get(tenant: string, responseId: string): Record<string, unknown> | undefined;
  inputItems(tenant: string, responseId: string): readonly Record<string, unknown>[] | undefined;
  recall(tenant: string, responseId: string): readonly Message[] | undefined;
  recallItem(tenant: string, itemId: string): Record<string, unknown> | undefined;
  /** False: there was none. */
  delete(tenant: string, responseId: string): boolean;
}

/** What the gateway is put together from beside the fronts. `bytes` bounds what each keeper may hold. */
export interface GatewayParts {
  readonly createMemory?: (bytes: number) => ReasoningKeeper;
  readonly createResponses?: (bytes: number) => ResponseKeeper;
  /** Tokens of a prompt, for `count_tokens`. */
  readonly estimateTokens?: (request: ModelRequest) => number;
}

/** The parts that are served. */
export const PARTS: GatewayParts = {};
