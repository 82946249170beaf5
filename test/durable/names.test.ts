import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { defaultDataDir, sqliteSessions } from '../../src/durable/index.ts';
import { freshStore as freshFiles } from './sessions.ts';
import { onBothStores } from './stores.ts';

onBothStores('sessions', (freshPlace) => {
  const freshStore = async () => (await freshPlace()).store();

  describe('the name of a session', () => {
    test.each(['a', 'A.b_c-9', '0', 'x'.repeat(64), 'console', 'com', 'a..b', 'nul-1'])(
      'may be %s',
      async (name) => {
        const store = await freshStore();
        await (await store.open(name)).close();
        expect(await store.names()).toEqual([name]);
      },
    );

    test.each([
      '',
      '.',
      '..',
      '../x',
      'a/b',
      'a\\b',
      '/etc/x',
      '-rf',
      '.hidden',
      'a b',
      'ä',
      'a\u0000',
      'x'.repeat(65),
      'con',
      'NUL',
      'nul.txt',
      'Com1',
      'lpt9.a',
    ])('cannot be %j', async (name) => {
      const store = await freshStore();
      for (const use of [store.open(name), store.reach(name), store.remove(name), store.create(name, [])]) {
        await expect(use).rejects.toMatchObject({
          code: 'invalid-options',
          message: expect.stringContaining(JSON.stringify(name)),
        });
      }
      expect(await store.names()).toEqual([]);
    });

    test('differs from all others in more than its case', async () => {
      const store = await freshStore();
      await (await store.open('Work')).close();
      await (await store.open('Work')).close();
      await expect(store.open('work')).rejects.toThrow('"work" and the session "Work" differ in case only');
      await expect(store.create('WORK', [])).rejects.toMatchObject({ code: 'invalid-options' });
    });

    test('is known of all sessions, in the order of the alphabet', async () => {
      const store = await freshStore();
      expect(await store.names()).toEqual([]);
      for (const name of ['b', 'a-1', 'B2', 'a.1']) await (await store.open(name)).close();
      expect(await store.names()).toEqual(['B2', 'a-1', 'a.1', 'b']);
      await expect(store.reach('two')).rejects.toMatchObject({ code: 'session-not-found' });
      await expect(store.reach('A-1')).rejects.toMatchObject({ code: 'session-not-found' });
      await expect(store.remove('two')).rejects.toMatchObject({ code: 'session-not-found' });
    });

    test('is listed with what the session is at, and who works on it', async () => {
      const store = await freshStore();
      const open = await store.open('at-work');
      await open.step('run-0/prompt', async () => ({ messages: [], model: 'm' }));
      await (await store.open('empty')).close();
      const listed = new Map((await store.summaries()).map((session) => [session.name, session]));
      expect([...listed.keys()].sort()).toEqual(['at-work', 'empty']);
      for (const name of listed.keys()) {
        const reached = await store.reach(name);
        expect(listed.get(name)?.summary).toEqual(await reached.summary());
        expect(listed.get(name)?.owner).toEqual(await reached.owner());
      }
      expect(listed.get('at-work')).toMatchObject({
        summary: { records: 1, isUnfinished: true },
        owner: { pid: process.pid, command: 'the test' },
      });
      expect(listed.get('empty')?.owner).toBeUndefined();
      await open.close();
    });

    test('is free again when the session was removed, and what it held is gone', async () => {
      const store = await freshStore();
      const first = await store.open('one');
      await first.step('a', async () => 1);
      await first.queue({ when: 'now', message: { role: 'user', content: 'x' } });
      await expect(store.remove('one')).rejects.toMatchObject({ code: 'session-busy' });
      await first.close();
      await store.remove('one');
      expect(await store.names()).toEqual([]);
      const second = await store.open('one');
      expect(await second.step('a', async () => 2)).toBe(2);
      expect(await second.queued(0)).toEqual([]);
      await second.close();
    });
  });
});

test('the names of sessions are read from the files, and other files are none of its business', async () => {
  const store = freshFiles();
  expect(await store.names()).toEqual([]);
  await (await store.open('one')).close();
  for (const file of ['.hidden.db', 'x.txt', 'one.db-journal', 'two.db.0a1b']) {
    writeFileSync(join(store.dataDir, 'sessions', file), '');
  }
  mkdirSync(join(store.dataDir, 'sessions', 'folder'));
  expect(await store.names()).toEqual(['one']);
  await expect(store.reach('two')).rejects.toMatchObject({ code: 'session-not-found' });
});

test.each([
  [{ PERIGEE_DATA_DIR: '/data', XDG_STATE_HOME: '/state' }, 'linux', '/data'],
  [{ XDG_STATE_HOME: '/state' }, 'linux', '/state/perigee'],
  [{ XDG_STATE_HOME: 'relative' }, 'linux', '/me/.local/state/perigee'],
  [{}, 'freebsd', '/me/.local/state/perigee'],
  [{ XDG_STATE_HOME: '/state' }, 'darwin', '/me/Library/Application Support/perigee'],
  [{ LOCALAPPDATA: '/local' }, 'win32', '/local/perigee'],
  [{}, 'win32', '/me/AppData/Local/perigee'],
])('with %j on %s the data folder is %s', (env, platform, folder) => {
  expect(defaultDataDir({ env, platform, home: '/me' }).replaceAll('\\', '/')).toBe(folder);
});

test('a data folder is the same folder for processes that stand elsewhere', () => {
  expect(sqliteSessions({ dataDir: 'here' }).dataDir).toBe(resolve('here'));
});
