import {
  type Content,
  type ContentPart,
  isJsonObject,
  type JsonSchema,
  type Message,
  type ModelRequest,
  PerigeeError,
  type ResponseFormat,
  type ToolCall,
  type ToolChoice,
  type ToolDeclaration,
} from '../../core/index.ts';

type Json = Record<string, unknown>;

/** A request as a client would send it: the model that it names, and what it asks. */
export interface DecodedRequest {
  readonly model?: string;
  readonly request: ModelRequest;
}

/** Takes a Chat Completions or an Anthropic Messages request apart. Throws `invalid-request` that says where. */
export function decodeRequest(json: unknown): DecodedRequest {
  if (!isJsonObject(json)) throw new PerigeeError('invalid-request', 'the request is not a JSON object.');
  const { model, stream: _, stream_options: __, anthropic: ___, ...fields } = json;
  if (!Array.isArray(fields['messages'])) {
    throw new PerigeeError('invalid-request', 'messages must be an array.', { param: 'messages' });
  }
  const request = isAnthropic(json) ? decodeAnthropic(fields) : decodeChat(fields);
  return { ...(typeof model === 'string' && { model }), request };
}

function isAnthropic(json: Json): boolean {
  if (json['anthropic'] === true || json['system'] !== undefined || json['stop_sequences'] !== undefined)
    return true;
  if (objects(json['tools']).some((tool) => isJsonObject(tool['input_schema']))) return true;
  return objects(json['messages']).some((message) =>
    objects(message['content']).some(({ type }) =>
      ['tool_use', 'tool_result', 'thinking', 'redacted_thinking'].includes(type as string),
    ),
  );
}

function decodeChat(fields: Json): ModelRequest {
  const {
    messages,
    tools,
    tool_choice: choice,
    parallel_tool_calls: parallel,
    response_format: format,
    max_tokens: maxTokens,
    max_completion_tokens: maxCompletionTokens,
    thinking,
    reasoning_effort: effort,
    temperature,
    top_p: topP,
    stop,
    prompt_cache_key: cacheKey,
    ...extra
  } = fields;
  const asked = isJsonObject(thinking) ? thinkingOf(thinking) : undefined;
  return {
    messages: (messages as unknown[]).map(decodeChatMessage),
    ...decodeTools(tools),
    ...(chatChoice(choice) !== undefined && { toolChoice: chatChoice(choice)! }),
    ...(typeof parallel === 'boolean' && { parallelToolCalls: parallel }),
    ...(isJsonObject(format) && responseFormat(format)),
    ...numbers({ maxTokens: maxCompletionTokens ?? maxTokens, temperature, topP }),
    ...(asked && { thinking: asked }),
    ...(typeof effort === 'string' && { effort }),
    ...stops(stop),
    ...(typeof cacheKey === 'string' && { cacheKey }),
    extra,
    extraProtocol: 'openai-chat',
  };
}

function decodeChatMessage(json: unknown, position: number): Message {
  const message = messageAt(json, position);
  const content = contentOf(message['content']);
  switch (message['role']) {
    case 'system':
    case 'developer':
      return { role: 'system', content };
    case 'user':
      return { role: 'user', content };
    case 'tool':
      return { role: 'tool', toolCallId: textField(message['tool_call_id']), content };
    case 'assistant': {
      const reasoning = message['reasoning_content'] ?? message['reasoning'];
      const calls = objects(message['tool_calls']).map(chatCall);
      return {
        role: 'assistant',
        content,
        ...(typeof reasoning === 'string' && { reasoning }),
        ...(calls.length > 0 && { toolCalls: calls }),
      };
    }
    default:
      throw unknownRole(position);
  }
}

function chatCall(call: Json): ToolCall {
  const named = isJsonObject(call['function']) ? call['function'] : {};
  const given = named['arguments'];
  return {
    id: textField(call['id']),
    name: textField(named['name']),
    arguments: typeof given === 'string' ? given : given === undefined ? '' : JSON.stringify(given),
  };
}

function chatChoice(choice: unknown): ToolChoice | undefined {
  if (choice === 'auto' || choice === 'none' || choice === 'required') return choice;
  if (!isJsonObject(choice)) return undefined;
  const named = isJsonObject(choice['function']) ? choice['function'] : choice;
  return typeof named['name'] === 'string' ? { name: named['name'] } : undefined;
}

function decodeAnthropic(fields: Json): ModelRequest {
  const {
    messages,
    system,
    tools,
    tool_choice: choice,
    max_tokens: maxTokens,
    stop_sequences: stop,
    temperature,
    top_p: topP,
    thinking,
    ...extra
  } = fields;
  const asked = isJsonObject(thinking) ? thinkingOf(thinking) : undefined;
  const one = isJsonObject(choice) && choice['disable_parallel_tool_use'] === true;
  return {
    messages: [
      ...(system === undefined ? [] : [{ role: 'system', content: contentOf(system) } as const]),
      ...(messages as unknown[]).flatMap(decodeAnthropicMessage),
    ],
    ...decodeTools(tools),
    ...(isJsonObject(choice) && anthropicChoice(choice)),
    ...(one && { parallelToolCalls: false }),
    ...numbers({ maxTokens, temperature, topP }),
    ...(asked && { thinking: asked }),
    ...stops(stop),
    extra,
    extraProtocol: 'anthropic-messages',
  };
}

