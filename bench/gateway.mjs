import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import http from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { load, target } from './gateway/ask.mjs';
import { cpuPerUnit } from './gateway/cpu.mjs';
import {
  envOf,
  freePort,
  KEY,
  launch,
  perigeeArgs,
  pin,
  portOf,
  residentMegabytes,
  SUBJECTS,
} from './gateway/subjects.mjs';
import { check, heading, median, table } from './measure.mjs';

const HERE = fileURLToPath(new URL('./gateway/', import.meta.url));
const ROUNDS = Number(process.env.BENCH_ROUNDS ?? 5);
/** Rounds before those that count: V8 compiles what is used often for thousands of requests. */
const WARM = Number(process.env.BENCH_WARM ?? 5);
const [BARE] = Object.keys(SUBJECTS);

/** `node bench/gateway.mjs cpu first`: some alone; all, in this order, if none is named. */
const PARTS = {
  cpu: (subjects, host) => cpuPerUnit(subjects, host, [BARE, 'Perigee']),
  first: firstEvent,
  streams: manyStreams,
  start: coldStart,
};
const MODELS = ['tool', 'burst-1000', 'paced-300-10', 'paced-120-50'];

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !Object.hasOwn(PARTS, name));
if (unknown.length > 0) {
  throw new Error(`There is no part ${unknown.join(', ')}; there are: ${Object.keys(PARTS).join(', ')}.`);
}
const folder = await mkdtemp(join(tmpdir(), 'bench-gateway-'));
const children = [];
try {
  const [name, args] = pin('1', process.execPath, [join(HERE, 'host.mjs')]);
  const hostChild = spawn(name, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  children.push(hostChild);
  const host = await portOf(hostChild);
  const subjects = await startAll(host);
  for (const [name, part] of Object.entries(PARTS)) {
    if (wanted.length === 0 || wanted.includes(name)) await part(subjects, host);
  }
} finally {
  await Promise.all(children.map(end));
  await rm(folder, { recursive: true, force: true });
}

/** nginx's own workers would outlive it if it were killed. */
async function end(child) {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), 2000);
  await gone;
  clearTimeout(timer);
}

async function startAll(host) {
  const running = {};
  for (const [name, subject] of Object.entries(SUBJECTS)) {
    try {
      running[name] = { ...subject, ...(await subject.start(host, folder, MODELS)) };
      children.push(running[name].child);
    } catch (error) {
      console.log(`Not measured: ${name}: ${error.message}\n`);
    }
  }
  return running;
}

async function firstEvent(subjects, host) {
  heading(
    'The gateway: added time to the first event',
    `One connection, 400 streamed requests, medians of ${ROUNDS} rounds in turns after ${WARM} to warm up.`,
  );
  const options = { model: 'tool', stream: true, connections: 1, requests: 400 };
  const direct = [];
  const through = {};
  for (let round = -WARM; round < ROUNDS; round++) {
    const plain = await load({ ...options, port: host });
    if (round >= 0) direct.push(plain);
    for (const [name, subject] of Object.entries(subjects)) {
      if (subject.streams === false) continue;
      const result = await load({ ...options, ...target(subject, host) });
      if (round >= 0) (through[name] ??= []).push(result);
    }
  }
  const p = (results, which) => median(results.map((result) => result[which]));
  table(
    ['', 'first event p50, ms', 'p99, ms', 'added p50, ms', 'added p99, ms'],
    [
      ['the host itself', p(direct, 'first50'), p(direct, 'first99'), '', ''],
      ...Object.entries(through).map(([name, results]) => [
        name,
        p(results, 'first50'),
        p(results, 'first99'),
        p(results, 'first50') - p(direct, 'first50'),
        p(results, 'first99') - p(direct, 'first99'),
      ]),
    ],
  );
}

async function manyStreams(subjects, host) {
  heading(
    'The gateway: 1,000 open streams',
    'Six seconds at 20 events/s each, all opened at once. Memory of the process in the middle while all are open; lateness of an event ' +
      'between host and client, clients and host in one core: of those that came while all streams were open, and of all, those ' +
      `included that came while 1,000 requests were being begun or ended. Medians of ${ROUNDS} rounds, each in new processes, which ` +
      'do it twice: the first time counts for memory alone. Last, the processes that have done all that was asked for above.',
  );
  const figures = {};
  for (let round = 0; round < ROUNDS; round++) {
    for (const [name, { start, ...subject }] of Object.entries(subjects)) {
      if (subject.streams === false) continue;
      const own = await mkdtemp(join(folder, 'new-'));
      const { child, port } = await start(host, own, MODELS);
      children.push(child);
      const fresh = { ...subject, child, port };
      const [first] = await thousandStreams(fresh, host);
      (figures[name] ??= []).push([first, ...(await thousandStreams(fresh, host))]);
      await end(child);
    }
  }
  const used = [];
  for (const [name, subject] of Object.entries(subjects)) {
    if (subject.streams !== false)
      used.push([`${name}, used`, '', ...(await thousandStreams(subject, host))]);
  }
  const rows = Object.entries(figures).map(([name, rounds]) => [
    name,
    ...[0, 1, 2, 3, 4, 5].map((column) => median(rounds.map((figure) => figure[column]))),
  ]);
  table(
    ['', 'RSS, MB', 'the second time', 'lateness p50, ms', 'p99, ms', 'of all: p50, ms', 'p99, ms'],
    [...rows, ...used],
  );
}

/** The most memory in megabytes, and the lateness p50 and p99 while all are open, and of all events. */
async function thousandStreams(subject, host) {
  const open = { model: 'paced-120-50', stream: true, connections: 1000, requests: 1000 };
  const running = load({ ...open, ...target(subject, host) });
  let most = 0;
  const watch = setInterval(async () => {
    most = Math.max(most, await residentMegabytes(subject.child.pid).catch(() => 0));
  }, 250);
  const { open50, open99, late50, late99 } = await running.finally(() => clearInterval(watch));
  return [most, open50, open99, late50, late99];
}

async function coldStart(_, host) {
  heading('The gateway: from start to the first answered request', `Wall seconds, medians of ${ROUNDS}.`);
  const rows = [];
  const start = {
    [BARE]: async () => {
      const child = launch(process.execPath, [join(HERE, 'bare-proxy.mjs'), String(host)]);
      return { child, port: await portOf(child), headers: {} };
    },
    Perigee: async () => {
      const port = await freePort();
      const child = launch(process.execPath, perigeeArgs(host, port, MODELS), { env: envOf(folder) });
      child.stdout.resume();
      return { child, port, headers: { authorization: `Bearer ${KEY}` } };
    },
  };
  for (const [name, begin] of Object.entries(start)) {
    const seconds = [];
    for (let round = 0; round < ROUNDS; round++) {
      const started = performance.now();
      const { child, port, headers } = await begin();
      while (!(await answered(port, headers))) {
        check(child.exitCode === null, `${name} ended with ${child.exitCode}`);
        await new Promise((resolve) => setTimeout(resolve, 2));
      }
      seconds.push((performance.now() - started) / 1000);
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
    rows.push([name, median(seconds)]);
  }
  table(['', 'seconds'], rows);
}

function answered(port, headers) {
  const body = JSON.stringify({ model: 'tool', messages: [{ role: 'user', content: 'hi' }] });
  return new Promise((resolve) => {
    const request = http.request({
      port,
      host: '127.0.0.1',
      path: '/v1/chat/completions',
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/json' },
    });
    request.on('response', (response) => {
      response.resume();
      response.on('end', () => resolve(response.statusCode === 200));
    });
    request.on('error', () => resolve(false));
    request.end(body);
  });
}
