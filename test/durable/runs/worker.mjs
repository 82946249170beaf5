import { appendFileSync, existsSync, watch, writeSync } from 'node:fs';
import { join } from 'node:path';
import { tool } from '../../../dist/agent/index.js';
import { modelStream, PerigeeError } from '../../../dist/core/index.js';
import { createWorker } from '../../../dist/durable/index.js';
import { openaiChat } from '../../../dist/upstream/index.js';

// A worker as somebody may write one: worker.mjs SETTINGS, as JSON.
//
//   databaseUrl, name, concurrency    as createWorker takes them
//   isLater                           it is a later version of the program: other instructions, and a tool more
//   folder                            where effects, and who was at work when, are written down, one a line
//
// What a run does is said by its task: settings.script, settings.calls; or by the model at settings.baseUrl. SIGTERM stops it; when it is lost it exits with 75.

const { databaseUrl, name, concurrency, folder, isLater } = JSON.parse(process.argv[2]);
const say = (line) => writeSync(1, `${line}\n`);
const note = (file, line) => appendFileSync(join(folder, file), `${line}\n`);

const worker = await createWorker({ databaseUrl, name, concurrency, agent: makeAgent });
say(`ready ${worker.name}`);
worker.lost.addEventListener('abort', () => {
  say('lost');
  process.exit(75);
});
process.on('SIGTERM', async () => {
  await worker.stop();
  say('stopped');
  process.exit(0);
});

function makeAgent({ session, model = 'any', user = 'any', settings = {} }) {
  if (model === 'no-such-model') {
    throw new PerigeeError('invalid-options', 'There is no model no-such-model.', {
      remedy: 'Take another.',
    });
  }
  if (settings.script === 'bad-tools') throw new Error('Cannot find module tools.js');
  if (settings.script === 'die-at-once') process.kill(process.pid, 'SIGKILL');
  note('work', `+ ${session} ${user} ${model} ${worker.name}`);
  return {
    model: modelOf(model, settings),
    ...(isLater && { instructions: 'You are a later version.' }),
    tools: toolsOf(session),
    context: false,
    limits: { steps: 100_000, repeats: false },
    close: () => note('work', `- ${session} ${user} ${model} ${worker.name}`),
  };
}

function modelOf(id, settings) {
  const { baseUrl, apiKey } = settings;
  if (baseUrl === undefined)
    return { id, stream: ({ messages }) => modelStream(() => turn(messages, settings)) };
  return openaiChat({ model: 'kimi', baseUrl, apiKey, retries: 8 });
}

/** Where the script stands is what the history says. */
async function* turn(messages, { script = 'calls', calls = 0, atOnce = 1, waitMs = 0 }) {
  if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs));
  const said = messages.filter(({ role }) => role === 'user').map(({ content }) => content);
  const done = messages.filter(({ role }) => role === 'tool').length;
  const { toolCalls: last } = messages.findLast(({ role }) => role === 'assistant') ?? {};
  const answer = [
    { type: 'text-delta', delta: `Heard: ${said.join(' | ')}. ` },
    { type: 'text-delta', delta: `${done} calls.` },
    { type: 'finish', reason: 'stop' },
  ];
  if (done >= calls || (script !== 'calls' && last === undefined && done > 0)) return yield answer;
  const name = { hold: 'hold', approve: 'pay', die: 'die' }[script] ?? 'effect';
  const indexes = Array.from({ length: Math.min(atOnce, calls - done) }, (_, index) => index);
  yield [
    { type: 'reasoning-delta', delta: `Call ${done}. ` },
    ...indexes.flatMap((index) => [
      { type: 'tool-call-start', index, id: `functions.${name}:${done + index}`, name },
      { type: 'tool-call-delta', index, delta: JSON.stringify({ number: done + index }) },
      { type: 'tool-call-end', index },
    ]),
    { type: 'finish', reason: 'tool-calls' },
  ];
}

function toolsOf(session) {
  const inputSchema = { type: 'object' };
  const act = (more, work) => tool({ description: 'Has an effect.', inputSchema, ...more, execute: work });
  const effect = ({ number }) => {
    note('effects', `${session} ${number} ${process.pid}`);
    return `${number} was done.`;
  };
  return {
    effect: act({}, effect),
    ...(isLater && { another: act({}, effect) }),
    pay: act({ needsApproval: true }, effect),
    hold: act({}, async ({ number }, { signal }) => {
      note('held', `${session} ${number} ${process.pid}`);
      await released(join(folder, `go-${session}`), signal);
      return effect({ number });
    }),
    die: act({ replay: 'safe' }, () => {
      note('deaths', `${session} ${process.pid}`);
      process.kill(process.pid, 'SIGKILL');
      for (;;);
    }),
  };
}

/** Until a file is there. */
function released(path, signal) {
  return new Promise((resolve, reject) => {
    const watcher = watch(folder, () => look());
    const end = (settle, value) => {
      watcher.close();
      settle(value);
    };
    const look = () => existsSync(path) && end(resolve);
    signal.addEventListener('abort', () => end(reject, new Error('aborted')));
    look();
  });
}
