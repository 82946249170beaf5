import { isJsonObject, type ModelRequest, PerigeeError } from '../../core/index.ts';
import { chatFront, messagesFront } from '../../protocols/index.ts';

type Json = Record<string, unknown>;

/** Blocks that only Anthropic's messages have. */
const BLOCKS: ReadonlySet<unknown> = new Set(['tool_use', 'tool_result', 'thinking', 'redacted_thinking']);

/** A request as a client would send it: the model that it names, and what it asks. */
export interface DecodedRequest {
  readonly model?: string;
  readonly request: ModelRequest;
}

/**
 * Takes a Chat Completions or an Anthropic Messages request apart, as the gateway does; `anthropic` says which it is
 * where its form does not. Throws `invalid-request` that says where.
 */
export function decodeRequest(json: unknown): DecodedRequest {
  if (!isJsonObject(json)) throw new PerigeeError('invalid-request', 'the request is not a JSON object.');
  const { anthropic, model, ...fields } = json;
  const isMessages = typeof anthropic === 'boolean' ? anthropic : !isChat(json) && isAnthropic(json);
  const front = isMessages ? messagesFront : chatFront;
  // What it is sent to may also be said by an option.
  const { request } = front.decodeRequest({ model: model ?? 'unnamed', ...fields });
  return { ...(typeof model === 'string' && { model }), request };
}

/** What only Chat Completions has; its clients mix thinking blocks into contents too. */
function isChat(json: Json): boolean {
  return objects(json['messages']).some(
    ({ role, tool_calls: calls }) => role === 'tool' || role === 'function' || Array.isArray(calls),
  );
}

function isAnthropic(json: Json): boolean {
  if (json['system'] !== undefined || json['stop_sequences'] !== undefined) return true;
  if (objects(json['tools']).some((tool) => isJsonObject(tool['input_schema']))) return true;
  return objects(json['messages']).some((message) =>
    objects(message['content']).some(({ type }) => BLOCKS.has(type)),
  );
}

function objects(value: unknown): Json[] {
  return Array.isArray(value) ? value.filter(isJsonObject) : [];
}
