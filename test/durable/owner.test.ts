import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { sqliteSessions } from '../../src/durable/index.ts';
import { freshFolder, freshStore, names, startWorker } from './sessions.ts';

const HOLD = `
  const session = await sessions.open('one');
  await session.step('a', async () => 1);
  print('open');
  setInterval(() => {}, 1000);`;

const cardOf = (dataDir: string) => join(dataDir, 'sessions', 'one.owner.json');

describe('a session that another process works on', () => {
  test('is refused with who holds it, and free the moment that one is killed', async () => {
    const dataDir = freshFolder();
    const worker = startWorker(dataDir, HOLD);
    expect(await worker.line()).toBe('open');
    const store = sqliteSessions({ dataDir });
    await expect(store.open('one')).rejects.toMatchObject({
      code: 'session-busy',
      retryable: true,
      message: expect.stringContaining(`in use by process ${worker.child.pid} (the worker, since 20`),
    });
    const reached = await store.reach('one');
    expect(await reached.owner()).toMatchObject({
      pid: worker.child.pid,
      host: hostname(),
      command: 'the worker',
    });
    await worker.kill();
    const socket = (JSON.parse(readFileSync(cardOf(dataDir), 'utf8')) as { socket: string }).socket;
    expect(existsSync(socket)).toBe(process.platform !== 'win32');
    expect(await reached.owner()).toBe(undefined);
    const session = await store.open('one');
    expect(await names(session.records())).toEqual(['a']);
    expect(existsSync(socket)).toBe(false);
    await session.close();
    expect(readdirSync(join(dataDir, 'sessions'))).toEqual(['one.db']);
    expect(readdirSync(join(dataDir, 'run'))).toEqual([]);
  });

  test('is refused also by this very process, and when the other one is stuck', async () => {
    const dataDir = freshFolder();
    const store = sqliteSessions({ dataDir, command: 'the test' });
    const mine = await store.open('one');
    await expect(store.open('one')).rejects.toThrow('in use by this process (the test, since');
    await mine.close();
    const worker = startWorker(dataDir, `await sessions.open('one'); print('open'); for (;;);`);
    await worker.line();
    await expect(store.open('one')).rejects.toMatchObject({
      code: 'session-busy',
      message: expect.stringContaining(`process ${worker.child.pid}`),
    });
    await expect((await store.reach('one')).summary()).rejects.toMatchObject({ code: 'session-busy' });
    await worker.kill();
  });
});

describe('what is asked from outside', () => {
  test('gets no answer without the token, and does no harm', async () => {
    const store = freshStore();
    const session = await store.open('one');
    const { socket, token } = JSON.parse(readFileSync(cardOf(store.dataDir), 'utf8')) as Record<
      string,
      string
    >;
    const exchange = (question: string) =>
      new Promise<string>((resolve) => {
        let answer = '';
        const connection = connect(socket!, () => connection.write(question));
        connection.setEncoding('utf8').on('data', (text: string) => {
          answer += text;
        });
        connection.on('error', () => {});
        connection.on('close', () => resolve(answer));
      });
    const asking = (question: object) => `${JSON.stringify(question)}\n`;
    expect(await exchange(asking({ op: 'deliver', name: 'a', key: 'k', text: '1' }))).toBe('');
    expect(await exchange(asking({ op: 'summary', token: 'x'.repeat(32) }))).toBe('');
    expect(await exchange('{"op": "hel\n')).toBe('');
    expect(await exchange('[]\n')).toBe('');
    for (const wrong of [{ op: 'unknown' }, { op: 'page' }, { op: 'deliver', name: 1 }, { op: 'command' }]) {
      expect(await exchange(asking({ ...wrong, token }))).toContain('"code":"invalid-request"');
    }
    expect(await exchange(asking({ op: 'deliver', name: 'a', key: 'k', text: 'no JSON', token }))).toContain(
      '"error"',
    );
    expect(await exchange(asking({ op: 'hello', token }))).toContain(`"pid":${process.pid}`);
    expect(await names(session.records())).toEqual([]);
    await session.close();
  });

  test('is done once, however often it is asked for with the same key', async () => {
    const store = freshStore();
    const session = await store.open('one');
    const card = JSON.parse(readFileSync(cardOf(store.dataDir), 'utf8')) as { socket: string; token: string };
    const { askOwner } = await import('../../src/durable/sqlite/ask-owner.ts');
    const owner = { ...card, pid: process.pid, host: hostname(), since: 0, command: '' };
    const deliver = { op: 'deliver', key: 'k', name: 'answer', text: '1' } as const;
    const queue = { op: 'queue', key: 'k', when: 'now', text: '{"role":"user","content":"x"}' } as const;
    for (let time = 0; time < 2; time++) {
      expect(await askOwner(owner, deliver)).toEqual({ value: { first: true } });
      expect(await askOwner(owner, queue)).toEqual({ value: null });
    }
    expect(await session.queued(0)).toHaveLength(1);
    await session.close();
  });
});

test('only its owner may look into what is kept', async () => {
  if (process.platform === 'win32') return console.log('no modes of files on Windows');
  const store = freshStore();
  const session = await store.open('one');
  await session.step('a', async () => 1);
  const modeOf = (...path: string[]) => (statSync(join(store.dataDir, ...path)).mode & 0o777).toString(8);
  expect(modeOf('sessions')).toBe('700');
  for (const file of readdirSync(join(store.dataDir, 'sessions')))
    expect([file, modeOf('sessions', file)]).toEqual([file, '600']);
  expect(modeOf('run')).toBe('700');
  await session.close();
});

test('a folder whose path is too long for a socket is reached all the same', async () => {
  const dataDir = join(freshFolder(), 'long'.repeat(30));
  const store = sqliteSessions({ dataDir });
  const session = await store.open('one');
  const waiting = session.wait('answer');
  expect(await (await store.reach('one')).deliver('answer', 1)).toEqual({ first: true });
  expect(await waiting).toBe(1);
  await session.close();
});

test('a card that is no card, and one of another machine, harm nobody', async () => {
  const store = freshStore();
  await (await store.open('one')).close();
  for (const card of [
    '',
    '{',
    '[]',
    '{"pid":1}',
    JSON.stringify({ pid: 1, host: 'elsewhere', since: 1, command: 'x', token: 't', socket: '/x' }),
  ]) {
    writeFileSync(cardOf(store.dataDir), card);
    expect((await (await store.reach('one')).summary()).records).toBe(0);
  }
  const session = await store.open('one');
  await session.close();
});
