import type { JsonSchema } from '../../core/index.ts';
import { REFERENCE, type Shape } from './shape.ts';

/** The JSON Schema (draft 7, which editors know best) of a shape. */
export function jsonSchemaOf(shape: Shape): JsonSchema {
  return { $schema: 'http://json-schema.org/draft-07/schema#', title: 'perigee.yaml', ...schemaOf(shape) };
}

function schemaOf(shape: Shape): JsonSchema {
  const description = shape.about;
  switch (shape.type) {
    case 'text': {
      const { choices, pattern } = shape;
      if (choices) return { description, anyOf: [{ enum: choices }, FROM_ENVIRONMENT] };
      if (pattern === undefined) return { description, type: 'string', minLength: 1 };
      return { description, type: 'string', pattern: `${pattern}|${REFERENCE}`, minLength: 1 };
    }
    case 'number': {
      const { whole, minimum, maximum, above } = shape;
      const number = {
        type: whole ? 'integer' : 'number',
        ...(minimum !== undefined && { minimum }),
        ...(maximum !== undefined && { maximum }),
        ...(above !== undefined && { exclusiveMinimum: above }),
      };
      return { description, anyOf: [number, FROM_ENVIRONMENT] };
    }
    case 'switch':
      return { description, anyOf: [{ type: 'boolean' }, FROM_ENVIRONMENT] };
    case 'list':
      return { description, type: 'array', items: schemaOf(shape.of), ...(shape.filled && { minItems: 1 }) };
    case 'map':
      return {
        description,
        type: 'object',
        ...(shape.of && { additionalProperties: schemaOf(shape.of) }),
      };
    case 'section': {
      const fields = Object.entries(shape.fields);
      const required = fields.flatMap(([name, field]) => (field.required ? [name] : []));
      return {
        description,
        type: 'object',
        properties: Object.fromEntries(fields.map(([name, field]) => [name, schemaOf(field)])),
        ...(shape.extensions && { patternProperties: { '^x-': {} } }),
        ...(required.length > 0 && { required }),
        additionalProperties: false,
      };
    }
  }
}

const FROM_ENVIRONMENT: JsonSchema = { type: 'string', pattern: REFERENCE };
