import { isJsonObject, type Message, type ModelRequest, type Note } from '../../core/index.ts';
import type { ClientRequest, DecodeOptions } from '../front/index.ts';
import { asksForCompaction } from './compaction.ts';
import { configurationOf, configured } from './configuration.ts';
import { decodeFormat } from './decode-format.ts';
import { decodeInput, inputItems } from './decode-input.ts';
import { decodeToolChoice } from './decode-tool-choice.ts';
import { echoOf } from './echo.ts';
import {
  checkNesting,
  invalid,
  optionalArray,
  optionalBoolean,
  optionalNumber,
  optionalObject,
  optionalString,
  requiredString,
  unsupported,
} from './fields.ts';
import type { Configuration, Item, ResponsesReply } from './reply.ts';
import { ToolTable } from './tool-table.ts';

/** Fields that are served here, or mean nothing to a model. All others are passed on in `extra`. */
const TAKEN = new Set([
  'model',
  'input',
  'instructions',
  'stream',
  'stream_options',
  'tools',
  'tool_choice',
  'parallel_tool_calls',
  'max_output_tokens',
  'temperature',
  'top_p',
  'stop',
  'text',
  'reasoning',
  'include',
  'store',
  'metadata',
  'previous_response_id',
  'conversation',
  'background',
  'prompt',
  'prompt_cache_key',
  'safety_identifier',
  'user',
  'client_metadata',
]);

/** Values with which a field asks for nothing. */
const NOTHING: { readonly [field: string]: readonly unknown[] } = {
  truncation: ['disabled'],
  service_tier: ['auto', 'default'],
  top_logprobs: [0],
};

const LOGPROBS = 'message.output_text.logprobs';
const noLogprobs: Note = {
  stage: 'fields',
  action: 'dropped',
  text: `Left out of \`include\`: \`${LOGPROBS}\`. The probabilities of tokens are not handed on.`,
};

/**
 * Takes a request of the Responses API apart. Throws `invalid-request` or `gateway-unsupported`, `param` naming the
 * place.
 */
export function decodeResponsesRequest(
  json: unknown,
  options: DecodeOptions = {},
): ClientRequest<ResponsesReply> {
  if (!isJsonObject(json)) throw invalid('body', 'The request must be a JSON object.');
  checkNesting(json);
  refuseWhatCannotBeServed(json);
  const model = requiredString(json, 'model', 'model');
  const notes: Note[] = [];
  const items = inputItems(json);
  const table = tableOf(optionalArray(json, 'tools') ?? [], items, notes);
  const previousResponseId = optionalString(json, 'previous_response_id');
  const recalled = previousResponseId === undefined ? [] : recall(previousResponseId, options);
  if (items.length === 0 && recalled.length === 0) {
    throw invalid('input', '`input` is missing.', 'Send a string or a list of items.');
  }
  const conversation = decodeInput(items, recalled, table, options, notes);
  const instructions = optionalString(json, 'instructions') ?? '';
  const messages: Message[] =
    instructions === '' ? conversation : [{ role: 'system', content: instructions }, ...conversation];
  const stream = optionalBoolean(json, 'stream') ?? false;
  const store = optionalBoolean(json, 'store') ?? true;
  const include = optionalArray(json, 'include') ?? [];
  if (include.includes(LOGPROBS)) notes.push(noLogprobs);
  const compacts = asksForCompaction(items);
  const configuration = configurationOf(items, configurationBefore(previousResponseId, options));
  return {
    model,
    stream,
    request: {
      messages,
      // A summary needs no calls; the tools stand before it so that the prompt begins as it did.
      ...decodeToolChoice(compacts ? { tool_choice: 'none' } : json, table),
      ...decodeSettings(configured(json, configuration), compacts),
    },
    reply: {
      echo: echoOf(json, store),
      tools: table.tools,
      sealed: !store || include.includes('reasoning.encrypted_content'),
      compacts,
      store,
      recalled,
      added: conversation.slice(recalled.length),
      inputItems: items,
      ...(previousResponseId !== undefined && { previousResponseId }),
      ...(configuration && { configuration }),
    },
    ...(notes.length > 0 && { notes }),
  };
}

