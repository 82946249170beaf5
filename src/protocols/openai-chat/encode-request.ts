import {
  isJsonObject,
  type ModelRequest,
  type ResponseFormat,
  type ToolChoice,
  type ToolDeclaration,
} from '../../core/index.ts';
import { toolWriter } from '../tool-writer.ts';
import type { ChatDialect } from './dialect.ts';
import { encodeMessages } from './encode-messages.ts';

type Wire = Record<string, unknown>;

const PLAIN: ChatDialect = {};

/**
 * The body of a `POST /chat/completions` for a request, without `model`, `stream` and `stream_options`, which
 * belong to whoever sends it. Fields that the request leaves out are left out; `extra` overrides what is there.
 * `wire`: an object that all of it is added to. Default: a new one.
 */
export function encodeChatRequest(
  request: ModelRequest,
  dialect: ChatDialect = PLAIN,
  wire: Wire = {},
): Wire {
  wire['messages'] = encodeMessages(request.messages, dialect, request.thinking !== 'off');
  addTools(wire, request, dialect);
  addEffort(wire, request, dialect);
  addThinking(wire, request.thinking, dialect);
  if (request.responseFormat !== undefined) {
    wire['response_format'] = encodeResponseFormat(request.responseFormat);
  }
  if (request.maxTokens !== undefined) wire[dialect.maxTokensField ?? 'max_tokens'] = request.maxTokens;
  if (request.temperature !== undefined) wire['temperature'] = request.temperature;
  if (request.topP !== undefined) wire['top_p'] = request.topP;
  if (request.stop !== undefined && request.stop.length > 0) wire['stop'] = request.stop;
  if (request.cacheKey !== undefined && dialect.cacheKeyField !== undefined) {
    wire[dialect.cacheKeyField] = request.cacheKey;
  }
  return mergeExtra(wire, request.extra);
}

/** Adds further fields; template arguments are merged, so that one does not silence the other. */
export function mergeExtra(wire: Wire, extra: { readonly [field: string]: unknown } | undefined): Wire {
  if (extra === undefined) return wire;
  const merged = { ...wire, ...extra };
  const ours = wire['chat_template_kwargs'];
  const theirs = extra['chat_template_kwargs'];
  if (isJsonObject(ours) && isJsonObject(theirs)) merged['chat_template_kwargs'] = { ...ours, ...theirs };
  return merged;
}

function addTools(
  wire: Wire,
  { tools, toolChoice, parallelToolCalls }: ModelRequest,
  dialect: ChatDialect,
): void {
  // vLLM refuses both an empty list and a choice without a list.
  if (tools === undefined || tools.length === 0) return;
  wire['tools'] = writeTools(tools);
  if (toolChoice !== undefined) wire['tool_choice'] = encodeToolChoice(toolChoice);
  const parallel = parallelToolCalls ?? (dialect.parallelToolCalls === 'must-ask' ? true : undefined);
  if (parallel !== undefined && dialect.parallelToolCalls !== undefined) {
    wire['parallel_tool_calls'] = parallel;
  }
}

const writeTools = toolWriter(writeTool);

function writeTool(tool: ToolDeclaration): Wire {
  // Moonshot's form: whatever else is said of such a tool, the host knows better.
  if (tool.builtin) return { type: 'builtin_function', function: { name: tool.name } };
  return {
    type: 'function',
    function: {
      name: tool.name,
      ...(tool.description !== undefined && { description: tool.description }),
      // Moonshot requires the field.
      parameters: tool.parameters ?? { type: 'object', properties: {} },
      ...(tool.strict !== undefined && { strict: tool.strict }),
    },
  };
}

function encodeToolChoice(choice: ToolChoice): unknown {
  return typeof choice === 'string' ? choice : { type: 'function', function: { name: choice.name } };
}

function encodeResponseFormat(format: ResponseFormat): Wire {
  if (format.type === 'json') return { type: 'json_object' };
  const { name, description, schema, strict } = format;
  return {
    type: 'json_schema',
    json_schema: {
      name,
      ...(description !== undefined && { description }),
      schema,
      ...(strict !== undefined && { strict }),
    },
  };
}

/** Thinking that is switched off overrides it: some hosts have one field for both. */
function addEffort(wire: Wire, { effort, thinking }: ModelRequest, { effortField }: ChatDialect): void {
  if (effort !== undefined && effortField !== undefined && thinking !== 'off') wire[effortField] = effort;
}

function addThinking(wire: Wire, thinking: ModelRequest['thinking'], dialect: ChatDialect): void {
  if (thinking === undefined) return;
  const enabled = thinking !== 'off';
  const keep = thinking === 'keep';
  const kind = dialect.thinking ?? 'none';
  switch (kind) {
    case 'thinking-object':
      wire['thinking'] = { type: enabled ? 'enabled' : 'disabled', ...(keep && { keep: 'all' }) };
      return;
    case 'chat-template-kwargs':
      wire['chat_template_kwargs'] = { thinking: enabled, ...(keep && { preserve_thinking: true }) };
      return;
    case 'reasoning-object':
      wire['reasoning'] = { enabled };
      return;
    case 'reasoning-effort':
      if (!enabled) wire['reasoning_effort'] = 'none';
      return;
    case 'none':
      return;
    default:
      kind satisfies never;
  }
}