function anthropicChoice({ type, name }: Json): Pick<ModelRequest, 'toolChoice'> {
  if (type === 'tool' && typeof name === 'string') return { toolChoice: { name } };
  if (type === 'any') return { toolChoice: 'required' };
  return type === 'auto' || type === 'none' ? { toolChoice: type } : {};
}

function decodeAnthropicMessage(json: unknown, position: number): Message[] {
  const message = messageAt(json, position);
  const { role } = message;
  const blocks = objects(message['content']);
  const rest = blocks.filter(
    ({ type }) => !['tool_result', 'tool_use', 'thinking', 'redacted_thinking'].includes(type as string),
  );
  const content = contentOf(blocks.length > 0 ? rest : message['content']);
  if (role === 'system') return [{ role, content }];
  if (role === 'user') {
    const results = blocks.filter(({ type }) => type === 'tool_result').map(anthropicResult);
    return results.length > 0 && rest.length === 0 ? results : [...results, { role, content }];
  }
  if (role !== 'assistant') throw unknownRole(position);
  const thoughts = blocks.filter(({ type }) => type === 'thinking');
  const calls = blocks.filter(({ type }) => type === 'tool_use').map(anthropicCall);
  const signature = thoughts.at(-1)?.['signature'];
  return [
    {
      role,
      content,
      ...(thoughts.length > 0 && {
        reasoning: thoughts.map((block) => textField(block['thinking'])).join(''),
      }),
      ...(typeof signature === 'string' && { reasoningSignature: signature }),
      ...(calls.length > 0 && { toolCalls: calls }),
    },
  ];
}

function anthropicCall({ id, name, input }: Json): ToolCall {
  return { id: textField(id), name: textField(name), arguments: JSON.stringify(input ?? {}) };
}

function anthropicResult(block: Json): Message {
  return {
    role: 'tool',
    toolCallId: textField(block['tool_use_id']),
    content: contentOf(block['content']),
    ...(block['is_error'] === true && { isError: true }),
  };
}

function decodeTools(tools: unknown): Pick<ModelRequest, 'tools'> {
  const declared = objects(tools).map((tool): ToolDeclaration => {
    const named = isJsonObject(tool['function']) ? tool['function'] : tool;
    const parameters = named['parameters'] ?? named['input_schema'];
    const { description, strict } = named;
    return {
      name: textField(named['name']),
      ...(typeof description === 'string' && { description }),
      ...(isJsonObject(parameters) && { parameters: parameters as JsonSchema }),
      ...(typeof strict === 'boolean' && { strict }),
    };
  });
  return declared.length > 0 ? { tools: declared } : {};
}

function contentOf(content: unknown): Content {
  if (typeof content === 'string') return content;
  return objects(content).map((part): ContentPart => {
    const { type, text } = part;
    if (typeof text === 'string') return { type: 'text', text };
    const image = urlOf(part['image_url']) ?? sourceOf(part['source']);
    if (image !== undefined) return { type: 'image', url: image };
    const video = urlOf(part['video_url']);
    if (video !== undefined) return { type: 'video', url: video };
    return { type: 'text', text: typeof part['refusal'] === 'string' ? part['refusal'] : `[${type}]` };
  });
}

function urlOf(value: unknown): string | undefined {
  const url = isJsonObject(value) ? value['url'] : value;
  return typeof url === 'string' ? url : undefined;
}

function sourceOf(source: unknown): string | undefined {
  if (!isJsonObject(source)) return undefined;
  const { url, data, media_type: mediaType } = source;
  if (typeof url === 'string') return url;
  return typeof data === 'string' ? `data:${mediaType};base64,${data}` : undefined;
}

function thinkingOf({ type, keep }: Json): ModelRequest['thinking'] {
  if (type === 'disabled') return 'off';
  return keep === 'all' ? 'keep' : 'on';
}

function responseFormat({ type, json_schema: described }: Json): { responseFormat?: ResponseFormat } {
  if (type === 'json_object') return { responseFormat: { type: 'json' } };
  if (type !== 'json_schema' || !isJsonObject(described) || !isJsonObject(described['schema'])) return {};
  const { name, strict, schema } = described;
  return {
    responseFormat: {
      type: 'json-schema',
      name: textField(name),
      schema: schema as JsonSchema,
      ...(typeof strict === 'boolean' && { strict }),
    },
  };
}

function stops(stop: unknown): Pick<ModelRequest, 'stop'> {
  const texts = [stop].flat().filter((text) => typeof text === 'string');
  return texts.length > 0 ? { stop: texts } : {};
}

function numbers(fields: { maxTokens?: unknown; temperature?: unknown; topP?: unknown }) {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => typeof value === 'number'));
}

function objects(value: unknown): Json[] {
  return Array.isArray(value) ? value.filter(isJsonObject) : [];
}

function textField(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function messageAt(json: unknown, position: number): Json {
  if (isJsonObject(json)) return json;
  throw new PerigeeError('invalid-request', `messages[${position}] is not an object.`);
}

function unknownRole(position: number): PerigeeError {
  return new PerigeeError('invalid-request', `messages[${position}].role is none that is known.`);
}
