import { argumentProblem } from '../../conform/index.ts';
import { isJsonObject, type JsonSchema, parseJson } from '../../core/index.ts';
import type { Observation } from '../wire/seen.ts';
import { invalid, linesOf, type Sample } from './samples.ts';

/** One result of the vendor verifier: a line of `results.jsonl`, as far as it is scored. */
export interface VendorResult {
  readonly data_index: number;
  readonly request: { readonly [field: string]: unknown };
  readonly response: unknown;
  readonly status: 'success' | 'failed';
  readonly finish_reason: string | null;
  readonly tool_calls_valid: boolean | null;
  readonly duration_ms: number;
  readonly hash?: string;
}

/** Reads `results.jsonl`. What they say of validity is not believed but worked out again, by the recorded answer. */
export function readVendorResults(text: string): VendorResult[] {
  return linesOf(text, 'results').map(({ index, value }) => {
    if (!('response' in value) && 'messages' in value) {
      throw invalid('results', index, 'is a request without its response');
    }
    const request = isJsonObject(value['request']) ? value['request'] : {};
    const { response } = value;
    const number = value['data_index'];
    return {
      data_index: typeof number === 'number' ? number : index,
      request,
      response,
      status: value['status'] === 'failed' ? 'failed' : 'success',
      ...judged(request, response),
      duration_ms: typeof value['duration_ms'] === 'number' ? value['duration_ms'] : 0,
      ...(typeof value['hash'] === 'string' && { hash: value['hash'] }),
    };
  });
}

/** An observation as the line that the vendor verifier would write. */
export function vendorResult({ index, request }: Sample, seen: Observation): VendorResult {
  const { answer, problem, times } = seen;
  const failed = problem !== undefined || !answer;
  const calls = answer?.calls.map(({ id, name, arguments: text }) => ({
    id: id ?? null,
    type: 'function',
    function: { name, arguments: text },
  }));
  const response = failed
    ? { error: problem?.message ?? 'no answer' }
    : {
        object: 'chat.completion',
        model: request['model'],
        choices: [
          {
            index: 0,
            message: {
              role: 'assistant',
              content: answer.content,
              ...(answer.reasoning !== '' && { reasoning_content: answer.reasoning }),
              tool_calls: calls && calls.length > 0 ? calls : null,
            },
            // The script takes a stream without a finish reason for one that stopped.
            finish_reason: answer.finishReason ?? 'stop',
          },
        ],
        usage: answer.usage
          ? { prompt_tokens: answer.usage.input, completion_tokens: answer.usage.output }
          : null,
      };
  return {
    data_index: index,
    request,
    response,
    status: failed ? 'failed' : 'success',
    ...judged(request, response),
    duration_ms: Math.round(times?.total ?? 0),
  };
}

function judged(
  request: Record<string, unknown>,
  response: unknown,
): Pick<VendorResult, 'finish_reason' | 'tool_calls_valid'> {
  const choices = isJsonObject(response) ? response['choices'] : undefined;
  const choice: unknown = Array.isArray(choices) ? choices[0] : undefined;
  if (!isJsonObject(choice)) return { finish_reason: null, tool_calls_valid: null };
  const reason = typeof choice['finish_reason'] === 'string' ? choice['finish_reason'] : null;
  if (reason !== 'tool_calls') return { finish_reason: reason, tool_calls_valid: null };
  const message = isJsonObject(choice['message']) ? choice['message'] : {};
  const calls: unknown = message['tool_calls'];
  const tools: unknown = request['tools'];
  // No list of calls at all is a fault of the host; an empty one has nothing that is invalid.
  const valid =
    Array.isArray(calls) && calls.every((call) => isValid(call, Array.isArray(tools) ? tools : []));
  return { finish_reason: reason, tool_calls_valid: valid };
}

/** As the verifier has it: the tool is declared with a schema that says something, and the arguments validate. */
function isValid(call: unknown, tools: readonly unknown[]): boolean {
  const made = isJsonObject(call) && isJsonObject(call['function']) ? call['function'] : undefined;
  if (!made) return false;
  const tool = tools.find(
    (candidate) =>
      isJsonObject(candidate) &&
      isJsonObject(candidate['function']) &&
      candidate['function']['name'] === made['name'],
  ) as { function: Record<string, unknown> } | undefined;
  const schema = tool?.function['parameters'];
  // Python takes an empty schema for none.
  if (!isJsonObject(schema) || Object.keys(schema).length === 0) return false;
  const text = made['arguments'];
  return validates(schema, typeof text === 'string' ? text : JSON.stringify(text ?? null));
}

function validates(schema: JsonSchema, text: string): boolean {
  const value = parseJson(text);
  if (value === undefined) return false;
  if (isJsonObject(value)) return argumentProblem(schema, text) === undefined;
  // Not an object: only a schema that does not ask for one takes it.
  return argumentProblem({ properties: { value: schema } }, JSON.stringify({ value })) === undefined;
}
