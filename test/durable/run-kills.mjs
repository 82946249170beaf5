import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { balance, difference, inDoubt, lines, lookedAt, messagesOf, readRun } from './run-books.mjs';

// Kills processes that work on a run, and prints what its books say then, as JSON.
//
//   run-kills.mjs each [after]           a run for each record, killed before it and after it (or only after it), and one killed
//                                        after every one
//   run-kills.mjs random KILLS STEPS     one run, killed at random moments
//
// With the URL of a Postgres database as the last argument the sessions are kept there.

const WORKER = fileURLToPath(new URL('run-worker.mjs', import.meta.url));
/** Runs side by side. In a database most of their time they wait until it is sure that the one who was killed is dead. */
const AT_ONCE = { file: 2, database: 8 };
/** One kill in so many comes while the process still starts or reads what is on record. */
const EARLY = 8;

const args = process.argv.slice(2);
const database = args.at(-1)?.startsWith('postgres:') ? args.pop() : undefined;
const [what, kills, steps] = args;
let folders = 0;
const root = mkdtempSync(join(tmpdir(), 'perigee-kills-'));
process.on('exit', () => rmSync(root, { recursive: true, force: true }));
const report = what === 'each' ? await killAtEach() : await killAtRandom(Number(kills), Number(steps));
console.log(JSON.stringify(report));

async function killAtEach() {
  const { expected, records } = await uninterrupted({ script: 'each' });
  const places = Array.from({ length: records }, (_, at) => at + 1).flatMap((record) =>
    (kills === 'after' ? ['after'] : ['before', 'after']).map((when) => ({ when, record })),
  );
  const killed = new Array(places.length);
  const worker = async () => {
    for (let at = next++; at < places.length; at = next++) killed[at] = await killOnce(places[at], expected);
  };
  let next = 0;
  const atOnce = database ? AT_ONCE.database : AT_ONCE.file;
  const [everyLife] = await Promise.all([
    killAfterEvery(expected),
    ...Array.from({ length: atOnce }, worker),
  ]);
  return { records, killed, everyLife };
}

/** A run that is killed once and gone on with. */
async function killOnce(kill, expected) {
  const settings = { folder: freshFolder(), database, script: 'each' };
  const died = await life({ ...settings, kill });
  const atDeath = await readRun(settings);
  await finished(settings);
  const run = await readRun(settings);
  const books = balance(settings.folder, run);
  const looks = lines(settings.folder, 'looks');
  return {
    ...kill,
    died,
    onRecord: atDeath.records.size,
    inDoubt: inDoubt(atDeath),
    ...books,
    lookedAgain: lookedAt(atDeath).filter((key) => looks.filter((line) => line === key).length !== 1),
    asked: lines(settings.folder, 'asked').length,
    answered: [...atDeath.records.keys()].some((name) => name.endsWith('/approval')),
    difference: difference(settings.folder, expected) ?? null,
  };
}

/** A run whose processes live for one new record each. */
async function killAfterEvery(expected) {
  const settings = { folder: freshFolder(), database, script: 'each' };
  let lives = 1;
  while ((await life({ ...settings, kill: { when: 'after', record: 1 } })) === 'SIGKILL') lives++;
  const run = await readRun(settings);
  return {
    lives,
    records: run.records.size,
    ...balance(settings.folder, run),
    difference: difference(settings.folder, expected) ?? null,
  };
}

/** A run of many steps, killed at random; it ends when the last kill has been survived. */
async function killAtRandom(kills, steps) {
  const settings = { folder: freshFolder(), database, script: 'long', pace: true };
  const turnsALife = Math.max(1, Math.round((2 * steps) / kills) - 2);
  let survived = 0;
  while (survived < kills) {
    const died = await life(settings, (child, output) =>
      Math.random() < 1 / EARLY ? killSoon(child, 250) : killAtTurn(child, output, turnsALife),
    );
    if (died !== 'SIGKILL') throw new Error('The process ended by itself.');
    survived++;
  }
  const started = performance.now();
  await finished({ ...settings, endAt: steps });
  const lastLifeMs = performance.now() - started;
  const run = await readRun(settings);
  const turns = Math.max(...run.turns.flat().map(({ turn }) => turn)) + 1;
  const { expected } = await uninterrupted({ script: 'long', endAt: turns, durable: false });
  return {
    kills: survived,
    records: run.records.size,
    cuts: [...run.records.values()].filter((value) => value?.cut).length,
    lastLifeMs,
    ...balance(settings.folder, run),
    difference: difference(settings.folder, expected) ?? null,
  };
}

/** The messages of a run that nobody kills, and how many records it wrote. */
async function uninterrupted(more) {
  const settings = { folder: freshFolder(), database, ...more };
  const printed = await finished(settings);
  return { expected: messagesOf(settings.folder), records: Number(/^end (\d+)/m.exec(printed)[1]) };
}

/** One process, to its end, which must be its own. Gives what it printed. */
async function finished(settings) {
  let printed = '';
  const died = await life(settings, (child) => child.stdout.on('data', (chunk) => (printed += chunk)));
  if (died !== null) throw new Error(`The process was ended by ${died}.`);
  return printed;
}

/** One process. Gives the signal that ended it; throws when it failed. */
async function life(settings, watch = (child) => child.stdout.resume()) {
  const child = spawn(process.execPath, [WORKER, JSON.stringify(settings)]);
  let errors = '';
  child.stderr.on('data', (chunk) => (errors += chunk));
  watch(child, child.stdout);
  const [code, signal] = await once(child, 'close');
  if (code !== 0 && signal === null) throw new Error(`The process failed with ${code}: ${errors}`);
  return signal;
}

function killAtTurn(child, output, most) {
  let left = 1 + Math.floor(Math.random() * most);
  createInterface({ input: output }).on('line', () => {
    if (--left === 0) killSoon(child, 4);
  });
}

function killSoon(child, most) {
  setTimeout(() => child.kill('SIGKILL'), Math.random() * most);
  child.stdout.resume();
}

function freshFolder() {
  const folder = join(root, String(folders++));
  mkdirSync(folder);
  return folder;
}
