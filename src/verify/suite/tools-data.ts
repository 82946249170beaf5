import type { CaseTool, JsonObject } from '../case.ts';

const text = (description: string): JsonObject => ({ type: 'string', description });

function tool(
  name: string,
  description: string,
  properties: JsonObject,
  required: readonly string[] = Object.keys(properties),
): CaseTool {
  return { name, description, parameters: { type: 'object', properties, required } };
}

export const WEATHER = tool(
  'get_weather',
  'The current weather of a city.',
  { city: text('The city, as in Paris'), unit: { type: 'string', enum: ['celsius', 'fahrenheit'] } },
  ['city'],
);
export const TIME = tool('get_time', 'The local time of a city.', { city: text('The city') });
export const SEARCH = tool(
  'search',
  'Searches the web for what is not known by heart or may have changed.',
  { query: text('What to look for'), limit: { type: 'integer', minimum: 1, maximum: 50 } },
  ['query'],
);
export const CALCULATE = tool('calculate', 'Works an arithmetic expression out exactly.', {
  expression: text('As in 12.5 * (3 + 4)'),
});
export const READ_FILE = tool('read_file', 'The text of a file.', { path: text('The path of the file') });
export const WRITE_FILE = tool('write_file', 'Writes a file, replacing what it held.', {
  path: text('The path of the file'),
  content: text('All of its new text'),
});
export const LIST_FILES = tool('list_files', 'The names of the files in a folder.', {
  path: text('The folder'),
});
export const DELETE_FILE = tool('delete_file', 'Deletes a file for good.', { path: text('The path') });
export const RUN = tool(
  'run_command',
  'Runs a command in a shell and gives its output.',
  { command: text('The command line'), timeout_seconds: { type: 'integer', minimum: 1 } },
  ['command'],
);
export const SEND_MAIL = tool(
  'send_email',
  'Sends an e-mail.',
  {
    to: { type: 'array', items: { type: 'string' }, minItems: 1, description: 'Addresses' },
    subject: text('The subject'),
    body: text('The text'),
  },
  ['to', 'subject', 'body'],
);
export const CONVERT = tool('convert_currency', 'Converts an amount at the rate of today.', {
  amount: { type: 'number' },
  from: text('ISO 4217 code'),
  to: text('ISO 4217 code'),
});
export const STOCK = tool('get_stock_price', 'The latest price of a share.', { ticker: text('As in AAPL') });
export const TRANSLATE = tool('translate', 'Translates a text.', {
  text: text('The text, unchanged'),
  target: text('ISO 639-1 code of the language'),
});
export const ORDER = tool('get_order', 'Looks an order up.', { order_id: text('As in A-1001') });
export const REFUND = tool(
  'refund_order',
  'Pays an order back.',
  { order_id: text('As in A-1001'), amount_cents: { type: 'integer', minimum: 1 } },
  ['order_id', 'amount_cents'],
);
export const NOW = tool('get_current_date', 'The date of today. Takes no arguments.', {});
export const SET_LIGHT = tool(
  'set_light',
  'Switches a lamp.',
  {
    room: { type: 'string', enum: ['kitchen', 'bedroom', 'office', 'hall'] },
    on: { type: 'boolean' },
    brightness: { type: 'integer', minimum: 0, maximum: 100 },
  },
  ['room', 'on'],
);
export const TIMER = tool(
  'set_timer',
  'Starts a timer.',
  { seconds: { type: 'integer', minimum: 1 }, label: text('What it is for') },
  ['seconds'],
);
export const NOTE = tool('save_note', 'Keeps a note.', {
  title: text('A short title'),
  body: text('The note'),
});
export const RESERVE = tool('reserve_slot', 'Reserves a slot of a warehouse.', {
  code: text('The code of the slot, exactly'),
});
export const EVENT = tool(
  'create_event',
  'Puts an event into the calendar.',
  {
    title: text('The title'),
    start: text('ISO 8601, as in 2026-03-14T09:00'),
    minutes: { type: 'integer', minimum: 1 },
    attendees: { type: 'array', items: { type: 'string' } },
  },
  ['title', 'start', 'minutes'],
);
/** Names that parsers take apart wrongly. */
export const HYPHENS = tool('web-search', 'Searches the web.', { query: text('What to look for') });
export const DIGITS = tool('lookup_v2', 'Looks a word up in the dictionary.', { word: text('The word') });
export const LONG_NAME = tool(
  'mcp__customer_records__find_by_registration_number',
  'Finds a customer by registration number.',
  { registration_number: text('The number') },
);
/** Names of which one is the beginning of another. */
export const READ = tool('read', 'Reads a sensor.', { sensor: text('As in t1') });
export const READ_ALL = tool('read_all', 'Reads all sensors of a group.', { group: text('As in cellar') });

/** A toolbox as agents bring it along. */
export const TOOLBOX: readonly CaseTool[] = [
  WEATHER,
  TIME,
  SEARCH,
  CALCULATE,
  READ_FILE,
  WRITE_FILE,
  LIST_FILES,
  DELETE_FILE,
  RUN,
  SEND_MAIL,
  CONVERT,
  STOCK,
  TRANSLATE,
  ORDER,
  REFUND,
  NOW,
  SET_LIGHT,
  TIMER,
  NOTE,
  EVENT,
];
