import type { CaseTool, JsonObject } from '../case.ts';

function tool(name: string, description: string, parameters: JsonObject): CaseTool {
  return { name, description, parameters };
}
const object = (
  properties: JsonObject,
  required: readonly string[] = Object.keys(properties),
): JsonObject => ({
  type: 'object',
  properties,
  required,
});
const string: JsonObject = { type: 'string' };
const strings: JsonObject = { type: 'array', items: string };

export const TRIP = tool(
  'plan_trip',
  'Plans a trip.',
  object({
    traveller: object({
      name: string,
      passport: object({ number: string, country: { type: 'string', enum: ['DE', 'FR', 'JP', 'US'] } }),
    }),
    stops: {
      type: 'array',
      minItems: 1,
      items: object({ city: string, nights: { type: 'integer', minimum: 1 } }),
    },
  }),
);
export const MATRIX = tool(
  'set_matrix',
  'Stores a matrix, row by row.',
  object({ rows: { type: 'array', items: { type: 'array', items: { type: 'number' } } } }),
);
export const EMPTY_ARRAY = tool(
  'set_tags',
  'Sets the tags of a page; an empty list removes all.',
  object({ page: string, tags: strings }),
);
export const NULLABLE = tool(
  'set_deadline',
  'Sets or, with null, removes a deadline.',
  object({ task: string, deadline: { type: ['string', 'null'], description: 'YYYY-MM-DD or null' } }),
);
export const UNION = tool(
  'set_value',
  'Sets a field to a number or a text.',
  object({ field: string, value: { anyOf: [{ type: 'number' }, string] } }),
);
export const TAGGED = tool(
  'draw',
  'Draws a shape.',
  object({
    shape: {
      anyOf: [
        object({ kind: { type: 'string', enum: ['circle'] }, radius: { type: 'number' } }),
        object({
          kind: { type: 'string', enum: ['rectangle'] },
          width: { type: 'number' },
          height: { type: 'number' },
        }),
      ],
    },
  }),
);
export const REFERENCED = tool('save_tree', 'Saves a tree of folders.', {
  type: 'object',
  properties: { root: { $ref: '#/$defs/folder' } },
  required: ['root'],
  $defs: {
    folder: {
      type: 'object',
      properties: { name: string, folders: { type: 'array', items: { $ref: '#/$defs/folder' } } },
      required: ['name', 'folders'],
    },
  },
});
export const CLOSED = tool('create_user', 'Creates a user.', {
  ...object({ login: string, admin: { type: 'boolean' } }),
  additionalProperties: false,
});
export const MAP = tool(
  'set_headers',
  'Sets HTTP headers.',
  object({ headers: { type: 'object', additionalProperties: string } }),
);
export const OPTIONAL = tool(
  'book_table',
  'Books a table.',
  object(
    {
      guests: { type: 'integer', minimum: 1 },
      time: string,
      name: string,
      outside: { type: 'boolean' },
      high_chairs: { type: 'integer' },
      note: string,
    },
    ['guests', 'time', 'name'],
  ),
);
export const ENUM_NUMBERS = tool(
  'set_baud_rate',
  'Sets the rate of a serial line.',
  object({ rate: { type: 'integer', enum: [9600, 19200, 115200] } }),
);
export const ODD_KEYS = tool(
  'tag_resource',
  'Tags a resource of the cloud.',
  object({ 'resource-id': string, 'x.owner': string, $cost_center: string }),
);
export const KEYWORD_KEYS = tool(
  'define_field',
  'Defines a field of a form.',
  object({ name: string, type: { type: 'string', enum: ['text', 'number'] }, required: { type: 'boolean' } }),
);
export const NAME_KEY = tool('rename_pet', 'Renames a pet.', object({ name: string, arguments: string }));
export const PATTERN = tool(
  'ship_parcel',
  'Ships a parcel.',
  object({
    postcode: { type: 'string', pattern: '^[0-9]{5}$' },
    weight_grams: { type: 'integer', minimum: 1, maximum: 31500 },
  }),
);
export const DATES = tool(
  'block_days',
  'Blocks days.',
  object({ from: { type: 'string', format: 'date' }, to: { type: 'string', format: 'date' } }),
);
export const CONSTANT = tool(
  'accept_terms',
  'Accepts the terms of use.',
  object({ version: { const: 3 }, accepted: { type: 'boolean' } }),
);
export const NO_TYPE = tool('log_entry', 'Writes an entry into the log.', {
  properties: { level: { enum: ['info', 'warning', 'error'] }, message: string },
  required: ['level', 'message'],
});
export const ONE_OF = tool(
  'pay',
  'Pays by card or by invoice.',
  object({ method: { oneOf: [object({ card: string }), object({ invoice_to: string })] } }),
);
export const ALL_OF = tool(
  'set_range',
  'Sets the bounds of a range.',
  object({ bounds: { allOf: [object({ low: { type: 'number' } }), object({ high: { type: 'number' } })] } }),
);
export const DEEP = tool(
  'configure',
  'Configures a service.',
  object({
    service: object({
      server: object({
        tls: object({ versions: object({ minimum: { type: 'string', enum: ['1.2', '1.3'] } }) }),
      }),
    }),
  }),
);
export const WIDE = tool(
  'submit_form',
  'Hands a form in.',
  object(Object.fromEntries(Array.from({ length: 30 }, (_, i) => [`field_${i + 1}`, string])), [
    'field_1',
    'field_15',
    'field_30',
  ]),
);
export const NO_SCHEMA = tool('ping', 'Answers pong.', { type: 'object', properties: {} });
export const BIG_NUMBER = tool(
  'find_tweet',
  'Finds a post by its number.',
  object({ id: { type: 'string', description: 'The decimal number as a string, all digits' } }),
);
