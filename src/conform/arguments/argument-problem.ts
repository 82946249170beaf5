import { JsonScanner, type JsonSchema, parseJsonObject } from '../../core/index.ts';
import { pathText } from './problem-words.ts';
import { toolSchema } from './tool-schema.ts';

/**
 * What is wrong with the arguments of a call, as a sentence for the model that wrote them: the place and the reason.
 * Undefined: nothing, or nothing that can be told in bounded time.
 */
export function argumentProblem(schema: JsonSchema | undefined, text: string): string | undefined {
  const value = parseJsonObject(text);
  if (!value) return `The arguments are not a JSON object: ${reason(text)}.`;
  const problem = schema && toolSchema(schema).problem(value);
  return problem && `The arguments do not fit the tool's schema: ${pathText(problem.path)} ${problem.words}.`;
}

function reason(text: string): string {
  const trimmed = text.trim();
  if (trimmed === '') return 'there are none';
  if (!trimmed.startsWith('{')) return 'they do not begin with {';
  if (isUnfinished(trimmed)) return 'they end before the object is closed';
  try {
    JSON.parse(trimmed);
    return 'they are something else';
  } catch (error) {
    return `their JSON is broken (${error instanceof Error ? error.message.slice(0, 200) : 'unknown reason'})`;
  }
}

/** Whether a text begins as a JSON object, or as a string that may hold one, and ends inside of it. */
export function isUnfinished(text: string): boolean {
  const begun = text.trimStart();
  const isString = begun.startsWith('"');
  if (!isString && !begun.startsWith('{')) return false;
  const scanner = new JsonScanner();
  scanner.scan(begun);
  return isString ? scanner.inString : !scanner.complete;
}
