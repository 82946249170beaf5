import type { VerifyCase } from '../case.ts';
import * as tools from './tools-data.ts';
import { ask, call, calls, system, user } from './writing.ts';

/** One call, plainly asked for: what every host must be able to do. */
export const SINGLE: readonly VerifyCase[] = [
  ask(
    'single/weather',
    'single',
    [tools.WEATHER],
    'What is the weather in Paris right now?',
    calls(call(tools.WEATHER, { city: 'Paris' })),
  ),
  ask(
    'single/unit',
    'single',
    [tools.WEATHER],
    'How warm is it in Boston at the moment, in Fahrenheit?',
    calls(call(tools.WEATHER, { city: 'Boston', unit: 'fahrenheit' })),
  ),
  ask(
    'single/no-arguments',
    'single',
    [tools.NOW],
    'Which day is it today? Look it up, you cannot know it.',
    calls(call(tools.NOW, {})),
  ),
  ask(
    'single/no-arguments-of-many',
    'single',
    tools.TOOLBOX,
    'Find out with a tool which date it is today.',
    calls(call(tools.NOW, {})),
  ),
  ask(
    'single/of-twenty',
    'single',
    tools.TOOLBOX,
    'How much is one share of Apple (AAPL) right now?',
    calls(call(tools.STOCK, { ticker: 'AAPL' })),
  ),
  ask(
    'single/number',
    'single',
    [tools.CONVERT, tools.STOCK],
    'Convert 249.90 EUR to USD at the current rate.',
    calls(call(tools.CONVERT, { amount: 249.9, from: 'EUR', to: 'USD' })),
  ),
  ask(
    'single/negative-number',
    'single',
    [tools.CALCULATE],
    'Use the calculator: what is -17 times 23?',
    calls(call(tools.CALCULATE, { expression: '-17 * 23' }, [])),
  ),
  ask(
    'single/boolean-false',
    'single',
    [tools.SET_LIGHT],
    'Switch the lamp in the bedroom off.',
    calls(call(tools.SET_LIGHT, { room: 'bedroom', on: false })),
  ),
  ask(
    'single/zero',
    'single',
    [tools.SET_LIGHT],
    'Set the lamp in the office: on, with brightness 0.',
    calls(call(tools.SET_LIGHT, { room: 'office', on: true, brightness: 0 })),
  ),
  ask(
    'single/duration',
    'single',
    [tools.TIMER, tools.NOTE],
    'Start a timer of two minutes and 30 seconds for the tea.',
    calls(call(tools.TIMER, { seconds: 150, label: 'tea' }, ['seconds'])),
  ),
  ask(
    'single/file',
    'single',
    [tools.READ_FILE, tools.LIST_FILES],
    'Show me what stands in src/main.ts.',
    calls(call(tools.READ_FILE, { path: 'src/main.ts' })),
  ),
  ask(
    'single/windows-path',
    'single',
    [tools.READ_FILE],
    'Read the file D:\\Projects\\Ana\\notes.txt for me.',
    calls(call(tools.READ_FILE, { path: 'D:\\Projects\\Ana\\notes.txt' })),
  ),
  ask(
    'single/quotes',
    'single',
    [tools.RUN],
    'Run exactly this command: git commit -m "Say \'hello\' to \\"them\\""',
    calls(call(tools.RUN, { command: 'git commit -m "Say \'hello\' to \\"them\\""' })),
  ),
  ask(
    'single/system-rule',
    'single',
    [tools.ORDER, tools.REFUND],
    [
      system('You serve the customers of a shop. Look an order up before you say anything about it.'),
      user('Where is my order A-1001?'),
    ],
    calls(call(tools.ORDER, { order_id: 'A-1001' })),
  ),
  ask(
    'single/cents',
    'single',
    [tools.REFUND],
    'Pay 12 euros and 50 cents of order B-7 back.',
    calls(call(tools.REFUND, { order_id: 'B-7', amount_cents: 1250 })),
  ),
  ask(
    'single/hyphen-in-name',
    'single',
    [tools.HYPHENS],
    'Search the web for the tallest tree in the world.',
    calls(call(tools.HYPHENS, { query: 'tallest tree in the world' }, [])),
  ),
  ask(
    'single/digit-at-end-of-name',
    'single',
    [tools.DIGITS],
    'Look up the word "perigee" in the dictionary.',
    calls(call(tools.DIGITS, { word: 'perigee' })),
  ),
  ask(
    'single/long-name',
    'single',
    [tools.LONG_NAME, tools.ORDER],
    'Find the customer with registration number HRB 4711.',
    calls(call(tools.LONG_NAME, { registration_number: 'HRB 4711' })),
  ),
  ask(
    'single/name-begins-another',
    'single',
    [tools.READ, tools.READ_ALL],
    'Read the sensor t1.',
    calls(call(tools.READ, { sensor: 't1' })),
  ),
  ask(
    'single/name-goes-on',
    'single',
    [tools.READ, tools.READ_ALL],
    'Read every sensor of the group cellar at once.',
    calls(call(tools.READ_ALL, { group: 'cellar' })),
  ),
];

