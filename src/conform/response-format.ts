import type { ModelRequest, ResponseFormat } from '../core/index.ts';
import type { RequestStage } from './stage.ts';
import { withInstruction } from './tool-choice.ts';

/**
 * Asks in words for the form that the answer must have, where the prompt is written here and no field says it. Engines could
 * hold a completion to a grammar from its first character on, but that is where the model thinks and calls tools.
 */
export const responseFormatStage: RequestStage = (request, { protocol }, tell) => {
  if (protocol !== 'completions' || request.responseFormat === undefined) return request;
  const { responseFormat, ...rest } = request;
  tell({
    stage: 'response-format',
    action: 'emulated',
    text: 'A prompt has no response_format: the model is asked for it in words, and nothing holds it to that.',
  });
  return { ...rest, messages: withInstruction(request.messages, instruction(responseFormat, request)) };
};

function instruction(format: ResponseFormat, { tools = [] }: ModelRequest): string {
  const when = tools.length > 0 ? 'Where you call no tool, answer' : 'Answer';
  const form = `${when} with one JSON value alone: no other text around it, and no code fence.`;
  if (format.type === 'json') return form.replace('JSON value', 'JSON object');
  const schema = schemaText(format.schema);
  const described = format.description ? `\nWhat it is: ${format.description}` : '';
  return `${form}${described}${schema === undefined ? '' : `\nIt must fit this JSON Schema:\n${schema}`}`;
}

/** Undefined: nested deeper than can be written. */
function schemaText(schema: object): string | undefined {
  try {
    return JSON.stringify(schema);
  } catch {
    return undefined;
  }
}
