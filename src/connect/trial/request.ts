import { parseJson } from '../../core/index.ts';
import type { JsonTable, JsonValue } from '../merge/value.ts';
import type { ClientProtocol, RequestHabits, SetupChoice } from '../setup.ts';

/** One request as a client sends it, without the key. */
export interface TrialRequest {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: JsonTable;
  readonly stream: boolean;
}

/** What a model answered to the first request. */
export interface TrialAnswer {
  readonly calls: readonly TrialCall[];
  readonly text: string;
  readonly reasoning: string;
  /** The sign of Anthropic's thinking blocks, and the ids of the Responses API's items. */
  readonly signature?: string;
  readonly finish: string | undefined;
  /** What a client would stumble over. */
  readonly faults: readonly string[];
  /** Items of the Responses API as they came, which is how they go back. */
  readonly items?: readonly JsonTable[];
}

export interface TrialCall {
  readonly id: string;
  readonly name: string;
  readonly arguments: string;
}

export const TRIAL_TOOL = 'get_weather';
const CITY = 'Paris';
const INSTRUCTIONS =
  'You are an assistant that calls tools. Answer questions about the weather with the tool.';
const QUESTION = `What is the weather in ${CITY}? Call the tool ${TRIAL_TOOL}.`;
const RESULT = '{"city":"Paris","weather":"sunny","temperature":21}';

/**
 * The request of a client, its protocol and habits: the question, or with the answer to it the result of the call, too.
 */
export function trialRequest(
  protocol: ClientProtocol,
  habits: RequestHabits,
  choice: SetupChoice,
  answer?: TrialAnswer,
): TrialRequest {
  const build = { chat: chatBody, messages: messagesBody, responses: responsesBody }[protocol];
  const path = { chat: '/chat/completions', messages: '/v1/messages', responses: '/responses' }[protocol];
  const base = { chat: choice.chatUrl, messages: choice.messagesUrl, responses: choice.responsesUrl }[
    protocol
  ];
  return {
    url: base.replace(/\/+$/, '') + path + (habits.query ?? ''),
    headers: {
      'content-type': 'application/json',
      accept: habits.stream ? 'text/event-stream' : 'application/json',
      ...(protocol === 'messages' ? { 'anthropic-version': '2023-06-01' } : {}),
      ...habits.headers,
    },
    body: { model: choice.model, ...build(habits, answer), ...habits.body, stream: habits.stream },
    stream: habits.stream,
  };
}

function schemaOf({ schema }: RequestHabits): JsonTable {
  return {
    type: 'object',
    properties: { city: { type: 'string', description: 'The name of the city' } },
    required: ['city'],
    ...schema,
  };
}

const DESCRIPTION = 'Tells the current weather of a city.';

function chatBody(habits: RequestHabits, answer: TrialAnswer | undefined): JsonTable {
  const { instructions = 'system', tool, withoutTools, returnsReasoning = true } = habits;
  const messages: JsonValue[] = [
    { role: instructions === 'developer' ? 'developer' : 'system', content: INSTRUCTIONS },
    { role: 'user', content: withoutTools ? 'Say in one word: ready.' : QUESTION },
  ];
  if (answer) {
    messages.push({
      role: 'assistant',
      content: answer.text === '' ? null : answer.text,
      ...(returnsReasoning && answer.reasoning !== '' ? { reasoning_content: answer.reasoning } : {}),
      tool_calls: answer.calls.map(({ id, name, arguments: text }) => ({
        id,
        type: 'function',
        function: { name, arguments: text },
      })),
    });
    for (const { id } of answer.calls) messages.push({ role: 'tool', tool_call_id: id, content: RESULT });
  }
  const declared = { name: TRIAL_TOOL, description: DESCRIPTION, parameters: schemaOf(habits), ...tool };
  return { messages, ...(withoutTools ? {} : { tools: [{ type: 'function', function: declared }] }) };
}

function messagesBody(habits: RequestHabits, answer: TrialAnswer | undefined): JsonTable {
  const { instructions, tool, returnsReasoning = true } = habits;
  const messages: JsonValue[] = [{ role: 'user', content: [{ type: 'text', text: QUESTION }] }];
  if (answer) {
    const thinking =
      returnsReasoning && answer.reasoning !== ''
        ? [{ type: 'thinking', thinking: answer.reasoning, signature: answer.signature ?? '' }]
        : [];
    messages.push({
      role: 'assistant',
      content: [
        ...thinking,
        ...(answer.text === '' ? [] : [{ type: 'text', text: answer.text }]),
        ...answer.calls.map(({ id, name, arguments: text }) => ({
          type: 'tool_use',
          id,
          name,
          input: tableOf(text),
        })),
      ],
    });
    messages.push({
      role: 'user',
      content: answer.calls.map(({ id }) => ({ type: 'tool_result', tool_use_id: id, content: RESULT })),
    });
  }
  const system =
    instructions === 'blocks'
      ? [{ type: 'text', text: INSTRUCTIONS, cache_control: { type: 'ephemeral' } }]
      : INSTRUCTIONS;
  const declared = { name: TRIAL_TOOL, description: DESCRIPTION, input_schema: schemaOf(habits), ...tool };
  return { max_tokens: 16_000, system, messages, tools: [declared] };
}

function responsesBody(habits: RequestHabits, answer: TrialAnswer | undefined): JsonTable {
  const role = habits.instructions === 'developer' ? 'developer' : 'system';
  const input: JsonValue[] = [
    { type: 'message', role, content: [{ type: 'input_text', text: INSTRUCTIONS }] },
    { type: 'message', role: 'user', content: [{ type: 'input_text', text: QUESTION }] },
  ];
  if (answer) {
    const { returnsReasoning = true } = habits;
    const items = (answer.items ?? []).filter(({ type }) => returnsReasoning || type !== 'reasoning');
    input.push(...items);
    for (const { id } of answer.calls)
      input.push({ type: 'function_call_output', call_id: id, output: RESULT });
  }
  const tool = {
    type: 'function',
    name: TRIAL_TOOL,
    description: DESCRIPTION,
    parameters: schemaOf(habits),
    ...habits.tool,
  };
  return { input, tools: [tool] };
}

function tableOf(text: string): JsonValue {
  return (parseJson(text) ?? {}) as JsonValue;
}
