import { isJsonObject, type ModelRequest, type ResponseFormat } from '../../core/index.ts';
import type { ClientRequest } from '../front/index.ts';
import type { ChatReply } from './chat-reply.ts';
import { decodeHistory } from './decode-history.ts';
import { type DecodedThinking, decodeThinking } from './decode-thinking.ts';
import { decodeTools } from './decode-tools.ts';
import {
  invalid,
  kindOf,
  optionalArray,
  optionalBoolean,
  optionalNumber,
  optionalObject,
  optionalString,
  unsupported,
  type Wire,
} from './request-field.ts';

/** Fields with a place in our words; all others go into `extra`. */
const READ: ReadonlySet<string> = new Set([
  'model',
  'messages',
  'stream',
  'stream_options',
  'n',
  'tools',
  'tool_choice',
  'functions',
  'function_call',
  'parallel_tool_calls',
  'response_format',
  'max_tokens',
  'max_completion_tokens',
  'temperature',
  'top_p',
  'stop',
  'thinking',
  'enable_thinking',
  'reasoning',
  'reasoning_effort',
  'include_reasoning',
  'chat_template_kwargs',
  'prompt_cache_key',
  // An own key of this name would change what `extra` inherits.
  '__proto__',
]);

/** Takes the body of a `POST /v1/chat/completions` apart, as OpenAI, Moonshot, OpenRouter and engines define it. */
export function decodeChatRequest(json: unknown): ClientRequest<ChatReply> {
  if (!isJsonObject(json)) {
    throw invalid(
      'The body',
      `must be a JSON object, and is ${kindOf(json)}`,
      'Send {"model":…,"messages":[…]}.',
    );
  }
  const model = optionalString(json, 'model');
  if (model === undefined || model === '')
    throw invalid('model', 'is missing', 'Name one of GET /v1/models.');
  refuse(json);
  const history = decodeHistory(json['messages']);
  const { tools, toolChoice, custom, legacy } = decodeTools(json, history);
  const thinking = decodeThinking(json);
  const parallel = legacy ? false : optionalBoolean(json, 'parallel_tool_calls');
  const stream = optionalBoolean(json, 'stream') ?? false;
  const streamOptions = optionalObject(json, 'stream_options') ?? {};
  const request: ModelRequest = {
    messages: history.messages,
    ...(tools && { tools }),
    ...(toolChoice !== undefined && { toolChoice }),
    ...(parallel !== undefined && { parallelToolCalls: parallel }),
    ...decodeFormat(json),
    ...decodeSampling(json),
    ...(thinking.thinking !== undefined && { thinking: thinking.thinking }),
    ...(thinking.effort !== undefined && { effort: thinking.effort }),
    ...decodeExtra(json, thinking),
    extraProtocol: 'openai-chat',
  };
  const includeUsage = optionalBoolean(streamOptions, 'include_usage', 'stream_options.include_usage');
  return { model, stream, request, reply: { includeUsage, legacy, custom, showReasoning: thinking.show } };
}

/** What would change the answer and cannot be served is refused, not ignored. */
function refuse(json: Wire): void {
  const n = optionalNumber(json, 'n');
  if (n !== undefined && n !== 1) {
    throw unsupported(
      'n',
      `is ${n}, and Kimi gives one choice`,
      'Leave it out and send the request several times.',
    );
  }
  if (json['logprobs'] === true) {
    throw unsupported('logprobs', 'cannot be served', 'Leave it out, or send the header X-Tool-Mode: raw.');
  }
  const modalities = optionalArray(json, 'modalities');
  if (modalities?.includes('audio')) {
    throw unsupported('modalities', 'asks for audio, and Kimi writes text', 'Ask for text alone.');
  }
  if (isJsonObject(json['web_search_options'])) {
    throw unsupported(
      'web_search_options',
      'asks for a search that a host would have to run',
      'Leave it out, or declare a search function that your program runs.',
    );
  }
}

function decodeSampling(json: Wire): Partial<ModelRequest> {
  const maxTokens = tokenLimit(json, 'max_completion_tokens') ?? tokenLimit(json, 'max_tokens');
  const temperature = optionalNumber(json, 'temperature');
  const topP = optionalNumber(json, 'top_p');
  const stop = stopStrings(json['stop']);
  const cacheKey = optionalString(json, 'prompt_cache_key');
  return {
    ...(maxTokens !== undefined && { maxTokens }),
    ...(temperature !== undefined && { temperature }),
    ...(topP !== undefined && { topP }),
    ...(stop.length > 0 && { stop }),
    ...(cacheKey !== undefined && cacheKey !== '' && { cacheKey }),
  };
}

function tokenLimit(json: Wire, field: string): number | undefined {
  const value = optionalNumber(json, field);
  // What several clients send for "no limit".
  if (value === undefined || value === -1) return undefined;
  if (Number.isSafeInteger(value) && value > 0) return value;
  throw invalid(field, `is ${value}`, 'Send a whole number of at least 1, or leave it out.');
}

function stopStrings(wire: unknown): readonly string[] {
  if (wire === undefined || wire === null) return [];
  const entries: unknown[] = Array.isArray(wire) ? wire : [wire];
  return entries
    .map((entry, position) => {
      if (typeof entry === 'string') return entry;
      const at = Array.isArray(wire) ? `stop[${position}]` : 'stop';
      throw invalid(at, `must be a string, and is ${kindOf(entry)}`, 'Send a string or an array of strings.');
    })
    .filter((entry) => entry !== '');
}

function decodeFormat(json: Wire): { responseFormat?: ResponseFormat } {
  const wire = optionalObject(json, 'response_format');
  if (wire === undefined) return {};
  switch (wire['type']) {
    case 'text':
      return {};
    case 'json_object':
      return { responseFormat: { type: 'json' } };
    case 'json_schema':
      return { responseFormat: schemaFormat(wire) };
    default:
      throw invalid('response_format.type', 'is none that is known', 'Use text, json_object or json_schema.');
  }
}

function schemaFormat(wire: Wire): ResponseFormat {
  const at = 'response_format.json_schema';
  const inner = optionalObject(wire, 'json_schema', at) ?? {};
  const schema = optionalObject(inner, 'schema', `${at}.schema`);
  if (schema === undefined)
    throw invalid(`${at}.schema`, 'is missing', 'Send the JSON Schema of the answer.');
  const name = optionalString(inner, 'name', `${at}.name`);
  const description = optionalString(inner, 'description', `${at}.description`);
  const strict = optionalBoolean(inner, 'strict', `${at}.strict`);
  return {
    type: 'json-schema',
    name: name === undefined || name === '' ? 'response' : name,
    schema,
    ...(description !== undefined && { description }),
    ...(strict !== undefined && { strict }),
  };
}

/** Null means the default, so it need not be passed on. */
function decodeExtra(json: Wire, { templateArguments }: DecodedThinking): { extra?: Wire } {
  const extra: Wire = {};
  let some = false;
  for (const field of Object.keys(json)) {
    const value = json[field];
    if (READ.has(field) || value === null) continue;
    extra[field] = value;
    some = true;
  }
  if (templateArguments !== undefined) {
    extra['chat_template_kwargs'] = templateArguments;
    some = true;
  }
  return some ? { extra } : {};
}
