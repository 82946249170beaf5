import { createHash } from 'node:crypto';
import { type ModelRequest, textOf } from '../../core/index.ts';

/** Names the conversation of a request: its `cacheKey`, else what it begins with. Texts cannot be read from it. */
export function conversationOf(request: ModelRequest): string {
  return request.cacheKey ?? `perigee-${digest(beginningOf(request)).toString('base64url').slice(0, 32)}`;
}

/**
 * The request with a `cacheKey`, for hosts that route by it: what it has, else one derived from the system messages
 * and the first user message, so that it stays the same as the conversation grows.
 */
export function withCacheKey(request: ModelRequest): ModelRequest {
  return request.cacheKey === undefined ? { ...request, cacheKey: conversationOf(request) } : request;
}

/** 32 bits for each name, the same everywhere, that depend on all of the text. */
export function hash32(text: string): number {
  return digest([text]).readUInt32BE(0);
}

function* beginningOf({ messages }: ModelRequest): Generator<string> {
  for (const { role, content } of messages) {
    if (role !== 'system' && role !== 'user') continue;
    const text = textOf(content);
    // Lengths, so that no two beginnings run into the same text.
    yield `${role}:${text.length}:`;
    yield text;
    if (role === 'user') return;
  }
}

function digest(parts: Iterable<string>): Buffer {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest();
}
