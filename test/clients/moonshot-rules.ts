import { checkMfjs } from '../../src/conform/index.ts';
import type { HostRequest } from './raw-host.ts';

type Json = Record<string, unknown>;

/** Tools, names and limits as Moonshot's platform has them; its sources are named in the profiles. */
const NAME = /^[a-zA-Z_][a-zA-Z0-9_-]{0,127}$/;
const WINDOWS: Record<string, number> = {
  'kimi-k2.5': 262_144,
  'kimi-k2.6': 262_144,
  'kimi-k2.7-code': 262_144,
  'kimi-k3': 1_048_576,
};
const FIXED: Record<string, number> = { top_p: 0.95, n: 1, presence_penalty: 0, frequency_penalty: 0 };

/** Why Moonshot refuses a chat request with 400, in its own words where they are known; undefined: it does not. */
export function complaintOf(body: HostRequest): string | undefined {
  const thinks = isThinking(body);
  return (
    ofThinking(body) ??
    ofSampling(body, thinks) ??
    ofTools(body, thinks) ??
    ofFormat(body) ??
    ofMessages(body, thinks) ??
    ofWindow(body)
  );
}

/** Whether the model thinks in its answer. */
export function isThinking({ model, thinking }: HostRequest): boolean {
  const isSwitched = model === 'kimi-k2.6' || model === 'kimi-k2.5';
  return !isSwitched || (thinking as Json | undefined)?.['type'] !== 'disabled';
}

function ofThinking({ model, thinking, reasoning_effort: effort }: HostRequest): string | undefined {
  if (effort !== undefined && model === 'kimi-k3' && !['low', 'high', 'max'].includes(effort as string))
    return `invalid reasoning_effort: ${effort}`;
  if (thinking === undefined) return undefined;
  if (typeof thinking !== 'object' || thinking === null)
    return `the thinking field in the request (expected type object) is illegal, and ${typeof thinking} is not acceptable`;
  const { type, keep } = thinking as Json;
  if (type !== 'enabled' && type !== 'disabled') return `invalid thinking: unknown type ${type}`;
  // The documentation says not to send it at all.
  if (model === 'kimi-k3') return 'invalid thinking: not supported by this model';
  if (model === 'kimi-k2.5' && keep !== undefined) return 'invalid thinking: keep is not supported';
  if (keep !== undefined && keep !== null && keep !== 'all') return `invalid thinking: keep ${keep}`;
  if (model === 'kimi-k2.7-code' && (type !== 'enabled' || keep !== 'all'))
    return 'invalid thinking: only type=enabled is allowed for this model';
  return undefined;
}

function ofSampling(body: HostRequest, thinks: boolean): string | undefined {
  for (const [field, fixed] of Object.entries({ ...FIXED, temperature: thinks ? 1 : 0.6 })) {
    const value = body[field];
    if (value !== undefined && value !== fixed)
      return `invalid ${field}: only ${fixed} is allowed for this model`;
  }
  const { stop } = body;
  const stops = stop === undefined ? [] : Array.isArray(stop) ? stop : [stop];
  if (stops.length > 5) return 'stop: at most 5 strings';
  return stops.some((text) => typeof text !== 'string' || text === '' || Buffer.byteLength(text) > 32)
    ? 'stop: strings of 1 to 32 bytes'
    : undefined;
}

function ofTools({ model, tools, tool_choice: choice }: HostRequest, thinks: boolean): string | undefined {
  const list = (tools ?? []) as readonly { type?: unknown; function?: Json }[];
  const names = new Set<unknown>();
  for (const { type, function: inner } of list) {
    if (type !== 'function' || inner === undefined) return `invalid tool type: ${type}`;
    const { name, parameters, strict, description } = inner;
    if (typeof name !== 'string' || !NAME.test(name))
      return `Invalid request: function name is invalid, must match ${NAME.source}: ${name}`;
    if (names.has(name)) return `Invalid request: function name ${name} is duplicated`;
    names.add(name);
    if (parameters === undefined || parameters === null) return 'tools.function.parameters is required';
    const complaint = checkMfjs(parameters);
    if (complaint !== undefined)
      return `Invalid request: tools.function.parameters is not a valid moonshot flavored json schema, details: <${complaint}>`;
    if (strict !== undefined && typeof strict !== 'boolean') return 'tools.function.strict must be a boolean';
    if (description !== undefined && typeof description !== 'string') return 'tools.function.description';
  }
  if (choice === undefined || choice === 'auto' || choice === 'none') return undefined;
  if (choice !== 'required' && typeof choice !== 'object') return `invalid tool_choice: ${choice}`;
  if (list.length === 0) return 'tool_choice is set and there are no tools';
  if (choice === 'required') {
    return thinks && model !== 'kimi-k3'
      ? "tool_choice 'required' is incompatible with thinking enabled"
      : undefined;
  }
  return thinks ? "tool_choice 'specified' is incompatible with thinking enabled" : undefined;
}

