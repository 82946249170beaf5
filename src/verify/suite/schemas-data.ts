import type { CaseTool, JsonObject, VerifyCase } from '../case.ts';
import { ask, call, calls } from './writing.ts';

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

const TRIP = tool(
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
const MATRIX = tool(
  'set_matrix',
  'Stores a matrix, row by row.',
  object({ rows: { type: 'array', items: { type: 'array', items: { type: 'number' } } } }),
);
const EMPTY_ARRAY = tool(
  'set_tags',
  'Sets the tags of a page; an empty list removes all.',
  object({ page: string, tags: strings }),
);
const NULLABLE = tool(
  'set_deadline',
  'Sets or, with null, removes a deadline.',
  object({ task: string, deadline: { type: ['string', 'null'], description: 'YYYY-MM-DD or null' } }),
);
const UNION = tool(
  'set_value',
  'Sets a field to a number or a text.',
  object({ field: string, value: { anyOf: [{ type: 'number' }, string] } }),
);
const TAGGED = tool(
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
const REFERENCED = tool('save_tree', 'Saves a tree of folders.', {
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
const CLOSED = tool('create_user', 'Creates a user.', {
  ...object({ login: string, admin: { type: 'boolean' } }),
  additionalProperties: false,
});
const MAP = tool(
  'set_headers',
  'Sets HTTP headers.',
  object({ headers: { type: 'object', additionalProperties: string } }),
);
const OPTIONAL = tool(
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
const ENUM_NUMBERS = tool(
  'set_baud_rate',
  'Sets the rate of a serial line.',
  object({ rate: { type: 'integer', enum: [9600, 19200, 115200] } }),
);
const ODD_KEYS = tool(
  'tag_resource',
  'Tags a resource of the cloud.',
  object({ 'resource-id': string, 'x.owner': string, $cost_center: string }),
);
const KEYWORD_KEYS = tool(
  'define_field',
  'Defines a field of a form.',
  object({ name: string, type: { type: 'string', enum: ['text', 'number'] }, required: { type: 'boolean' } }),
);
const NAME_KEY = tool('rename_pet', 'Renames a pet.', object({ name: string, arguments: string }));
const PATTERN = tool(
  'ship_parcel',
  'Ships a parcel.',
  object({
    postcode: { type: 'string', pattern: '^[0-9]{5}$' },
    weight_grams: { type: 'integer', minimum: 1, maximum: 31500 },
  }),
);
const DATES = tool(
  'block_days',
  'Blocks days.',
  object({ from: { type: 'string', format: 'date' }, to: { type: 'string', format: 'date' } }),
);
const CONSTANT = tool(
  'accept_terms',
  'Accepts the terms of use.',
  object({ version: { const: 3 }, accepted: { type: 'boolean' } }),
);
const NO_TYPE = tool('log_entry', 'Writes an entry into the log.', {
  properties: { level: { enum: ['info', 'warning', 'error'] }, message: string },
  required: ['level', 'message'],
});
const ONE_OF = tool(
  'pay',
  'Pays by card or by invoice.',
  object({ method: { oneOf: [object({ card: string }), object({ invoice_to: string })] } }),
);
const ALL_OF = tool(
  'set_range',
  'Sets the bounds of a range.',
  object({ bounds: { allOf: [object({ low: { type: 'number' } }), object({ high: { type: 'number' } })] } }),
);
const DEEP = tool(
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
const WIDE = tool(
  'submit_form',
  'Hands a form in.',
  object(Object.fromEntries(Array.from({ length: 30 }, (_, i) => [`field_${i + 1}`, string])), [
    'field_1',
    'field_15',
    'field_30',
  ]),
);
const NO_SCHEMA = tool('ping', 'Answers pong.', { type: 'object', properties: {} });
const BIG_NUMBER = tool(
  'find_tweet',
  'Finds a post by its number.',
  object({ id: { type: 'string', description: 'The decimal number as a string, all digits' } }),
);

/** Schemas that hosts refuse, that models break, and that parsers re-serialise. */
export const SCHEMAS: readonly VerifyCase[] = [
  ask(
    'schemas/nested',
    'schemas',
    [TRIP],
    'Plan a trip for Ana Diaz (French passport number X12): 2 nights in Lyon, then 3 nights in Nice.',
    calls(
      call(TRIP, {
        traveller: { name: 'Ana Diaz', passport: { number: 'X12', country: 'FR' } },
        stops: [
          { city: 'Lyon', nights: 2 },
          { city: 'Nice', nights: 3 },
        ],
      }),
    ),
  ),
  ask(
    'schemas/array-of-arrays',
    'schemas',
    [MATRIX],
    'Store the matrix with the rows 1 2 3 and 4.5 5 -6.',
    calls(
      call(MATRIX, {
        rows: [
          [1, 2, 3],
          [4.5, 5, -6],
        ],
      }),
    ),
  ),
  ask(
    'schemas/empty-array',
    'schemas',
    [EMPTY_ARRAY],
    'Remove all tags of the page "home".',
    calls(call(EMPTY_ARRAY, { page: 'home', tags: [] })),
  ),
  ask(
    'schemas/null',
    'schemas',
    [NULLABLE],
    'The task "taxes" has no deadline any more: remove it.',
    calls(call(NULLABLE, { task: 'taxes', deadline: null })),
  ),
  ask(
    'schemas/union-number',
    'schemas',
    [UNION],
    'Set the field "width" to the number 42.',
    calls(call(UNION, { field: 'width', value: 42 })),
  ),
  ask(
    'schemas/union-string',
    'schemas',
    [UNION],
    'Set the field "title" to the text Forty-Two.',
    calls(call(UNION, { field: 'title', value: 'Forty-Two' })),
  ),
  ask(
    'schemas/alternatives',
    'schemas',
    [TAGGED],
    'Draw a rectangle, 4 wide and 2.5 high.',
    calls(call(TAGGED, { shape: { kind: 'rectangle', width: 4, height: 2.5 } })),
  ),
  ask(
    'schemas/recursive',
    'schemas',
    [REFERENCED],
    'Save this tree: the folder "a" holds the empty folders "b" and "c".',
    calls(
      call(REFERENCED, {
        root: {
          name: 'a',
          folders: [
            { name: 'b', folders: [] },
            { name: 'c', folders: [] },
          ],
        },
      }),
    ),
  ),
  ask(
    'schemas/closed',
    'schemas',
    [CLOSED],
    'Create the user "kim", who is an administrator and speaks Korean.',
    calls(call(CLOSED, { login: 'kim', admin: true })),
  ),
  ask(
    'schemas/map',
    'schemas',
    [MAP],
    'Set the header X-Trace to "on" and the header Accept to "text/plain".',
    calls(call(MAP, { headers: { 'X-Trace': 'on', Accept: 'text/plain' } })),
  ),
  ask(
    'schemas/optional-left-out',
    'schemas',
    [OPTIONAL],
    'Book a table for 4 at 19:30 in the name of Sato.',
    calls(call(OPTIONAL, { guests: 4, time: '19:30', name: 'Sato' })),
  ),
  ask(
    'schemas/enum-of-numbers',
    'schemas',
    [ENUM_NUMBERS],
    'Set the serial line to 115200 baud.',
    calls(call(ENUM_NUMBERS, { rate: 115200 })),
  ),
  ask(
    'schemas/odd-keys',
    'schemas',
    [ODD_KEYS],
    'Tag the resource vm-9: owner is "ops", cost center is "4400".',
    calls(call(ODD_KEYS, { 'resource-id': 'vm-9', 'x.owner': 'ops', $cost_center: '4400' })),
  ),
  ask(
    'schemas/keys-like-keywords',
    'schemas',
    [KEYWORD_KEYS],
    'Define the form field "age": a number, and it must be filled in.',
    calls(call(KEYWORD_KEYS, { name: 'age', type: 'number', required: true })),
  ),
  ask(
    'schemas/keys-like-a-call',
    'schemas',
    [NAME_KEY],
    'Rename the pet: its name shall be "Rex", and the field arguments shall hold "none".',
    calls(call(NAME_KEY, { name: 'Rex', arguments: 'none' })),
  ),
  ask(
    'schemas/pattern',
    'schemas',
    [PATTERN],
    'Ship a parcel of 2 kilograms to the postcode 01067.',
    calls(call(PATTERN, { postcode: '01067', weight_grams: 2000 })),
  ),
  ask(
    'schemas/dates',
    'schemas',
    [DATES],
    'Block the days from 24 to 26 December 2026.',
    calls(call(DATES, { from: '2026-12-24', to: '2026-12-26' })),
  ),
  ask(
    'schemas/constant',
    'schemas',
    [CONSTANT],
    'I accept version 3 of the terms of use: send that off.',
    calls(call(CONSTANT, { version: 3, accepted: true })),
  ),
  ask(
    'schemas/without-type',
    'schemas',
    [NO_TYPE],
    'Write a warning into the log: "disk nearly full".',
    calls(call(NO_TYPE, { level: 'warning', message: 'disk nearly full' })),
  ),
  ask(
    'schemas/one-of',
    'schemas',
    [ONE_OF],
    'Pay by invoice to "Acme Ltd".',
    calls(call(ONE_OF, { method: { invoice_to: 'Acme Ltd' } })),
  ),
  ask(
    'schemas/all-of',
    'schemas',
    [ALL_OF],
    'Set the range to a low of 1.5 and a high of 9.',
    calls(call(ALL_OF, { bounds: { low: 1.5, high: 9 } })),
  ),
  ask(
    'schemas/deep',
    'schemas',
    [DEEP],
    'Configure the service so that TLS 1.3 is the minimum version of its server.',
    calls(call(DEEP, { service: { server: { tls: { versions: { minimum: '1.3' } } } } })),
  ),
  ask(
    'schemas/thirty-fields',
    'schemas',
    [WIDE],
    'Hand the form in with field 1 "one", field 15 "fifteen" and field 30 "thirty"; leave the others out.',
    calls(call(WIDE, { field_1: 'one', field_15: 'fifteen', field_30: 'thirty' })),
  ),
  ask('schemas/no-properties', 'schemas', [NO_SCHEMA], 'Send a ping.', calls(call(NO_SCHEMA, {}))),
  ask(
    'schemas/many-digits',
    'schemas',
    [BIG_NUMBER],
    'Find the post with the number 9007199254740993123.',
    calls(call(BIG_NUMBER, { id: '9007199254740993123' })),
  ),
];
