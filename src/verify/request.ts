import type { HostProfile, ModelProfile } from '../profiles/index.ts';
import type { CaseMessage, CaseTool, Mode, VerifyCase } from './case.ts';

type Wire = Record<string, unknown>;

/** How a host is asked: what a client would be told of it, and no more. */
export interface Manner {
  /** The model's id on the host. */
  readonly modelId: string;
  readonly model?: ModelProfile;
  readonly host?: HostProfile;
  /** Tokens that an answer may have. Default 16,000, which Moonshot asks for where models think. */
  readonly maxTokens?: number;
  /** Further fields of each request. */
  readonly extraBody?: { readonly [field: string]: unknown };
}

const MAX_TOKENS = 16_000;

/** Why a case cannot be asked of this model here; undefined if it can. */
export function obstacle({ thinking }: VerifyCase, { model, host }: Manner): string | undefined {
  if (thinking === undefined) return undefined;
  const mode = model?.thinking.mode;
  if (mode === 'none') return thinking === 'on' ? 'the model does not think' : undefined;
  if (mode === 'always') return thinking === 'off' ? 'the model always thinks' : undefined;
  if (host?.dialect.thinking === 'none') return 'the host cannot be told whether to think';
  return undefined;
}

/** The body of a request, in the plain form that any client sends. */
export function requestBody(
  asked: Pick<VerifyCase, 'tools' | 'toolChoice' | 'thinking'>,
  messages: readonly CaseMessage[],
  mode: Mode,
  manner: Manner,
): Wire {
  const dialect = manner.host?.dialect ?? {};
  const { tools, toolChoice } = asked;
  return {
    model: manner.modelId,
    messages: messages.map((message) => encodeMessage(message, dialect.reasoningFields)),
    // vLLM refuses an empty list.
    ...(tools.length > 0 && { tools: tools.map(encodeTool) }),
    ...(toolChoice !== undefined && {
      tool_choice: typeof toolChoice === 'string' ? toolChoice : { type: 'function', function: toolChoice },
    }),
    ...thinkingFields(asked.thinking, manner),
    [dialect.maxTokensField ?? 'max_tokens']: manner.maxTokens ?? MAX_TOKENS,
    stream: mode === 'stream',
    ...(mode === 'stream' && { stream_options: { include_usage: true } }),
    ...manner.extraBody,
  };
}

function encodeTool(tool: CaseTool): Wire {
  return { type: 'function', function: tool };
}

function encodeMessage(
  message: CaseMessage,
  reasoningFields: readonly string[] = ['reasoning_content'],
): Wire {
  if (message.role === 'tool') return { role: 'tool', tool_call_id: message.id, content: message.content };
  if (message.role !== 'assistant') return { role: message.role, content: message.content };
  const { content, reasoning, calls = [] } = message;
  const wire: Wire = {
    role: 'assistant',
    ...((content !== undefined || calls.length === 0) && { content: content ?? '' }),
  };
  if (reasoning !== undefined) for (const field of reasoningFields) wire[field] = reasoning;
  if (calls.length > 0) {
    wire['tool_calls'] = calls.map(({ id, name, arguments: given }) => ({
      id,
      type: 'function',
      function: { name, arguments: typeof given === 'string' ? given : JSON.stringify(given) },
    }));
  }
  return wire;
}

/** Kimi's own switch where nothing is known of the host. */
function thinkingFields(thinking: VerifyCase['thinking'], { model, host }: Manner): Wire {
  const mode = model?.thinking.mode;
  if (thinking === undefined || mode === 'none' || mode === 'always') return {};
  const on = thinking === 'on';
  const kind = host?.dialect.thinking ?? 'thinking-object';
  switch (kind) {
    case 'thinking-object':
      return { thinking: { type: on ? 'enabled' : 'disabled' } };
    case 'chat-template-kwargs':
      return { chat_template_kwargs: { thinking: on } };
    case 'reasoning-object':
      return { reasoning: { enabled: on } };
    case 'reasoning-effort':
      return on ? {} : { reasoning_effort: 'none' };
    case 'none':
      return {};
    default:
      return kind satisfies never;
  }
}