/** Several calls that need nothing of each other, so that they belong into one answer. */
export const PARALLEL: readonly VerifyCase[] = [
  ask(
    'parallel/two-cities',
    'parallel',
    [tools.WEATHER],
    'Compare the weather in Rome and in Oslo right now. Ask for both at once.',
    calls(call(tools.WEATHER, { city: 'Rome' }), call(tools.WEATHER, { city: 'Oslo' })),
  ),
  ask(
    'parallel/three-cities',
    'parallel',
    [tools.WEATHER, tools.TIME],
    'At the same time: the weather in Lima, in Cairo and in Seoul.',
    calls(
      call(tools.WEATHER, { city: 'Lima' }),
      call(tools.WEATHER, { city: 'Cairo' }),
      call(tools.WEATHER, { city: 'Seoul' }),
    ),
  ),
  ask(
    'parallel/two-tools',
    'parallel',
    [tools.WEATHER, tools.TIME],
    'What time is it in Tokyo, and what is the weather there? Call both tools in one go.',
    calls(call(tools.TIME, { city: 'Tokyo' }), call(tools.WEATHER, { city: 'Tokyo' })),
  ),
  ask(
    'parallel/same-arguments',
    'parallel',
    [tools.READ, tools.READ_ALL],
    'Read sensor t7 and, in the same step, all sensors of the group attic.',
    calls(call(tools.READ, { sensor: 't7' }), call(tools.READ_ALL, { group: 'attic' })),
  ),
  ask(
    'parallel/five',
    'parallel',
    [tools.STOCK],
    'Get these five share prices in one step: AAPL, MSFT, NVDA, AMZN, GOOG.',
    calls(...['AAPL', 'MSFT', 'NVDA', 'AMZN', 'GOOG'].map((ticker) => call(tools.STOCK, { ticker }))),
  ),
  ask(
    'parallel/eight',
    'parallel',
    [tools.READ_FILE],
    'Read these eight files in parallel: a.md, b.md, c.md, d.md, e.md, f.md, g.md, h.md.',
    calls(
      ...['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'].map((name) =>
        call(tools.READ_FILE, { path: `${name}.md` }),
      ),
    ),
  ),
  ask(
    'parallel/no-arguments-twice',
    'parallel',
    [tools.NOW, tools.TIME],
    "In one step: today's date, and the time in Berlin.",
    calls(call(tools.NOW, {}), call(tools.TIME, { city: 'Berlin' })),
  ),
  ask(
    'parallel/mixed-types',
    'parallel',
    [tools.SET_LIGHT, tools.TIMER],
    'Turn the kitchen lamp on at brightness 40 and start a timer of 600 seconds, both now.',
    calls(
      call(tools.SET_LIGHT, { room: 'kitchen', on: true, brightness: 40 }),
      call(tools.TIMER, { seconds: 600 }),
    ),
  ),
  ask(
    'parallel/long-and-short',
    'parallel',
    [tools.WRITE_FILE, tools.TIME],
    'At once: write "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu" into greek.txt, and tell me the time in Athens.',
    calls(
      call(tools.WRITE_FILE, {
        path: 'greek.txt',
        content: 'alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu',
      }),
      call(tools.TIME, { city: 'Athens' }),
    ),
  ),
  ask(
    'parallel/currencies',
    'parallel',
    [tools.CONVERT],
    'Convert 100 USD to EUR, to JPY and to CHF, all three in one go.',
    calls(...['EUR', 'JPY', 'CHF'].map((to) => call(tools.CONVERT, { amount: 100, from: 'USD', to }))),
  ),
  ask(
    'parallel/whole',
    'parallel',
    [tools.WEATHER],
    'Weather in Delhi and weather in Quito, both together please.',
    calls(call(tools.WEATHER, { city: 'Delhi' }), call(tools.WEATHER, { city: 'Quito' })),
    { modes: ['stream', 'whole'] },
  ),
  ask(
    'parallel/then-answer',
    'parallel',
    [tools.TIME],
    'Is it later in Perth or in Nairobi? Ask for both times in one step.',
    calls(call(tools.TIME, { city: 'Perth' }), call(tools.TIME, { city: 'Nairobi' })),
    {
      followUp: {
        result: '{"time":"09:30"}',
        label: { calls: [], text: 'It is 09:30 in both.', either: true },
      },
    },
  ),
];