/** `compacts`: the answer is a summary, in no format of the client's. */
function decodeSettings(json: Item, compacts: boolean): Omit<ModelRequest, 'messages'> {
  const maxTokens = optionalNumber(json, 'max_output_tokens');
  if (maxTokens !== undefined && (!Number.isInteger(maxTokens) || maxTokens < 1)) {
    throw invalid('max_output_tokens', '`max_output_tokens` must be a positive whole number.');
  }
  const temperature = optionalNumber(json, 'temperature');
  const topP = optionalNumber(json, 'top_p');
  const parallel = optionalBoolean(json, 'parallel_tool_calls');
  const effort = optionalString(optionalObject(json, 'reasoning') ?? {}, 'effort', 'reasoning.effort');
  const responseFormat = decodeFormat(
    optionalObject(optionalObject(json, 'text') ?? {}, 'format', 'text.format'),
  );
  const cacheKey =
    optionalString(json, 'prompt_cache_key') ??
    optionalString(json, 'safety_identifier') ??
    optionalString(json, 'user');
  const stop = decodeStop(json['stop']);
  const extra = extraOf(json);
  return {
    ...(parallel !== undefined && { parallelToolCalls: parallel }),
    ...(responseFormat && !compacts && { responseFormat }),
    ...(maxTokens !== undefined && { maxTokens }),
    ...(effort === 'none' ? ({ thinking: 'off' } as const) : effort !== undefined && { effort }),
    ...(temperature !== undefined && { temperature }),
    ...(topP !== undefined && { topP }),
    ...(stop && { stop }),
    ...(cacheKey !== undefined && { cacheKey }),
    ...(extra && { extra }),
    extraProtocol: 'openai-responses',
  };
}

function decodeStop(stop: unknown): readonly string[] | undefined {
  const all = typeof stop === 'string' ? [stop] : Array.isArray(stop) ? stop : [];
  const texts = all.filter((each): each is string => typeof each === 'string' && each !== '');
  return texts.length === 0 ? undefined : texts;
}

function extraOf(json: Item): Item | undefined {
  const entries = Object.entries(json).filter(
    ([field, value]) => value !== null && !TAKEN.has(field) && !isNothing(field, value),
  );
  const verbosity = optionalObject(json, 'text')?.['verbosity'] ?? undefined;
  if (verbosity !== undefined) entries.push(['text', { verbosity }]);
  // Unlike an assignment, this makes a field of `__proto__`.
  return entries.length === 0 ? undefined : Object.fromEntries(entries);
}

function isNothing(field: string, value: unknown): boolean {
  return Object.hasOwn(NOTHING, field) && NOTHING[field]!.includes(value);
}

/** The tools of a request: those that it lists and those that stand in its conversation. */
function tableOf(listed: readonly unknown[], items: readonly Item[], notes: Note[]): ToolTable {
  if (!items.some(declaresTools)) return ToolTable.of(listed, notes);
  const table = new ToolTable(notes);
  table.add(listed, 'tools');
  items.forEach((item, index) => {
    const at = `input[${index}].tools`;
    if (declaresTools(item)) table.add(optionalArray(item, 'tools', at) ?? [], at);
  });
  return table;
}

function declaresTools({ type }: Item): boolean {
  return type === 'additional_tools' || type === 'tool_search_output';
}

function recall(responseId: string, options: DecodeOptions): readonly Message[] {
  const recalled = options.recall?.(responseId);
  if (recalled) return recalled;
  throw invalid(
    'previous_response_id',
    `There is no stored response \`${responseId.slice(0, 100)}\`.`,
    'It was sent with `store: false`, was deleted, has expired, or made room for newer ones: send the whole conversation in `input`.',
  );
}

function configurationBefore(
  responseId: string | undefined,
  options: DecodeOptions,
): Configuration | undefined {
  return responseId === undefined ? undefined : options.recallConfiguration?.(responseId);
}

function refuseWhatCannotBeServed(json: Item): void {
  if (json['background'] === true) {
    throw unsupported('background', 'Responses cannot run in the background here.', 'Use `stream: true`.');
  }
  if ((json['conversation'] ?? null) !== null) {
    throw unsupported(
      'conversation',
      'Conversations are not kept here.',
      'Use `previous_response_id`, or send the whole conversation in `input`.',
    );
  }
  if ((json['prompt'] ?? null) !== null) {
    throw unsupported(
      'prompt',
      'Prompts that are kept at OpenAI cannot be read here.',
      'Send the text in `instructions` and `input`.',
    );
  }
}
