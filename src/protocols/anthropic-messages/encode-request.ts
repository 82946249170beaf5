import { isJsonObject, type ModelRequest, type ToolDeclaration } from '../../core/index.ts';
import { refuseBuiltins } from '../builtin-tools.ts';
import { toolWriter } from '../tool-writer.ts';
import type { MessagesDialect } from './dialect.ts';
import { encodeHistory } from './encode-history.ts';
import type { Wire } from './wire-reading.ts';

/** Objects of which `extra` may hold the fields that have no place in our words. */
const MERGED = ['thinking', 'output_config', 'metadata'];

/**
 * The body of a `POST /v1/messages` for a request, without `model` and `stream`, which belong to whoever sends it.
 * `max_tokens` stands in it only if the request has a limit, although the protocol wants one. `extra` overrides what is
 * there; that of another protocol is left out.
 */
export function encodeMessagesRequest(request: ModelRequest, dialect: MessagesDialect = {}): Wire {
  const { effort, responseFormat, extra, extraProtocol = 'anthropic-messages' } = request;
  const output: Wire = {
    ...(effort !== undefined && { effort }),
    ...(responseFormat && {
      format: {
        type: 'json_schema',
        schema: responseFormat.type === 'json' ? { type: 'object' } : responseFormat.schema,
      },
    }),
  };
  const wire: Wire = {
    ...encodeHistory(request.messages, dialect, request.thinking !== 'off'),
    ...encodeTools(request, dialect),
    ...encodeThinking(request.thinking, dialect),
    ...(Object.keys(output).length > 0 && { output_config: output }),
    ...(request.maxTokens !== undefined && { max_tokens: request.maxTokens }),
    ...(request.temperature !== undefined && { temperature: request.temperature }),
    ...(request.topP !== undefined && { top_p: request.topP }),
    ...(request.stop && request.stop.length > 0 && { stop_sequences: request.stop }),
    // Kimi's hosts route by it, so that prompt caches hit.
    ...(request.cacheKey !== undefined && { metadata: { user_id: request.cacheKey } }),
  };
  return extra && extraProtocol === 'anthropic-messages' ? mergeExtra(wire, extra) : wire;
}

function mergeExtra(wire: Wire, extra: NonNullable<ModelRequest['extra']>): Wire {
  const merged: Wire = { ...wire, ...extra };
  for (const field of MERGED) {
    const ours = wire[field];
    const theirs = extra[field];
    if (isJsonObject(ours) && isJsonObject(theirs)) merged[field] = { ...ours, ...theirs };
    // A budget for thinking that is off, or that nobody asked for here, says nothing.
    if (field === 'thinking' && isJsonObject(theirs) && theirs['type'] === undefined) {
      if (!isJsonObject(ours)) delete merged[field];
      else if (ours['type'] !== 'enabled') merged[field] = ours;
    }
  }
  return merged;
}

const writeTools = toolWriter(writeTool);

function encodeTools(
  { tools = [], toolChoice, parallelToolCalls }: ModelRequest,
  { namedChoice = true, parallelChoice = true }: MessagesDialect,
): Wire {
  if (tools.length === 0) return {};
  refuseBuiltins(tools, "Anthropic's protocol");
  const wire: Wire = { tools: writeTools(tools) };
  const single = parallelChoice && parallelToolCalls === false && toolChoice !== 'none';
  if (toolChoice !== undefined || single) {
    const choice = typeof toolChoice === 'object' && !namedChoice ? 'required' : toolChoice;
    wire['tool_choice'] = { ...choiceOf(choice), ...(single && { disable_parallel_tool_use: true }) };
  }
  return wire;
}

function choiceOf(choice: ModelRequest['toolChoice']): Wire {
  if (choice === 'required') return { type: 'any' };
  return typeof choice === 'object' ? { type: 'tool', name: choice.name } : { type: choice ?? 'auto' };
}

function writeTool(tool: ToolDeclaration): Wire {
  return {
    name: tool.name,
    ...(tool.description !== undefined && { description: tool.description }),
    input_schema: tool.parameters ?? { type: 'object', properties: {} },
    ...(tool.strict === true && { strict: true }),
  };
}

function encodeThinking(thinking: ModelRequest['thinking'], dialect: MessagesDialect): Wire {
  if (thinking === undefined || dialect.thinking === 'none') return {};
  const keeps = thinking === 'keep' && dialect.keepEdit === true;
  return {
    thinking: { type: thinking === 'off' ? 'disabled' : 'enabled' },
    ...(keeps && { context_management: { edits: [{ type: 'clear_thinking_20251015', keep: 'all' }] } }),
  };
}
