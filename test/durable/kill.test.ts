import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { sqliteSessions } from '../../src/durable/index.ts';
import { all, fileOf, freshFolder, startWorker } from './sessions.ts';

/** Steps in a row; each says that its work began and, when it is on the disk, that it is done. */
const LOOP = `
  const session = await sessions.open('one');
  for (let step = 0; ; step++) {
    const name = 's' + step;
    const value = await session.step(name, async () => {
      print('begin ' + name);
      return { name, fill: 'x'.repeat(step % 3000) };
    });
    if (value.name !== name) throw new Error('a foreign record');
    print('done ' + name);
  }`;

// More of them: KILLS=1000 npx vitest run test/durable/kill
const KILLS = Number(process.env['KILLS'] ?? 20);

test(
  `of what was done nothing is lost and nothing done twice, in ${KILLS} kills at any moment`,
  async () => {
    const dataDir = freshFolder();
    const acknowledged = new Set<string>();
    let repeated = 0;
    let kills = 0;
    for (let round = 0; round < KILLS; round++) {
      const worker = startWorker(dataDir, LOOP);
      const lines = 1 + Math.floor(Math.random() * 30);
      for (let count = 0; count < lines; ) {
        const line = await worker.line();
        if (line === undefined) throw new Error(`it ended by itself: ${worker.errors()}`);
        const [what, name = ''] = line.split(' ');
        // Steps on record are passed in no time: only what is new makes the kill come closer.
        if (what === 'begin') count++;
        if (what === 'begin' && acknowledged.has(name)) repeated++;
        if (what === 'done') acknowledged.add(name);
      }
      await worker.kill();
      // What it said before it died and nobody had read yet.
      for (let line = await worker.line(); line !== undefined; line = await worker.line()) {
        if (line.startsWith('done ')) acknowledged.add(line.slice(5));
      }
      kills++;
    }
    const store = sqliteSessions({ dataDir });
    const session = await store.open('one');
    const records = await all(session.records());
    await session.close();
    const recorded = records.map(({ name }) => name);
    expect(repeated).toBe(0);
    expect([...acknowledged].filter((name) => !recorded.includes(name))).toEqual([]);
    expect(recorded).toEqual(recorded.map((_, step) => `s${step}`));
    expect(records.every(({ name, value }) => (value as { name: string }).name === name)).toBe(true);
    console.log(`${kills} kills, ${acknowledged.size} steps acknowledged, ${recorded.length} on record`);
  },
  300_000 * Math.max(1, KILLS / 50),
);

test(
  'opening and closing can be killed at any moment, and what is left is read and gone on with',
  async () => {
    const dataDir = freshFolder();
    const script = `
    for (;;) {
      print('open');
      const session = await sessions.open('one');
      const count = [...session.records()].length;
      await session.step('s' + count, async () => 'x'.repeat(5000));
      print('done s' + count);
      await session.close();
    }`;
    const store = sqliteSessions({ dataDir });
    const acknowledged: string[] = [];
    for (let round = 0; round < KILLS; round++) {
      const worker = startWorker(dataDir, script);
      const lines = 1 + (round % 7);
      for (let count = 0; count < lines; count++) {
        const line = await worker.line();
        if (line === undefined) throw new Error(`it ended by itself: ${worker.errors()}`);
        if (line.startsWith('done ')) acknowledged.push(line.slice(5));
      }
      // Some moments later than the line: what opens and closes takes a few milliseconds.
      for (const end = performance.now() + Math.random() * 8; performance.now() < end; )
        await new Promise(setImmediate);
      await worker.kill();
      for (let line = await worker.line(); line !== undefined; line = await worker.line()) {
        if (line.startsWith('done ')) acknowledged.push(line.slice(5));
      }
      if (!(await store.names()).includes('one')) continue;
      const recorded = await all((await store.reach('one')).records());
      expect(recorded.map(({ name }) => name)).toEqual(recorded.map((_, step) => `s${step}`));
      expect(recorded.length).toBeGreaterThanOrEqual(acknowledged.length);
    }
    expect(acknowledged.length).toBeGreaterThan(KILLS / 2);
    expect(new Set(acknowledged).size).toBe(acknowledged.length);
  },
  300_000 * Math.max(1, KILLS / 50),
);

test('a log that was cut anywhere gives the records up to there, and a session that goes on', async () => {
  const dataDir = freshFolder();
  const worker = startWorker(dataDir, LOOP);
  const acknowledged: string[] = [];
  while (acknowledged.length < 40) {
    const line = await worker.line();
    if (line?.startsWith('done ')) acknowledged.push(line.slice(5));
  }
  await worker.kill();
  const path = fileOf(dataDir, 'one');
  const [main, log] = [readFileSync(path), readFileSync(`${path}-wal`)];
  expect(log.length).toBeGreaterThan(40_000);
  const store = sqliteSessions({ dataDir });
  const counts = new Set<number>();
  // Every byte of the last frames, and places all over the file.
  const cuts = [
    0,
    1,
    31,
    32,
    33,
    ...Array.from({ length: 75 }, (_, part) => Math.floor((part * log.length) / 75)),
  ];
  for (let back = 0; back <= 120; back++) cuts.push(log.length - back);
  for (const cut of cuts) {
    rmSync(join(dataDir, 'sessions'), { recursive: true });
    const session = sqliteSessions({ dataDir });
    await (await session.open('one')).close();
    writeFileSync(path, main);
    writeFileSync(`${path}-wal`, log.subarray(0, cut));
    const opened = await store.open('one');
    const records = await all(opened.records());
    expect(records.map(({ name }) => name)).toEqual(records.map((_, step) => `s${step}`));
    for (const { name, value } of records) expect(value).toMatchObject({ name });
    if (cut === log.length) expect(records.length).toBeGreaterThanOrEqual(acknowledged.length);
    expect(await opened.step('after', async () => 'goes on')).toBe('goes on');
    await opened.close();
    counts.add(records.length);
  }
  expect(counts.size).toBeGreaterThan(10);
  expect(Math.min(...counts)).toBe(0);
}, 300_000);
