import { isJsonObject, type ResponseFormat } from '../../core/index.ts';
import { invalid, requiredString } from './fields.ts';
import type { Item } from './reply.ts';

/** `text.format`, at its place in a request; undefined for plain text. Throws `invalid-request`. */
export function decodeFormat(format: Item | undefined, at = 'text.format'): ResponseFormat | undefined {
  switch (format?.['type']) {
    case undefined:
    case 'text':
      return undefined;
    case 'json_object':
      return { type: 'json' };
    case 'json_schema': {
      const { schema, description, strict } = format;
      if (!isJsonObject(schema)) throw invalid(`${at}.schema`, `\`${at}.schema\` must be an object.`);
      return {
        type: 'json-schema',
        name: requiredString(format, 'name', `${at}.name`),
        schema,
        ...(typeof description === 'string' && { description }),
        ...(typeof strict === 'boolean' && { strict }),
      };
    }
    default:
      throw invalid(`${at}.type`, `\`${at}.type\` must be "text", "json_object" or "json_schema".`);
  }
}
