import { isJsonObject, type JsonSchema, PerigeeError, type ToolDeclaration } from '../core/index.ts';
import { readFileText, readJson } from './input.ts';

/** Reads tool declarations from a JSON file. */
export function readToolFile(file: string): ToolDeclaration[] {
  return toolList(readJson(readFileText(file), file), file);
}

const REMEDY = 'Give an array of names, of {name, parameters}, or of OpenAI tool objects.';

/**
 * Tool declarations as people write them: a list of names, of `{name, parameters}`, or of OpenAI's
 * `{type: "function", function: {…}}`, also under a `tools` key. Throws `invalid-request` that says where.
 */
export function toolList(json: unknown, where: string): ToolDeclaration[] {
  const list = isJsonObject(json) ? json['tools'] : json;
  if (!Array.isArray(list)) {
    throw new PerigeeError('invalid-request', `${where} holds no list of tools.`, { remedy: REMEDY });
  }
  return list.map((entry: unknown, position) => {
    if (typeof entry === 'string' && entry !== '') return { name: entry };
    const tool = isJsonObject(entry) && isJsonObject(entry['function']) ? entry['function'] : entry;
    if (!isJsonObject(tool) || typeof tool['name'] !== 'string' || tool['name'] === '') {
      throw new PerigeeError('invalid-request', `${where}: tool ${position} (from 0) has no name.`, {
        remedy: REMEDY,
      });
    }
    const { name, description, parameters } = tool;
    return {
      name: name as string,
      ...(typeof description === 'string' && { description }),
      ...(isJsonObject(parameters) && { parameters: parameters as JsonSchema }),
    };
  });
}
