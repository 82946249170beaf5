import { check, cpuMs } from '../measure.mjs';
import { LOOPS, perigeeAgent } from './loops.mjs';

// One measurement in a process of its own: subject.mjs SETTING, as JSON. Prints one line of JSON.
//
//   kind       `steps`: the CPU of each step; `eager`: eight calls that come one by one; `resume`: a session that is gone on with
//   loop       one of LOOPS
//   baseUrl, folder, peers
//   steps, pruned, resultCharacters, limitSeconds      for `steps`; `dieAt`: the step in whose call the process ends

const setting = JSON.parse(process.argv[2]);
const began = performance.now();
const PROMPT = 'Add numbers until I stop you.';
const SCHEMA = {
  type: 'object',
  properties: { a: { type: 'number' }, b: { type: 'number' } },
  required: ['a', 'b'],
};
const LINE =
  'Row 4711: the order was paid, packed and sent; its customer has been told, and nothing is left to do. ';

const result = await { steps: measureSteps, eager: measureEager, resume: measureResume }[setting.kind]();
print(result);

/** CPU at the beginning of each step and behind the last, and the memory at some; where time is up it stops there. */
async function measureSteps() {
  const { loop, steps, resultCharacters, limitSeconds, dieAt } = setting;
  const marks = [];
  const rss = {};
  const note = LINE.repeat(Math.ceil(resultCharacters / LINE.length)).slice(0, resultCharacters);
  const execute = ({ a, b }) => {
    marks.push(cpuMs());
    const taken = marks.length - 1;
    if ([10, 100, 1000].includes(taken) || taken % 500 === 0)
      rss[taken] = process.memoryUsage.rss() / 2 ** 20;
    if (performance.now() - began > 1000 * limitSeconds) end({ marks, rss, stopped: true });
    if (taken === dieAt) end({ marks, rss });
    // No two are the same, as in life.
    return `${a + b} ${note}`;
  };
  const tool = { name: 'add', description: 'Adds two numbers.', inputSchema: SCHEMA, execute };
  const ready = () => marks.push(cpuMs());
  await LOOPS[loop]({ ...setting, prompt: PROMPT, tool, ready });
  check(marks.length === steps + 1, `every step was taken: ${marks.length - 1} of ${steps}`);
  return { marks, rss };
}

/** Milliseconds from the request to: the first start of a tool, the last result, the answer. The second of two runs. */
async function measureEager() {
  let first;
  let last;
  let running = 0;
  const execute = async ({ n, ms }) => {
    first ??= performance.now();
    running++;
    await new Promise((resolve) => setTimeout(resolve, ms));
    running--;
    last = performance.now();
    return `${n} was worked on`;
  };
  const inputSchema = {
    type: 'object',
    properties: { n: { type: 'number' }, ms: { type: 'number' } },
    required: ['n', 'ms'],
  };
  const tool = { name: 'work', description: 'Works.', inputSchema, execute, replay: 'safe' };
  const runOnce = async () => {
    first = undefined;
    const started = performance.now();
    await LOOPS[setting.loop]({ ...setting, prompt: 'Work.', steps: 5, tool, pruned: true, ready() {} });
    check(running === 0 && first !== undefined, 'all tools ran to their end');
    return { first: first - started, last: last - started, answered: performance.now() - started };
  };
  await runOnce();
  return runOnce();
}

/**
 * Milliseconds and CPU, all being loaded, from opening a session that was not brought to its end to the first call that is not on record, in
 * which the process dies like the one before it.
 */
async function measureResume() {
  let told;
  const execute = () => {
    check(told, 'the run was gone on with');
    end({ told, live: { ms: performance.now() - started, cpu: cpuMs() - cpu } });
  };
  const tool = { name: 'add', description: 'Adds two numbers.', inputSchema: SCHEMA, execute };
  const { made, options } = await perigeeAgent({ ...setting, tool }, true);
  const cpu = cpuMs();
  const started = performance.now();
  for await (const event of made.resume(options)) {
    if (event.type === 'resumed') told = { ms: performance.now() - started, steps: event.steps };
  }
  throw new Error('The run came to its end.');
}

/** Ends the process in the middle of a run, as a crash does. */
function end(line) {
  print(line);
  process.exit();
}

function print(line) {
  console.log(JSON.stringify({ ...line, peakMb: process.resourceUsage().maxRSS / 1024 }));
}
