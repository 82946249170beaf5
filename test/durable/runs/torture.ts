import { setTimeout as delay } from 'node:timers/promises';
import { isJsonObject } from '../../../src/core/index.ts';
import type { Postgres } from '../../postgres.ts';
import { type Ground, until, type WorkerProcess } from './ground.ts';

export interface Torture {
  readonly runs: number;
  /** Calls with a side effect, each in a turn of its own. */
  readonly calls: number;
  readonly workers: number;
  /** Workers that are killed at random moments, each replaced by a new one. */
  readonly kills: number;
  /** Restarts of Postgres, spread over the time. */
  readonly restarts: number;
  readonly perWorker: number;
  /** Milliseconds that the model takes to answer. */
  readonly waitMs: number;
  /** An OpenAI-compatible server that the workers ask, instead of a script of their own. */
  readonly baseUrl?: string;
  readonly apiKey?: string;
  /** Is called as often, in between: what else can be exchanged meanwhile. */
  readonly rolls?: number;
  readonly roll?: () => Promise<void>;
}

/** What the books say at the end. The lists name what does not balance. */
export interface TortureBooks {
  readonly durationMs: number;
  readonly stepsPerSecond: number;
  readonly kills: number;
  readonly restarts: number;
  /** Milliseconds from a kill until another worker had the run, for each run that was going on. */
  readonly takeOverMs: readonly number[];
  readonly effects: number;
  readonly flagged: number;
  readonly incomplete: readonly string[];
  readonly twice: readonly string[];
  /** Calls without an effect of which nobody was told that it is unknown. */
  readonly lost: readonly string[];
  /** Runs whose events have a gap or a number twice, or not one end. */
  readonly misnumbered: readonly string[];
}

/** Lets workers do runs while they and Postgres are killed, and then does the books. */
export async function torture(ground: Ground, postgres: Postgres, given: Torture): Promise<TortureBooks> {
  const { client } = ground;
  const ids: string[] = [];
  const { calls, waitMs, baseUrl, apiKey } = given;
  const settings = { calls, waitMs, ...(baseUrl && { baseUrl }), ...(apiKey && { apiKey }) };
  for (let at = 0; at < given.runs; at++) {
    ids.push((await client.start({ session: `torture-${at}`, prompt: 'Go.', settings })).id);
  }
  let named = 0;
  const start = () =>
    ground.worker({ name: `worker-${++named}`, concurrency: { perWorker: given.perWorker } });
  const workers = await Promise.all(Array.from({ length: given.workers }, start));
  const began = Date.now();
  const over = Promise.all(ids.map((id) => client.result(id)));
  const takeOvers: Promise<number[]>[] = [];
  const total = given.runs * given.calls;
  const spread = (kind: 'kill' | 'restart' | 'roll', count = 0) =>
    Array.from({ length: count }, (_, at) => ({ at: (at + 0.5) / count, kind }));
  const disasters = [
    ...spread('kill', given.kills),
    ...spread('restart', given.restarts),
    ...spread('roll', given.rolls),
  ].sort((a, b) => a.at - b.at);
  let [kills, restarts] = [0, 0];
  for (const { at, kind } of disasters) {
    // By what is done, not by the clock: so that all of them come while there is something to do.
    const enough = total * 0.9 * at;
    await until('more is done', () => ground.lines('effects').length >= enough, 3_600_000);
    await delay(Math.random() * 100);
    if (kind === 'kill') {
      const index = Math.floor(Math.random() * workers.length);
      const going = await runsOf(ground, workers[index]!);
      await workers[index]!.kill();
      takeOvers.push(takenOver(ground, going, workers[index]!.name));
      workers[index] = await start();
      kills++;
    } else if (kind === 'restart') {
      await postgres.restart();
      restarts++;
    } else await given.roll?.();
  }
  const outcomes = await over;
  const durationMs = Date.now() - began;
  const incomplete = ids.filter((_, at) => outcomes[at]?.finishReason !== 'stop');
  return {
    durationMs,
    stepsPerSecond: Math.round((given.runs * (given.calls + 1)) / (durationMs / 1000)),
    kills,
    restarts,
    takeOverMs: (await Promise.all(takeOvers)).flat().sort((a, b) => a - b),
    incomplete,
    ...(await books(ground, ids, given.calls)),
  };
}

async function runsOf({ client }: Ground, { name }: WorkerProcess): Promise<string[]> {
  const { database } = client.sessions;
  const { rows } = await database.query<{ session: string }>(
    `SELECT session::text FROM ${database.schema}.runs WHERE worker = $1 AND state = 'running'`,
    [name],
  );
  return rows.map(({ session }) => session);
}

/** How long it took until each of these runs was another worker's. */
async function takenOver({ client }: Ground, sessions: readonly string[], dead: string): Promise<number[]> {
  const { database } = client.sessions;
  const killed = Date.now();
  const left = new Set(sessions);
  const tookMs: number[] = [];
  while (left.size > 0) {
    const asked = database.query<{ session: string }>(
      `SELECT session::text FROM ${database.schema}.runs
       WHERE session = ANY($1::bigint[]) AND NOT (worker = $2 AND state = 'running')`,
      [[...left], dead],
    );
    for (const { session } of (await asked.catch(() => ({ rows: [] }))).rows) {
      left.delete(session);
      tookMs.push(Date.now() - killed);
    }
    await delay(20);
  }
  return tookMs;
}

async function books({ client, lines }: Ground, ids: readonly string[], calls: number) {
  const effects = new Map<string, number>();
  for (const line of lines('effects')) {
    const key = line.split(' ').slice(0, 2).join(' ');
    effects.set(key, (effects.get(key) ?? 0) + 1);
  }
  const lost: string[] = [];
  const misnumbered: string[] = [];
  let flagged = 0;
  for (const id of ids) {
    const results = new Map<number, boolean>();
    const reached = await client.sessions.reach(id);
    for await (const { name, value } of reached.records()) {
      if (!/\/call-\d+$/.test(name) || !isJsonObject(value)) continue;
      const { number } = JSON.parse(String(value['arguments'])) as { number: number };
      results.set(number, value['unverified'] === true);
    }
    for (let number = 0; number < calls; number++) {
      const isFlagged = results.get(number);
      if (isFlagged) flagged++;
      const count = effects.get(`${id} ${number}`) ?? 0;
      if (isFlagged === undefined || (count === 0 && !isFlagged)) lost.push(`${id} ${number}`);
    }
    let [next, ends] = [1, 0];
    for await (const { number, event } of client.attach(id)) {
      if (number !== next++) misnumbered.push(id);
      if ((event as { type: string }).type === 'end') ends++;
    }
    if (ends !== 1) misnumbered.push(id);
  }
  const twice = [...effects].filter(([, count]) => count > 1).map(([key]) => key);
  return { effects: effects.size, flagged, lost, twice, misnumbered };
}
