import type { EncodeOptions } from '../front/index.ts';
import { clientCallId } from '../front/index.ts';
import { customInput } from './custom-input.ts';
import { localCallFields } from './local-tools.ts';
import type { ClientTool, Item, ResponsesReply } from './reply.ts';

export type ItemStatus = 'in_progress' | 'completed' | 'incomplete';

const CALL_PREFIX = {
  function: 'fc',
  custom: 'ctc',
  tool_search: 'tsc',
  local_shell: 'lsh',
  shell: 'sh',
  apply_patch: 'apc',
} as const;

/** What stands for sealed reasoning where nothing seals: some clients drop reasoning that has none. */
const UNSEALED = 'perigee';

type Options = EncodeOptions<ResponsesReply>;

/** A call as its items need it. */
export interface CallIdentity {
  readonly item: string;
  readonly callId: string;
  readonly tool: ClientTool;
}

/** The ids and the tool of a call; an undeclared tool is handed out as the function that the model named. */
export function callIdentity(
  call: { readonly id: string; readonly name: string; readonly index: number },
  { id, reply }: Options,
): CallIdentity {
  const tool = reply.tools.get(call.name) ?? { kind: 'function', name: call.name };
  return {
    item: `${CALL_PREFIX[tool.kind]}_${id}_${call.index}`,
    callId: clientCallId('call', id, call),
    tool,
  };
}

/** The item of a call. */
export function callItem(
  { item, callId, tool }: CallIdentity,
  argumentsText: string,
  status: ItemStatus,
): Item {
  const { kind, name, namespace } = tool;
  const named = { name, ...(namespace !== undefined && { namespace }) };
  switch (kind) {
    case 'function':
      return { id: item, type: 'function_call', status, arguments: argumentsText, call_id: callId, ...named };
    case 'custom': {
      const input = customInput(argumentsText).toWellFormed();
      return { id: item, type: 'custom_tool_call', status, input, call_id: callId, ...named };
    }
    default:
      return {
        id: item,
        type: `${kind}_call`,
        status,
        call_id: callId,
        ...localCallFields(kind, argumentsText),
      };
  }
}

/** The `position`-th message of an answer. */
export function messageItem(options: Options, position: number, content: Item[], status: ItemStatus): Item {
  return { id: `msg_${options.id}_${position}`, type: 'message', status, role: 'assistant', content };
}

export function textPart(text: string): Item {
  return { type: 'output_text', text, annotations: [], logprobs: [] };
}

/**
 * The `position`-th thought of an answer. Its text is the summary, for that is what clients show and send back;
 * Codex sends back both kinds of text, so it stands in one only.
 */
export function reasoningItem(
  options: Options,
  position: number,
  text: string,
  signature: string | undefined,
  status: ItemStatus,
): Item {
  return {
    id: `rs_${options.id}_${position}`,
    type: 'reasoning',
    status,
    summary: text === '' ? [] : [{ type: 'summary_text', text }],
    ...(options.reply.sealed && {
      encrypted_content: options.seal?.(text, signature, true) ?? UNSEALED,
    }),
  };
}

/** No arguments at all are an empty object, and clients parse them as JSON. */
export function parseable(argumentsText: string): string {
  return argumentsText.trim() === '' ? `${argumentsText}{}` : argumentsText;
}
