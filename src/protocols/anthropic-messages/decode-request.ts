import {
  isJsonObject,
  type ModelRequest,
  PerigeeError,
  parseJsonObject,
  type ResponseFormat,
} from '../../core/index.ts';
import type { ClientRequest, DecodeOptions } from '../front/index.ts';
import { decodeMessages } from './decode-messages.ts';
import { decodeThinking } from './decode-thinking.ts';
import { decodeToolChoice, decodeTools } from './decode-tools.ts';
import type { MessagesReply } from './messages-reply.ts';
import {
  invalidField,
  optionalBoolean,
  optionalList,
  optionalNumber,
  optionalObject,
  optionalString,
  present,
  textIn,
  type Wire,
  withoutFields,
} from './wire-reading.ts';

/** The code by which Anthropic's SDK knows that it must send whole conversations instead of threads. */
export const NO_THREADS = 'thread_unsupported_request';

/** Fields that are read here; all others go into `extra`. */
const READ = [
  'model',
  'messages',
  'system',
  'stream',
  'tools',
  'tool_choice',
  'thinking',
  'context_management',
  'output_config',
  'output_format',
  'max_tokens',
  'stop_sequences',
  'temperature',
  'top_p',
  'metadata',
  'thread',
  'mcp_servers',
  'container',
  'compaction',
];

/**
 * Takes a body of `POST /v1/messages` or `/v1/messages/count_tokens` apart. Throws `invalid-request` for what is not
 * the protocol, `gateway-unsupported` for what only Anthropic's servers can do; blocks in a history that cannot be
 * shown to Kimi become texts that say so.
 */
export function decodeMessagesRequest(
  json: unknown,
  options: DecodeOptions = {},
): ClientRequest<MessagesReply> {
  if (!isJsonObject(json)) throw invalidField('The body', 'be a JSON object');
  const { model } = json;
  if (typeof model !== 'string' || model === '') throw invalidField('model', 'be the name of a model');
  refuseUnsupported(json);
  const { messages, toolChanges, effort } = decodeMessages(
    present(json['system']),
    json['messages'],
    options,
  );
  const tools = decodeTools(json, toolChanges);
  const { thinking, hideReasoning, rest } = decodeThinking(json);
  const output = decodeOutput(json);
  const metadata = decodeMetadata(json);
  const extra = {
    ...withoutNulls(withoutFields(json, READ)),
    ...rest,
    ...output.rest,
    ...metadata.rest,
  };
  const effortWanted = effort ?? output.effort;
  const request: ModelRequest = {
    messages,
    ...(tools.length > 0 && { tools }),
    ...decodeToolChoice(json),
    ...(thinking && { thinking }),
    ...(effortWanted !== undefined && { effort: effortWanted }),
    ...(output.responseFormat && { responseFormat: output.responseFormat }),
    ...decodeSampling(json),
    ...(metadata.cacheKey !== undefined && { cacheKey: metadata.cacheKey }),
    ...(Object.keys(extra).length > 0 && { extra }),
    extraProtocol: 'anthropic-messages',
  };
  return {
    model,
    stream: optionalBoolean(json, 'stream') ?? false,
    request,
    reply: { hideReasoning },
  };
}

function refuseUnsupported(wire: Wire): void {
  const refuse = (field: string, why: string, remedy: string, hostType?: string) => {
    throw new PerigeeError('gateway-unsupported', `${field}: ${why}.`, {
      param: field,
      remedy,
      ...(hostType !== undefined && { hostType }),
    });
  };
  if (present(wire['thread']) !== undefined) {
    refuse(
      'thread',
      'conversations are not kept here',
      'Send the whole conversation without it.',
      NO_THREADS,
    );
  }
  if ((optionalList(wire, 'mcp_servers') ?? []).length > 0) {
    refuse('mcp_servers', 'MCP servers are not called from here', 'Connect them in the client.');
  }
  if (present(wire['container']) !== undefined) {
    refuse('container', 'there are no containers here', 'Leave it out; run code with a tool of your own.');
  }
  if (present(wire['compaction']) !== undefined) {
    refuse(
      'compaction',
      'conversations are not compacted here',
      'Ask for a summary in a message of your own.',
    );
  }
}

type Sampling = Pick<ModelRequest, 'maxTokens' | 'temperature' | 'topP' | 'stop'>;

function decodeSampling(wire: Wire): Sampling {
  const maxTokens = optionalNumber(wire, 'max_tokens');
  // 0 asks for no answer: the prompt is to be cached.
  if (maxTokens !== undefined && !(Number.isSafeInteger(maxTokens) && maxTokens >= 0)) {
    throw invalidField('max_tokens', 'be a whole number from 0 on');
  }
  const temperature = optionalNumber(wire, 'temperature');
  const topP = optionalNumber(wire, 'top_p');
  const stop = optionalList(wire, 'stop_sequences')?.map((sequence, position) => {
    if (typeof sequence === 'string') return sequence;
    throw invalidField(`stop_sequences[${position}]`, 'be a string');
  });
  return {
    ...(maxTokens !== undefined && { maxTokens }),
    ...(temperature !== undefined && { temperature }),
    ...(topP !== undefined && { topP }),
    ...(stop && stop.length > 0 && { stop }),
  };
}

interface Output {
  readonly effort?: string;
  readonly responseFormat?: ResponseFormat;
  readonly rest: Wire;
}

function decodeOutput(wire: Wire): Output {
  const config = optionalObject(wire, 'output_config') ?? {};
  const effort = optionalString(config, 'effort', 'output_config.effort');
  const format = optionalObject(config, 'format', 'output_config.format');
  // The name of the field in the beta.
  const responseFormat = format
    ? decodeFormat(format, 'output_config.format')
    : decodeFormat(optionalObject(wire, 'output_format'), 'output_format');
  const further = withoutNulls(withoutFields(config, ['effort', 'format']));
  return {
    ...(effort !== undefined && { effort }),
    ...(responseFormat && { responseFormat }),
    rest: Object.keys(further).length > 0 ? { output_config: further } : {},
  };
}

function decodeFormat(format: Wire | undefined, place: string): ResponseFormat | undefined {
  if (!format) return undefined;
  if (format['type'] !== 'json_schema') throw invalidField(`${place}.type`, 'be "json_schema"');
  const schema = format['schema'];
  if (!isJsonObject(schema)) throw invalidField(`${place}.schema`, 'be an object');
  return { type: 'json-schema', name: 'answer', schema, strict: true };
}

/** Claude Code writes user, account and session into one id: only the session is of use to a host, and its business. */
function decodeMetadata(wire: Wire): { readonly cacheKey?: string; readonly rest: Wire } {
  const metadata = optionalObject(wire, 'metadata') ?? {};
  const userId = optionalString(metadata, 'user_id', 'metadata.user_id');
  const further = withoutNulls(withoutFields(metadata, ['user_id']));
  return {
    ...(userId && { cacheKey: sessionOf(userId) ?? userId }),
    rest: Object.keys(further).length > 0 ? { metadata: further } : {},
  };
}

function sessionOf(userId: string): string | undefined {
  const named = /_session_([0-9A-Za-z-]+)$/.exec(userId)?.[1];
  if (named !== undefined || !userId.startsWith('{')) return named;
  return textIn(parseJsonObject(userId)?.['session_id']) || undefined;
}

function withoutNulls(wire: Wire): Wire {
  return Object.fromEntries(
    Object.entries(wire).filter(([, value]) => value !== null && value !== undefined),
  );
}
