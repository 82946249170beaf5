import type { VerifyCase } from '../case.ts';
import * as tools from './schema-tools-data.ts';
import { ask, call, calls } from './writing.ts';

/** Schemas that hosts refuse, that models break, and that parsers re-serialise. */
export const SCHEMAS: readonly VerifyCase[] = [
  ask(
    'schemas/nested',
    'schemas',
    [tools.TRIP],
    'Plan a trip for Ana Diaz (French passport number X12): 2 nights in Lyon, then 3 nights in Nice.',
    calls(
      call(tools.TRIP, {
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
    [tools.MATRIX],
    'Store the matrix with the rows 1 2 3 and 4.5 5 -6.',
    calls(
      call(tools.MATRIX, {
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
    [tools.EMPTY_ARRAY],
    'Remove all tags of the page "home".',
    calls(call(tools.EMPTY_ARRAY, { page: 'home', tags: [] })),
  ),
  ask(
    'schemas/null',
    'schemas',
    [tools.NULLABLE],
    'The task "taxes" has no deadline any more: remove it.',
    calls(call(tools.NULLABLE, { task: 'taxes', deadline: null })),
  ),
  ask(
    'schemas/union-number',
    'schemas',
    [tools.UNION],
    'Set the field "width" to the number 42.',
    calls(call(tools.UNION, { field: 'width', value: 42 })),
  ),
  ask(
    'schemas/union-string',
    'schemas',
    [tools.UNION],
    'Set the field "title" to the text Forty-Two.',
    calls(call(tools.UNION, { field: 'title', value: 'Forty-Two' })),
  ),
  ask(
    'schemas/alternatives',
    'schemas',
    [tools.TAGGED],
    'Draw a rectangle, 4 wide and 2.5 high.',
    calls(call(tools.TAGGED, { shape: { kind: 'rectangle', width: 4, height: 2.5 } })),
  ),
  ask(
    'schemas/recursive',
    'schemas',
    [tools.REFERENCED],
    'Save this tree: the folder "a" holds the empty folders "b" and "c".',
    calls(
      call(tools.REFERENCED, {
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
    [tools.CLOSED],
    'Create the user "kim", who is an administrator and speaks Korean.',
    calls(call(tools.CLOSED, { login: 'kim', admin: true })),
  ),
  ask(
    'schemas/map',
    'schemas',
    [tools.MAP],
    'Set the header X-Trace to "on" and the header Accept to "text/plain".',
    calls(call(tools.MAP, { headers: { 'X-Trace': 'on', Accept: 'text/plain' } })),
  ),
  ask(
    'schemas/optional-left-out',
    'schemas',
    [tools.OPTIONAL],
    'Book a table for 4 at 19:30 in the name of Sato.',
    calls(call(tools.OPTIONAL, { guests: 4, time: '19:30', name: 'Sato' })),
  ),
  ask(
    'schemas/enum-of-numbers',
    'schemas',
    [tools.ENUM_NUMBERS],
    'Set the serial line to 115200 baud.',
    calls(call(tools.ENUM_NUMBERS, { rate: 115200 })),
  ),
  ask(
    'schemas/odd-keys',
    'schemas',
    [tools.ODD_KEYS],
    'Tag the resource vm-9: owner is "ops", cost center is "4400".',
    calls(call(tools.ODD_KEYS, { 'resource-id': 'vm-9', 'x.owner': 'ops', $cost_center: '4400' })),
  ),
  ask(
    'schemas/keys-like-keywords',
    'schemas',
    [tools.KEYWORD_KEYS],
    'Define the form field "age": a number, and it must be filled in.',
    calls(call(tools.KEYWORD_KEYS, { name: 'age', type: 'number', required: true })),
  ),
  ask(
    'schemas/keys-like-a-call',
    'schemas',
    [tools.NAME_KEY],
    'Rename the pet: its name shall be "Rex", and the field arguments shall hold "none".',
    calls(call(tools.NAME_KEY, { name: 'Rex', arguments: 'none' })),
  ),
  ask(
    'schemas/pattern',
    'schemas',
    [tools.PATTERN],
    'Ship a parcel of 2 kilograms to the postcode 01067.',
    calls(call(tools.PATTERN, { postcode: '01067', weight_grams: 2000 })),
  ),
  ask(
    'schemas/dates',
    'schemas',
    [tools.DATES],
    'Block the days from 24 to 26 December 2026.',
    calls(call(tools.DATES, { from: '2026-12-24', to: '2026-12-26' })),
  ),
  ask(
    'schemas/constant',
    'schemas',
    [tools.CONSTANT],
    'I accept version 3 of the terms of use: send that off.',
    calls(call(tools.CONSTANT, { version: 3, accepted: true })),
  ),
  ask(
    'schemas/without-type',
    'schemas',
    [tools.NO_TYPE],
    'Write a warning into the log: "disk nearly full".',
    calls(call(tools.NO_TYPE, { level: 'warning', message: 'disk nearly full' })),
  ),
  ask(
    'schemas/one-of',
    'schemas',
    [tools.ONE_OF],
    'Pay by invoice to "Acme Ltd".',
    calls(call(tools.ONE_OF, { method: { invoice_to: 'Acme Ltd' } })),
  ),
  ask(
    'schemas/all-of',
    'schemas',
    [tools.ALL_OF],
    'Set the range to a low of 1.5 and a high of 9.',
    calls(call(tools.ALL_OF, { bounds: { low: 1.5, high: 9 } })),
  ),
  ask(
    'schemas/deep',
    'schemas',
    [tools.DEEP],
    'Configure the service so that TLS 1.3 is the minimum version of its server.',
    calls(call(tools.DEEP, { service: { server: { tls: { versions: { minimum: '1.3' } } } } })),
  ),
  ask(
    'schemas/thirty-fields',
    'schemas',
    [tools.WIDE],
    'Hand the form in with field 1 "one", field 15 "fifteen" and field 30 "thirty"; leave the others out.',
    calls(call(tools.WIDE, { field_1: 'one', field_15: 'fifteen', field_30: 'thirty' })),
  ),
  ask(
    'schemas/no-properties',
    'schemas',
    [tools.NO_SCHEMA],
    'Send a ping.',
    calls(call(tools.NO_SCHEMA, {})),
  ),
  ask(
    'schemas/many-digits',
    'schemas',
    [tools.BIG_NUMBER],
    'Find the post with the number 9007199254740993123.',
    calls(call(tools.BIG_NUMBER, { id: '9007199254740993123' })),
  ),
];
