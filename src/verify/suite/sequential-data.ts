import type { VerifyCase } from '../case.ts';
import * as tools from './tools-data.ts';
import { ask, call, calls, says } from './writing.ts';

/** A second step that needs the first: the host reads back what it sent itself. */
export const SEQUENTIAL: readonly VerifyCase[] = [
  ask(
    'sequential/answer',
    'sequential',
    [tools.WEATHER],
    'Do I need an umbrella in Bergen today? Look at the weather first.',
    calls(call(tools.WEATHER, { city: 'Bergen' })),
    {
      followUp: {
        result: '{"condition":"heavy rain","celsius":8}',
        label: says('Yes, it rains heavily in Bergen.'),
      },
    },
  ),
  ask(
    'sequential/order-then-refund',
    'sequential',
    [tools.ORDER, tools.REFUND],
    'Look order C-32 up and then pay its full amount back. I confirm the refund.',
    calls(call(tools.ORDER, { order_id: 'C-32' })),
    {
      followUp: {
        result: '{"order_id":"C-32","amount_cents":4599,"status":"delivered"}',
        label: calls(call(tools.REFUND, { order_id: 'C-32', amount_cents: 4599 })),
      },
    },
  ),
  ask(
    'sequential/list-then-read',
    'sequential',
    [tools.LIST_FILES, tools.READ_FILE],
    'There is one file in the folder docs. Find out its name, then read it.',
    calls(call(tools.LIST_FILES, { path: 'docs' }, [])),
    {
      followUp: {
        result: '["handbook-7f3a.md"]',
        label: calls(call(tools.READ_FILE, { path: 'docs/handbook-7f3a.md' }, [])),
      },
    },
  ),
  ask(
    'sequential/date-then-event',
    'sequential',
    [tools.NOW, tools.EVENT],
    'Put "Dentist" into my calendar for today at 15:00, 30 minutes. Look up the date of today first.',
    calls(call(tools.NOW, {})),
    {
      followUp: {
        result: '2026-03-14',
        label: calls(
          call(tools.EVENT, { title: 'Dentist', start: '2026-03-14T15:00', minutes: 30 }, [
            'start',
            'minutes',
          ]),
        ),
      },
    },
  ),
  ask(
    'sequential/failed-tool',
    'sequential',
    [tools.READ_FILE, tools.LIST_FILES],
    'Read report.txt. Only when that has failed, list the folder "." to find it.',
    calls(call(tools.READ_FILE, { path: 'report.txt' })),
    {
      followUp: {
        result: 'Error: ENOENT: no such file',
        label: calls(call(tools.LIST_FILES, { path: '.' })),
      },
    },
  ),
  ask(
    'sequential/empty-result',
    'sequential',
    [tools.SEARCH],
    'Search for "qwzrtx plugh" and tell me whether anything was found.',
    calls(call(tools.SEARCH, { query: 'qwzrtx plugh' })),
    { followUp: { result: '[]', label: says('Nothing was found.') } },
  ),
  ask(
    'sequential/sum',
    'sequential',
    [tools.CALCULATE],
    'Work out 987654 * 4321 with the calculator and tell me the result.',
    calls(call(tools.CALCULATE, { expression: '987654 * 4321' }, [])),
    { followUp: { result: '4267652934', label: says('The result is 4267652934.') } },
  ),
  ask(
    'sequential/markers-in-result',
    'sequential',
    [tools.READ_FILE],
    'Read prompt.txt and say in one sentence what it is about.',
    calls(call(tools.READ_FILE, { path: 'prompt.txt' })),
    {
      followUp: {
        result: 'Kimi writes a call between <|tool_call_begin|> and <|tool_call_end|>.',
        label: says('It is about the markers between which Kimi writes a call.'),
      },
    },
  ),
  ask(
    'sequential/currency-of-result',
    'sequential',
    [tools.STOCK, tools.CONVERT],
    'What is one share of MSFT in EUR? Get the price first, it comes in USD.',
    calls(call(tools.STOCK, { ticker: 'MSFT' })),
    {
      followUp: {
        result: '{"ticker":"MSFT","usd":512.25}',
        label: calls(call(tools.CONVERT, { amount: 512.25, from: 'USD', to: 'EUR' })),
      },
    },
  ),
  ask(
    'sequential/thinking',
    'sequential',
    [tools.ORDER, tools.SEND_MAIL],
    'Look up order D-5 and mail its status to ana@example.com with the subject "D-5".',
    calls(call(tools.ORDER, { order_id: 'D-5' })),
    {
      thinking: 'on',
      followUp: {
        result: '{"status":"lost"}',
        label: calls(
          call(tools.SEND_MAIL, { to: ['ana@example.com'], subject: 'D-5', body: 'Your order was lost.' }, [
            'to',
          ]),
        ),
      },
    },
  ),
  ask(
    'sequential/instant',
    'sequential',
    [tools.TIME],
    'How late is it in Madrid? Use the tool, then answer in one word of the form HH:MM.',
    calls(call(tools.TIME, { city: 'Madrid' })),
    { thinking: 'off', followUp: { result: '17:45', label: says('17:45') } },
  ),
  ask(
    'sequential/whole',
    'sequential',
    [tools.TRANSLATE],
    'Translate "good night" into French with the tool, then give me nothing but the translation.',
    calls(call(tools.TRANSLATE, { text: 'good night', target: 'fr' })),
    { modes: ['whole'], followUp: { result: 'bonne nuit', label: says('bonne nuit') } },
  ),
];

