import { appendFileSync, existsSync, readFileSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { agent, tool } from '../../dist/agent/index.js';
import { modelStream } from '../../dist/core/index.js';
import { eachKind, forEver, nextEvents, STEERED } from './run-script.mjs';
import { storeOf } from './run-store.mjs';

// A process that works on a run and is killed in it: run-worker.mjs SETTINGS, as JSON. Started again it goes on.
//
//   folder    holds the session; the effects and every look that was taken stand in files in it, one a line
//   database  holds the session instead: the URL of a Postgres database
//   script    `each` or `long`
//   endAt     the turn at which the long script may end; default: none yet
//   kill      { when: 'before' | 'after', record: N }: dies at the Nth record that is written here
//   pace      prints a line for each turn, and lets tools take a millisecond
//   durable   false: no session at all

const { folder, database, script, endAt, kill, pace = false, durable = true } = JSON.parse(process.argv[2]);
const EFFECTS = join(folder, 'effects');
const LOOKS = join(folder, 'looks');
const ASKED = join(folder, 'asked');
let written = 0;

const store = await storeOf({ folder, database }, 'the killed run');
const session = durable ? await opened() : undefined;
const runner = agent({
  model: { id: 'scripted', stream: ({ messages }) => modelStream(() => turn(messages)) },
  tools: tools(),
  onApproval: ({ id }) => {
    appendFileSync(ASKED, `${id}\n`);
    return { approved: true, note: 'Go on.' };
  },
  limits: { steps: 1_000_000, repeats: false },
  // Small enough for the long run to be cut many times.
  context: { threshold: 6_000, keepRounds: 8, keepTokens: 0 },
});
const options = session ? { session } : {};
const run = session?.begun ? runner.resume(options) : runner.run('Do what the script says.', options);
let pruned = 0;
for await (const event of run) {
  if (event.type === 'pruned') pruned++;
  if (event.type === 'end') finish(event.result);
}
await session?.close();
await store.close?.();

async function* turn(messages) {
  const plan = script === 'long' ? forEver : eachKind;
  const events = nextEvents(messages, plan, (next) => endAt !== undefined && next >= endAt);
  if (pace) writeSync(1, `${events[0].delta}\n`);
  yield events;
}

function finish({ messages, finishReason, explanation }) {
  if (finishReason !== 'stop') throw new Error(`The run ended with ${finishReason}: ${explanation}`);
  writeFileSync(join(folder, 'messages.json'), JSON.stringify(messages));
  writeSync(1, `end ${written} records, ${pruned} cuts\n`);
}

function tools() {
  const inputSchema = { type: 'object' };
  const unsafe = (work = async () => {}, more = {}) =>
    tool({
      description: 'Has an effect that must not happen twice.',
      inputSchema,
      ...more,
      async execute({ key }, { idempotencyKey }) {
        await work(key, () => effect('first', key, idempotencyKey));
        await after(key);
        if (key.startsWith('break-')) throw new Error(`${key} broke after its effect.`);
        return `${key} was done. ${'It is a long story. '.repeat(20)}`;
      },
    });
  const plain = unsafe(async (_, act) => act());
  return {
    pay: plain,
    break: plain,
    wipe: unsafe(async (_, act) => act(), { needsApproval: true }),
    order: unsafe(async (_, act) => {
      await steerOnce();
      act();
    }),
    look: tool({
      description: 'Looks; may be run again.',
      inputSchema,
      replay: 'safe',
      async execute({ key }) {
        appendFileSync(LOOKS, `${key}\n`);
        await after(key);
        return `${key} looks fine.`;
      },
    }),
    check: tool({
      description: 'Says which effects are missing.',
      inputSchema,
      readOnly: true,
      execute: ({ keys }) => ({ missing: keys.filter((key) => !isDone(key)) }),
    }),
    redo: tool({
      description: 'Does what is not done yet.',
      inputSchema,
      replay: 'safe',
      async execute({ key }) {
        if (isDone(key)) return `${key} is done.`;
        if (key.startsWith('order-')) await steerOnce();
        effect('again', key, '-');
        return `${key} was done now.`;
      },
    }),
  };
}

/** Effects happen at once, results come one after the other, so that a kill can fall between those of one turn. */
async function after(key) {
  const index = Number(key.split('-').at(-1));
  for (let turns = 0; turns < 4 * index; turns++) await new Promise(setImmediate);
  if (pace) await new Promise((resolve) => setTimeout(resolve, 1));
}

function effect(which, key, idempotencyKey) {
  appendFileSync(EFFECTS, `${which} ${key} ${idempotencyKey}\n`);
}

function isDone(key) {
  if (!existsSync(EFFECTS)) return false;
  return readFileSync(EFFECTS, 'utf8').includes(` ${key} `);
}

async function steerOnce() {
  if (!session) return run.steer(STEERED);
  if ((await session.queued(0)).length === 0) await run.steer(STEERED);
}

/** The session, in which the process dies where it is told to. */
async function opened() {
  const inner = await store.open(store.run);
  const known = new Set();
  for await (const { name } of inner.records()) known.add(name);
  const die = (when, number) => {
    if (kill?.when !== when || number !== kill.record) return;
    process.kill(process.pid, 'SIGKILL');
    // The signal comes in its own time: nothing may happen until then.
    for (;;);
  };
  /** Counts a record that is not there yet, `before` when its value is known and `after` when it is on the disk. */
  const recorded = async (name, record) => {
    if (known.has(name)) return record(() => {});
    let number = 0;
    const value = await record(() => {
      number = ++written;
      die('before', number);
    });
    known.add(name);
    die('after', number);
    return value;
  };
  return {
    name: inner.name,
    begun: known.has('run-0/prompt'),
    records: () => inner.records(),
    queued: (from) => inner.queued(from),
    queue: (message) => inner.queue(message),
    deliver: (name, value) => inner.deliver(name, value),
    close: () => inner.close(),
    step: (name, work) =>
      recorded(name, (known) =>
        inner.step(name, async () => {
          const value = await work();
          known();
          return value;
        }),
      ),
    // What is delivered is on the disk with its record, so there is no moment before it.
    wait: (name) =>
      recorded(name, async (known) => {
        const value = await inner.wait(name);
        known();
        return value;
      }),
  };
}
