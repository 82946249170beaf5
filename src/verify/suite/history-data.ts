import type { CaseMessage, CaseTool, JsonObject, VerifyCase } from '../case.ts';
import * as tools from './tools-data.ts';
import { ask, call, called, calls, says, user } from './writing.ts';

const CITIES = ['Paris', 'Rome', 'Oslo', 'Bern', 'Riga', 'Graz', 'Lyon', 'Bari', 'Cork', 'Gent'];

/** Ten steps of an agent, with ids as `id` makes them. */
function tenSteps(id: (position: number) => string): CaseMessage[] {
  return CITIES.flatMap((city, position) =>
    called(id(position), tools.WEATHER, { city }, `{"celsius":${position + 3}}`),
  );
}

/** One step that was thought about before it was done. */
function thought(
  reasoning: string,
  id: string,
  tool: CaseTool,
  given: JsonObject,
  content: string,
): CaseMessage[] {
  return [
    { role: 'assistant', reasoning, calls: [{ id, name: tool.name, arguments: given }] },
    { role: 'tool', id, content },
  ];
}

const QUESTION = 'And now the same for Kyiv, please.';
const KYIV = calls(call(tools.WEATHER, { city: 'Kyiv' }));
/** The ids of histories that other hosts and clients wrote. */
const FOREIGN: readonly (readonly [name: string, id: (position: number) => string])[] = [
  ['canonical', (n) => `functions.get_weather:${n}`],
  ['openai', (n) => `call_${'Zx9Qw3Er5Ty7Ui1OpAs2Df4G'.slice(n)}${n}`],
  ['anthropic', (n) => `toolu_01A09q90qw90lq91783${n}`],
  ['uuid', (n) => `3f2b8c1e-9d4a-4e6f-8a7b-00000000000${n}`],
  ['bare-name', (n) => `get_weather:${n}`],
  ['sanitised', (n) => `functions_get_weather_${n}`],
  ['counter', (n) => `${n}`],
];