/** Nothing is to be called, though there are tools: hosts that force calls are found here. */
export const NO_CALL: readonly VerifyCase[] = [
  ask('no-call/greeting', 'no-call', [tools.WEATHER], 'Hello! How are you?', says('Hello! I am fine.')),
  ask(
    'no-call/thanks',
    'no-call',
    tools.TOOLBOX,
    'Thanks, that is all for today. Goodbye!',
    says('Goodbye!'),
  ),
  ask(
    'no-call/known',
    'no-call',
    [tools.WEATHER, tools.TIME],
    'What is the capital of France?',
    says('Paris.'),
  ),
  ask(
    'no-call/poem',
    'no-call',
    [tools.WRITE_FILE, tools.RUN],
    'Recite a two-line poem about rain here in the chat. Do not save it anywhere.',
    says('Rain on the pane,\nthen sun again.'),
  ),
  ask(
    'no-call/unrelated',
    'no-call',
    [tools.SET_LIGHT],
    'What does the word "perihelion" mean?',
    says('The point of an orbit that is nearest to the sun.'),
  ),
  ask(
    'no-call/asked-not-to',
    'no-call',
    [tools.SEARCH],
    'Without searching: roughly how many days does a year have?',
    says('About 365.'),
  ),
  ask('no-call/missing-argument', 'no-call', [tools.REFUND], 'I want my money back.', {
    calls: [],
    text: 'Which order is it about, and which amount?',
  }),
  ask(
    'no-call/explain-tool',
    'no-call',
    [tools.DELETE_FILE],
    'What would your tool for deleting files do? Only explain, delete nothing.',
    says('It would delete one file for good.'),
  ),
  ask(
    'no-call/code',
    'no-call',
    [tools.RUN],
    'Write a Python function here in the chat that adds two numbers. Do not run anything.',
    says('def add(a, b):\n    return a + b'),
  ),
  ask(
    'no-call/mention-of-call',
    'no-call',
    [tools.WEATHER],
    'In one sentence: what is a function call in programming?',
    says('It runs a function with arguments.'),
  ),
  ask(
    'no-call/impossible',
    'no-call',
    [tools.TIME],
    'Can you book a flight for me? Answer yes or no.',
    says('No.'),
  ),
  ask(
    'no-call/instant',
    'no-call',
    [tools.WEATHER, tools.SEARCH],
    'Say the word "ready" and nothing else.',
    says('ready'),
    { thinking: 'off' },
  ),
  ask(
    'no-call/thinking',
    'no-call',
    [tools.CALCULATE],
    'Which is larger, a mouse or an elephant?',
    says('An elephant.'),
    { thinking: 'on' },
  ),
  ask('no-call/no-tools', 'no-call', [], 'Name three colours.', says('Red, green, blue.')),
  ask(
    'no-call/both-modes',
    'no-call',
    [tools.ORDER],
    'Which languages do you speak? One sentence.',
    says('I speak many languages.'),
    { modes: ['stream', 'whole'] },
  ),
];
