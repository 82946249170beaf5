import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { figure, table } from '../measure.mjs';
import { subject } from './setting.mjs';

const STEPS = Number(process.env.BENCH_STEPS ?? 4000);
const LIMIT_SECONDS = Number(process.env.BENCH_LIMIT_SECONDS ?? 600);
const AT = [10, 100, 1000, 4000];
const SPAN = 100;
const LOOPS = ['plain', 'perigee', 'session', 'ai', 'agents'];

/** Results in characters, four to a token. */
const CASES = [
  {
    title: `Pruned, results of 800 tokens: ${STEPS} steps`,
    note:
      'Perigee with its defaults; the plain loop and `@openai/agents` (`callModelInputFilter`) with a window of 20 rounds that ' +
      'slides; `ai` with the same in `prepareStep`, through its `pruneMessages`.',
    pruned: true,
    resultCharacters: 3200,
    steps: STEPS,
    aim: 1.5,
  },
  {
    title: `Not pruned, 60 tokens a step: ${STEPS} steps`,
    note:
      'The growth that a window of 262,144 tokens holds for 4,000 steps: 18 tokens of reasoning, 5 of arguments, 21 of result, and ' +
      'the marks around them. `context: false` for Perigee.',
    pruned: false,
    resultCharacters: 80,
    steps: STEPS,
    aim: 4,
  },
  {
    title: 'Not pruned, results of 800 tokens: 280 steps',
    note: 'About as far as a window of 262,144 tokens goes.',
    pruned: false,
    resultCharacters: 3200,
    steps: 280,
  },
];

/** What a step costs while the history grows. */
export async function steps({ folder, peers, names, baseUrl }) {
  console.log(
    'CPU of the process of the agent alone, user and system; one process for each line, not warmed up: the first steps are ' +
      `those of code that is not compiled yet. Stopped after ${LIMIT_SECONDS} s, then with the steps it had come to.\n`,
  );
  for (const { title, note, aim, ...growth } of CASES) {
    console.log(`### ${title}\n\n${note}\n`);
    const runs = [];
    for (const loop of LOOPS) {
      const sessions = await mkdtemp(join(folder, 'steps-'));
      const setting = { kind: 'steps', loop, peers, baseUrl: `${baseUrl}/v1`, folder: sessions, ...growth };
      const run = await subject({ ...setting, limitSeconds: LIMIT_SECONDS });
      runs.push({ name: names[loop], loop, ...run });
      console.error(`${names[loop]}: ${run.marks.length - 1} steps, ${figure(span(run.marks, 0))} ms a step`);
    }
    cpu(runs, growth.steps, aim);
    memory(runs, growth.steps);
  }
}

function cpu(runs, steps, aim) {
  const at = AT.filter((count) => count <= steps);
  const rows = runs.map(({ name, loop, marks, stopped }) => {
    const taken = marks.length - 1;
    const first = span(marks, 0, SPAN);
    const second = span(marks, SPAN, 2 * SPAN);
    const last = span(marks, taken - SPAN, taken);
    const isOurs = loop === 'perigee' || loop === 'session';
    return [
      stopped ? `${name}, stopped at step ${taken.toLocaleString('en')}` : name,
      ...at.map((count) => (count <= taken ? span(marks, 0, count) : '–')),
      first,
      second,
      last,
      last / first,
      last / second,
      ...(aim === undefined ? [] : [isOurs ? aim : '']),
      span(marks, 0) * (taken / 1000),
    ];
  });
  table(
    [
      'CPU ms/step',
      ...at.map((count) => `${count.toLocaleString('en')} steps`),
      `first ${SPAN}`,
      `second ${SPAN}`,
      `last ${SPAN}`,
      'last ÷ first',
      'last ÷ second',
      ...(aim === undefined ? [] : ['aim, ÷ first']),
      'CPU s in all',
    ],
    rows,
  );
}

function memory(runs, steps) {
  const at = [...AT.filter((count) => count < steps), ...(steps === STEPS ? [2000, 3000, 4000] : [])];
  const shown = [...new Set(at)].filter((count) => count <= steps).sort((a, b) => a - b);
  const rows = runs.map(({ name, rss, peakMb }) => [
    name,
    ...shown.map((count) => rss[count] ?? '–'),
    peakMb,
  ]);
  table(['RSS, MB, at step', ...shown.map((count) => count.toLocaleString('en')), 'peak'], rows);
}

/** Milliseconds a step between two steps. */
function span(marks, from, to = marks.length - 1) {
  return (marks[to] - marks[from]) / (to - from);
}