function ofFormat({ response_format: format }: HostRequest): string | undefined {
  if (format === undefined) return undefined;
  const { type, json_schema: inner } = format as { type?: unknown; json_schema?: Json };
  if (type === 'text' || type === 'json_object') return undefined;
  if (type !== 'json_schema') return `invalid response_format type: ${type}`;
  if (typeof inner?.['name'] !== 'string' || inner['schema'] === undefined)
    return 'response_format.json_schema needs a name and a schema';
  const complaint = checkMfjs(inner['schema']);
  return complaint === undefined
    ? undefined
    : `response_format.json_schema is not a valid moonshot flavored json schema, details: <${complaint}>`;
}

function ofMessages({ messages, model }: HostRequest, thinks: boolean): string | undefined {
  if (!Array.isArray(messages) || messages.length === 0) return 'Invalid request: messages is empty';
  /** Ids of the turn before that have no result yet. */
  let waiting = new Set<string>();
  for (const [at, message] of (messages as HostRequest['messages']).entries()) {
    const { role, content, tool_calls: calls = [] } = message;
    if (!['system', 'user', 'assistant', 'tool'].includes(role)) return `role '${role}' is not allowed`;
    if (role === 'tool') {
      if (!waiting.delete(message.tool_call_id ?? ''))
        return `tool_call_id ${message.tool_call_id ?? ''} is not found`;
    } else if (waiting.size > 0) {
      return `an assistant message with 'tool_calls' must be followed by tool messages responding to each 'tool_call_id'. The following tool_call_ids did not have response messages: ${[...waiting].join(', ')}`;
    }
    const complaint = ofContent(content, at, role, calls.length > 0);
    if (complaint !== undefined) return complaint;
    if (role !== 'assistant') continue;
    const reasoning = (message as Json)['reasoning_content'];
    if (reasoning !== undefined && typeof reasoning !== 'string')
      return `messages[${at}].reasoning_content must be a string`;
    if (calls.length === 0 && blank(content) && !reasoning)
      return `the message at position ${at} with role 'assistant' must not be empty`;
    if (calls.length > 0 && thinks && reasoning === undefined && model !== 'kimi-k2')
      return `thinking is enabled but reasoning_content is missing in assistant tool call message at index ${at}`;
    waiting = new Set(calls.map(({ id }) => id));
    if (waiting.size < calls.length || waiting.has('')) return 'tool_calls: ids must be unique';
    for (const call of calls) {
      if (!NAME.test(call.function.name))
        return `Invalid request: function name is invalid: ${call.function.name}`;
      if (!isObjectText(call.function.arguments))
        return `messages[${at}]: function.arguments is not a JSON object`;
    }
  }
  return waiting.size > 0
    ? `an assistant message with 'tool_calls' must be followed by tool messages: ${[...waiting].join(', ')}`
    : undefined;
}

function ofContent(content: unknown, at: number, role: string, hasCalls: boolean): string | undefined {
  if (typeof content === 'string') {
    if (role === 'assistant') return hasCalls && blank(content) ? 'text content is empty' : undefined;
    return blank(content) && role !== 'tool'
      ? `the message at position ${at} with role '${role}' must not be empty`
      : undefined;
  }
  if (content === undefined || content === null)
    return role === 'assistant'
      ? undefined
      : `the message at position ${at} with role '${role}' must not be empty`;
  if (!Array.isArray(content)) return `the message at position ${at} has an invalid content`;
  if (content.length === 0 && role !== 'assistant')
    return `the message at position ${at} with role '${role}' must not be empty`;
  for (const part of content as Json[]) {
    if (part['type'] === 'text') {
      if (typeof part['text'] !== 'string' || part['text'].trim() === '') return 'text content is empty';
    } else if (part['type'] === 'image_url' || part['type'] === 'video_url') {
      const url = (part[part['type']] as Json | undefined)?.['url'];
      if (typeof url !== 'string' || !/^(data:|ms:\/\/)/.test(url)) return `unsupported image url: ${url}`;
    } else
      return `the message at position ${at} with role '${role}' contains an invalid part type: ${part['type']}`;
  }
  return undefined;
}

function ofWindow(body: HostRequest): string | undefined {
  const limit = body['max_completion_tokens'] ?? body['max_tokens'];
  if (limit !== undefined && !(Number.isInteger(limit) && (limit as number) > 0)) return 'invalid max_tokens';
  const window = WINDOWS[body['model'] as string] ?? 0;
  // A real tokenizer gives about one token for four characters of such texts.
  const prompt = Math.ceil(JSON.stringify([body.messages, body.tools ?? []]).length / 4);
  const requested = prompt + ((limit as number | undefined) ?? 0);
  return requested > window
    ? `Invalid request: Your request exceeded model token limit: ${window} (requested: ${requested})`
    : undefined;
}

function blank(content: unknown): boolean {
  return content === undefined || content === null || (typeof content === 'string' && content.trim() === '');
}

function isObjectText(text: unknown): boolean {
  if (typeof text !== 'string') return false;
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}
