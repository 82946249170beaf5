import { expect, test } from 'vitest';
import { createRunsClient } from '../../src/durable/index.ts';
import { hasPostgres, startPostgres } from '../postgres.ts';
import { onBothStores } from './stores.ts';

const said = { when: 'now', message: { role: 'user', content: 'And?' } } as const;

onBothStores('removing what is not used any more', (freshPlace) => {
  test('a session goes that was left alone since a moment, whole, and another of its name may come', async () => {
    const store = await (await freshPlace()).store();
    await store.create('old', [{ seq: 1, at: 1_000, name: 'a', value: 1 }]);
    const idleSince = Date.now();
    await store.remove('old', { idleSince });
    expect(await store.names()).toEqual([]);
    await store.create('old', []);
    expect((await (await store.reach('old')).summary()).records).toBe(0);
  });

  test('one stays that is younger, was copied here later, or was used since, in whatever way', async () => {
    const store = await (await freshPlace()).store();
    const idleSince = Date.now() - 1;
    // What is in it is old, but it came here just now.
    await store.create('copied', [{ seq: 1, at: 1_000, name: 'a', value: 1 }]);
    for (const name of ['recorded', 'told', 'answered']) await store.create(name, []);
    const later = Date.now() + 1;
    await expect.poll(() => Date.now()).toBeGreaterThan(later);
    const session = await store.open('recorded');
    await session.step('b', async () => 2);
    await session.close();
    await (await store.reach('told')).queue(said);
    await (await store.reach('answered')).deliver('yes', true);
    await expect(store.remove('copied', { idleSince })).rejects.toMatchObject({ code: 'session-busy' });
    for (const name of ['recorded', 'told', 'answered']) {
      await expect(store.remove(name, { idleSince: later })).rejects.toMatchObject({
        code: 'session-busy',
        message: `Session "${name}" was used in the meantime, or its run is not over.`,
      });
    }
    expect(await store.names()).toHaveLength(4);
    // Nothing is left locked, and without a moment it goes.
    for (const name of await store.names()) await store.remove(name);
    expect(await store.names()).toEqual([]);
  });

  test('one stays that somebody works on, however long nothing was recorded', async () => {
    const store = await (await freshPlace()).store();
    const session = await store.open('held');
    await expect(store.remove('held', { idleSince: Date.now() + 1_000 })).rejects.toMatchObject({
      code: 'session-busy',
    });
    await session.close();
    await store.remove('held', { idleSince: Date.now() + 1_000 });
  });

  test('how large sessions are is told, and those that are not there are left out', async () => {
    const store = await (await freshPlace()).store();
    const noise = Array.from({ length: 5_000 }, () => Math.random().toString(36)).join('');
    await store.create('large', [{ seq: 1, at: 1, name: 'a', value: noise }]);
    await store.create('small', []);
    const sizes = await store.sizes(['large', 'small', 'none']);
    expect([...sizes.keys()].sort()).toEqual(['large', 'small']);
    expect(sizes.get('large')! - sizes.get('small')!).toBeGreaterThan(noise.length / 2);
    expect(sizes.get('large')!).toBeLessThan(noise.length * 2 + 100_000);
  });
});

test.skipIf(!hasPostgres)(
  'a session stays whose run waits for a worker or was put into the queue since',
  async () => {
    const postgres = await startPostgres();
    const client = await createRunsClient({ databaseUrl: await postgres.freshUrl() });
    try {
      const { sessions } = client;
      const { id } = await client.start({ prompt: 'One.' });
      const idleSince = Date.now() + 60_000;
      await expect(sessions.remove(id, { idleSince })).rejects.toMatchObject({ code: 'session-busy' });
      await client.cancel(id);
      await expect(sessions.remove(id, { idleSince: Date.now() - 60_000 })).rejects.toMatchObject({
        code: 'session-busy',
      });
      await sessions.remove(id, { idleSince });
      expect(await client.list()).toEqual([]);
      await expect(client.status(id)).rejects.toMatchObject({ code: 'session-not-found' });
    } finally {
      await client.close();
      await postgres.remove();
    }
  },
);
