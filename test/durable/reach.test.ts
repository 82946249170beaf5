import { hostname } from 'node:os';
import { describe, expect, test } from 'vitest';
import { all, names } from './sessions.ts';
import { onBothStores } from './stores.ts';

const HOLD = `
  const session = await sessions.open('one');
  await session.step('a', async () => 1);
  print('open');
  setInterval(() => {}, 1000);`;

onBothStores('sessions', (freshPlace) => {
  describe('a session that another process works on', () => {
    test('is refused with who holds it, and free soon after that one is killed', async () => {
      const place = await freshPlace();
      const worker = place.worker(HOLD);
      expect(await worker.line(), worker.errors()).toBe('open');
      const store = await place.store();
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
      await expect(store.remove('one')).rejects.toMatchObject({ code: 'session-busy' });
      await worker.kill();
      await expect.poll(() => reached.owner(), { timeout: 20_000 }).toBe(undefined);
      const session = await store.open('one');
      expect(await names(session.records())).toEqual(['a']);
      await session.close();
    });

    test('is refused also by this very process', async () => {
      const store = await (await freshPlace()).store();
      const mine = await store.open('one');
      await expect(store.open('one')).rejects.toThrow('in use by this process (the test, since');
      await mine.close();
    });

    test('stands beside others that are worked on at the same time', async () => {
      const place = await freshPlace();
      const worker = place.worker(HOLD);
      await worker.line();
      const other = await (await place.store()).open('two');
      expect(await other.step('a', async () => 2)).toBe(2);
      await other.close();
      await worker.kill();
    });

    test('lets those who open it in the same moment in one after the other', async () => {
      const place = await freshPlace();
      const script = `
      for (let round = 0; round < 5; ) {
        let session;
        try { session = await sessions.open('one'); } catch (error) { if (error.code !== 'session-busy') throw error; continue; }
        await session.step(process.pid + '-' + round, async () => { print('in'); print('out'); return 1; });
        await session.close();
        round++;
      }`;
      const workers = [1, 2, 3].map(() => place.worker(script));
      const codes = await Promise.all(workers.map(({ ended }) => ended));
      expect(codes, workers.map(({ errors }) => errors()).join('\n')).toEqual([0, 0, 0]);
      const records = await all((await (await place.store()).reach('one')).records());
      expect(records).toHaveLength(15);
    });
  });

  describe('what is asked from outside', () => {
    test('reaches a run that waits: the answer, the message, the command', async () => {
      const place = await freshPlace();
      const worker = place.worker(`const session = await sessions.open('one');
       session.onCommand((command) => print('asked to ' + command));
       print('waits');
       print('got ' + JSON.stringify(await session.wait('run-0/step-0/call-0/approval')));
       print('line ' + JSON.stringify(await session.queued(0)));
       await session.close();`);
      expect(await worker.line()).toBe('waits');
      const reached = await (await place.store()).reach('one');
      await reached.queue({ when: 'after', message: { role: 'user', content: 'and then?' } });
      expect(await reached.command('pause')).toEqual({ reached: true });
      expect(await worker.line()).toBe('asked to pause');
      const said = { approved: true, note: 'fine' };
      expect(await reached.deliver('run-0/step-0/call-0/approval', said)).toEqual({ first: true });
      expect(await worker.line()).toBe(`got ${JSON.stringify(said)}`);
      expect(await worker.line()).toBe(
        'line [{"when":"after","message":{"role":"user","content":"and then?"}}]',
      );
      // Waiting kept it alive; the open socket alone does not.
      expect(await worker.ended, worker.errors()).toBe(0);
      expect(worker.errors()).toBe('');
      expect(await names(reached.records())).toEqual(['run-0/step-0/call-0/approval']);
    });

    test('reaches a session that nobody works on, and the run that comes later', async () => {
      const store = await (await freshPlace()).store();
      await (await store.open('one')).close();
      const reached = await store.reach('one');
      expect(await reached.deliver('answer', 'yes')).toEqual({ first: true });
      expect(await reached.deliver('answer', 'no')).toEqual({ first: false });
      await reached.queue({ when: 'now', message: { role: 'user', content: 'hurry' } });
      expect(await reached.command('cancel')).toEqual({ reached: false });
      const session = await store.open('one');
      expect(await session.wait('answer')).toBe('yes');
      expect((await session.queued(0)).map(({ message }) => message.content)).toEqual(['hurry']);
      await session.close();
    });

    test('is known to be heard also when the one who heard it closes the session, and unheard where nobody listens', async () => {
      const place = await freshPlace();
      const session = await (await place.store()).open('one');
      const reached = await (await place.store()).reach('one');
      expect(await reached.command('pause')).toEqual({ reached: false });
      const heard: string[] = [];
      session.onCommand((command) => {
        heard.push(command);
        setImmediate(() => void session.close());
      });
      expect(await reached.command('cancel')).toEqual({ reached: true });
      // In a database whoever asks may see that it was taken before the one who took it does.
      await expect.poll(() => heard, { timeout: 20_000 }).toEqual(['cancel']);
    });

    test('reaches a session whose process was killed while it waited', async () => {
      const place = await freshPlace();
      const worker = place.worker(
        `const s = await sessions.open('one'); print('open'); await s.wait('answer');`,
      );
      await worker.line();
      await worker.kill();
      const store = await place.store();
      const reached = await store.reach('one');
      expect((await reached.summary()).records).toBe(0);
      expect(await reached.deliver('answer', 'yes')).toEqual({ first: true });
      const session = await store.open('one');
      expect(await session.wait('answer')).toBe('yes');
      await session.close();
    });

    test('follows the records as they come, and ends with the one who writes them', async () => {
      const place = await freshPlace();
      const worker = place.worker(`const session = await sessions.open('one');
       print('open');
       for (const name of ['a', 'b', 'c']) { await session.step(name, async () => name); await session.wait('go ' + name); }
       await session.close();`);
      expect(await worker.line()).toBe('open');
      const reached = await (await place.store()).reach('one');
      const seen: string[] = [];
      for await (const { name } of reached.follow(0)) {
        seen.push(name);
        if (!name.startsWith('go')) await reached.deliver(`go ${name}`, true);
      }
      expect(seen).toEqual(['a', 'go a', 'b', 'go b', 'c', 'go c']);
      expect(await worker.ended).toBe(0);
    });

    test('stops following when it is told to', async () => {
      const store = await (await freshPlace()).store();
      const session = await store.open('one');
      const stop = new AbortController();
      const followed = all((await store.reach('one')).follow(0, stop.signal));
      await session.step('a', async () => 1);
      stop.abort();
      expect((await followed).length).toBeLessThanOrEqual(1);
      await session.close();
    });
  });
});
