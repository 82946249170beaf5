/** One event of the stream. The SDKs go by the name in front; an event without one is dropped unseen. */
export function eventText(data: { readonly type: string } & Record<string, unknown>): string {
  return `event: ${data.type}\ndata: ${JSON.stringify(data)}\n\n`;
}

/** Keeps the connection alive. */
export const PING = eventText({ type: 'ping' });

const DELTA_END = '}}\n\n';

/** How the deltas of one block begin; what follows is the delta as JSON and `deltaText`'s end. */
export function deltaHead(index: number, type: string, field: string): string {
  return `event: content_block_delta\ndata: {"type":"content_block_delta","index":${index},"delta":{"type":"${type}","${field}":`;
}

/** One delta: the hot path of every stream, so nothing but the delta itself is serialised. */
export function deltaText(head: string, delta: string): string {
  return head + JSON.stringify(delta) + DELTA_END;
}