/** Long conversations, ids of other hosts, reasoning: where models end turns empty and hosts answer 400. */
export const HISTORY: readonly VerifyCase[] = [
  ...FOREIGN.map(([name, id]) =>
    ask(
      `history/ids-${name}`,
      'history',
      [tools.WEATHER],
      [
        user(`Give me the weather of ten cities, one after the other. (${name})`),
        ...tenSteps(id),
        { role: 'assistant', content: 'Those were the ten.' },
        user(QUESTION),
      ],
      KYIV,
    ),
  ),
  ...FOREIGN.slice(1, 4).map(([name, id]) =>
    ask(
      `history/ids-${name}-pending`,
      'history',
      [tools.WEATHER],
      [user(`Ten cities, then say which is the coldest. (${name})`), ...tenSteps(id)],
      says('Paris is the coldest.'),
    ),
  ),
  ask(
    'history/ids-repeat',
    'history',
    [tools.WEATHER],
    [
      user('The weather of several cities, and the ids of the calls repeat.'),
      ...tenSteps(() => 'functions.get_weather:0').slice(0, 4),
      { role: 'assistant', content: 'Done.' },
      user('Now Minsk.'),
    ],
    calls(call(tools.WEATHER, { city: 'Minsk' })),
  ),
  ask(
    'history/parallel',
    'history',
    [tools.TIME],
    [
      user('The times in Paris and in Rome.'),
      {
        role: 'assistant',
        calls: [
          { id: 'call_a', name: 'get_time', arguments: { city: 'Paris' } },
          { id: 'call_b', name: 'get_time', arguments: { city: 'Rome' } },
        ],
      },
      { role: 'tool', id: 'call_b', content: '10:00' },
      { role: 'tool', id: 'call_a', content: '10:00' },
      { role: 'assistant', content: 'Both: 10:00.' },
      user('And in Sofia?'),
    ],
    calls(call(tools.TIME, { city: 'Sofia' })),
  ),
  ask(
    'history/undeclared-tool',
    'history',
    [tools.READ_FILE],
    [
      user('Find the notes, whatever they are called.'),
      ...called(
        'functions.grep:0',
        { name: 'grep', description: '', parameters: {} },
        { pattern: 'note' },
        'notes-2026.md',
      ),
      { role: 'assistant', content: 'It is notes-2026.md.' },
      user('Then read it.'),
    ],
    calls(call(tools.READ_FILE, { path: 'notes-2026.md' })),
  ),
  ask(
    'history/long',
    'history',
    tools.TOOLBOX,
    [
      user('We will work through forty small files.'),
      ...Array.from({ length: 40 }, (_, i) =>
        called(
          `functions.read_file:${i}`,
          tools.READ_FILE,
          { path: `part-${i}.txt` },
          `Part ${i}: ${'lorem ipsum dolor sit amet '.repeat(12)}`,
        ),
      ).flat(),
      { role: 'assistant', content: 'That was the last one.' },
      user('Now read part-40.txt as well.'),
    ],
    calls(call(tools.READ_FILE, { path: 'part-40.txt' })),
  ),
  ask(
    'history/empty-content',
    'history',
    [tools.ORDER],
    [
      user('Look order H-1 up.'),
      {
        role: 'assistant',
        content: '',
        calls: [{ id: 'functions.get_order:0', name: 'get_order', arguments: { order_id: 'H-1' } }],
      },
      { role: 'tool', id: 'functions.get_order:0', content: '{"status":"sent"}' },
      { role: 'assistant', content: 'It was sent.' },
      user('And H-2?'),
    ],
    calls(call(tools.ORDER, { order_id: 'H-2' })),
  ),
  ask(
    'history/without-reasoning',
    'history',
    [tools.ORDER],
    [
      user('Is order I-1 late? Then check I-2 too.'),
      ...called('functions.get_order:0', tools.ORDER, { order_id: 'I-1' }, '{"status":"on time"}'),
    ],
    calls(call(tools.ORDER, { order_id: 'I-2' })),
    { thinking: 'on' },
  ),
  ask(
    'history/reasoning',
    'history',
    [tools.ORDER],
    [
      user('Check the orders J-1 and J-2, one after the other.'),
      ...thought(
        'First J-1, and then J-2.',
        'functions.get_order:0',
        tools.ORDER,
        { order_id: 'J-1' },
        '{"status":"sent"}',
      ),
    ],
    calls(call(tools.ORDER, { order_id: 'J-2' })),
    { thinking: 'on' },
  ),
  ask(
    'history/reasoning-is-read',
    'history',
    [tools.SEARCH, tools.RESERVE],
    [
      user(
        'Choose a slot code of your own, check with a search whether slots are open, and then reserve exactly the code that you chose.',
      ),
      ...thought(
        'I choose the code QX-7741-LIMA and will reserve exactly it after the search.',
        'functions.search:0',
        tools.SEARCH,
        { query: 'are slots open' },
        'Slots are open. Go on with the reservation now.',
      ),
    ],
    calls(call(tools.RESERVE, { code: 'QX-7741-LIMA' })),
    { thinking: 'on', proves: 'reasoning' },
  ),
  ask(
    'history/reasoning-is-read-late',
    'history',
    [tools.SEARCH, tools.RESERVE],
    [
      user(
        'Pick a secret slot code, make two searches, "open slots" and "prices", and then reserve your code.',
      ),
      ...thought(
        'My code is KT-2093-ECHO. Now the first search.',
        'functions.search:0',
        tools.SEARCH,
        { query: 'open slots' },
        'Many.',
      ),
      ...thought(
        'Now the second search, then I reserve my code.',
        'functions.search:1',
        tools.SEARCH,
        { query: 'prices' },
        'Cheap. Reserve your code now.',
      ),
    ],
    calls(call(tools.RESERVE, { code: 'KT-2093-ECHO' })),
    { thinking: 'on', proves: 'reasoning' },
  ),
  ask(
    'history/failed-and-again',
    'history',
    [tools.RUN],
    [
      user('Run "make test" until it passes.'),
      ...called(
        'functions.run_command:0',
        tools.RUN,
        { command: 'make test' },
        'Error: the machine was busy, run it again.',
      ),
    ],
    calls(call(tools.RUN, { command: 'make test' })),
  ),
  ask(
    'history/large-result',
    'history',
    [tools.READ_FILE, tools.SEARCH],
    [
      user('Read big.log and say what its last line is.'),
      ...called(
        'functions.read_file:0',
        tools.READ_FILE,
        { path: 'big.log' },
        `${'2026-01-01 00:00:00 info nothing happened\n'.repeat(300)}2026-01-02 00:00:00 error the pump stopped`,
      ),
    ],
    says('The pump stopped.'),
  ),
];
