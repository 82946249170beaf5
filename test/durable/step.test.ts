import { describe, expect, test } from 'vitest';
import { once } from '../../src/core/index.ts';
import { all, gate, names } from './sessions.ts';
import { onBothStores } from './stores.ts';

onBothStores('sessions', (freshPlace) => {
  const freshStore = async () => (await freshPlace()).store();

  describe('a step', () => {
    test('is done once and read from the record ever after, also by the next who opens the session', async () => {
      const store = await freshStore();
      let done = 0;
      const work = async () => ({ count: ++done });
      const first = await store.open('one');
      expect(await first.step('a', work)).toEqual({ count: 1 });
      expect(await first.step('a', work)).toEqual({ count: 1 });
      await first.close();
      const second = await store.open('one');
      expect(await second.step('a', work)).toEqual({ count: 1 });
      expect(await second.step('b', work)).toEqual({ count: 2 });
      expect(await all(second.records())).toMatchObject([
        { seq: 1, name: 'a', value: { count: 1 } },
        { seq: 2, name: 'b', value: { count: 2 } },
      ]);
      await second.close();
    });

    test('gives what its record gives, from the first time on', async () => {
      const session = await (await freshStore()).open('one');
      const value = { at: new Date(0), gone: undefined, text: 'a\u0000\ud800 ü', none: Number.NaN };
      const first: unknown = await session.step('a', async () => value);
      expect(first).toEqual({ at: '1970-01-01T00:00:00.000Z', text: 'a\u0000\ud800 ü', none: null });
      expect(await session.step('a', async () => value)).toEqual(first);
      expect(await session.step('nothing', async () => undefined)).toBe(null);
      await session.close();
    });

    test('that is asked for twice at once is done once', async () => {
      const session = await (await freshStore()).open('one');
      let done = 0;
      let finish = () => {};
      const gate = new Promise<void>((resolve) => (finish = resolve));
      const work = async () => {
        await gate;
        return ++done;
      };
      const both = Promise.all([session.step('a', work), session.step('a', work)]);
      finish();
      expect(await both).toEqual([1, 1]);
      expect(await names(session.records())).toEqual(['a']);
      await session.close();
    });

    test('that throws is not recorded, and done again', async () => {
      const session = await (await freshStore()).open('one');
      const failure = new Error('no');
      await expect(session.step('a', () => Promise.reject(failure))).rejects.toBe(failure);
      expect(await session.step('a', async () => 'yes')).toBe('yes');
      await session.close();
    });

    const cycle: unknown[] = [];
    cycle.push(cycle);
    test.each([
      ['a cycle', cycle, /not JSON: Converting circular/],
      ['a BigInt', 1n, /not JSON: .*BigInt/],
      ['a function', () => {}, /not JSON: it is a function/],
    ])('that gives %s fails with the name of the step, and leaves no record', async (_, value, message) => {
      const session = await (await freshStore()).open('one');
      const failed = session.step('run-0/x', async () => value);
      await expect(failed).rejects.toMatchObject({
        code: 'invalid-options',
        message: expect.stringMatching(message),
      });
      await expect(failed).rejects.toThrow('step "run-0/x"');
      expect(await names(session.records())).toEqual([]);
      await session.close();
    });

    test.each([[''], ['a\nb'], ['\ud800'], ['x'.repeat(501)]])('cannot be named %j', async (name) => {
      const session = await (await freshStore()).open('one');
      await expect(session.step(name, async () => 1)).rejects.toMatchObject({ code: 'invalid-options' });
      await session.close();
    });

    test('whose session was closed meanwhile is told so, and recorded nowhere', async () => {
      const store = await freshStore();
      const session = await store.open('one');
      const begun = gate();
      const end = gate();
      const step = session.step('a', () => {
        begun.open();
        return end.passed;
      });
      const refused = expect(step).rejects.toMatchObject({ code: 'aborted' });
      await begun.passed;
      await session.close();
      end.open();
      await refused;
      await expect(session.step('b', async () => 1)).rejects.toMatchObject({ code: 'aborted' });
      expect(await names((await store.reach('one')).records())).toEqual([]);
    });

    test('holds a value of some megabytes', async () => {
      const store = await freshStore();
      const session = await store.open('one');
      const text = 'ü'.repeat(8_000_000);
      await session.step('a', async () => text);
      await session.step('b', async () => text);
      await session.close();
      const [a, b] = await all((await store.reach('one')).records());
      expect([a?.value === text, b?.value === text]).toEqual([true, true]);
    });
  });

  test('an effect is done at most once, on the same session in another process too', async () => {
    const session = await (await freshStore()).open('one');
    let done = 0;
    expect(await once(session, 'call', async () => ++done)).toEqual({ value: 1 });
    expect(await once(session, 'call', async () => ++done)).toEqual({ value: 1 });
    expect(await names(session.records())).toEqual(['call/begin', 'call']);
    await session.close();
  });

  test('records of thousands of steps come in pages, and none that was added meanwhile', async () => {
    const session = await (await freshStore()).open('one');
    for (let step = 0; step < 1201; step++) await session.step(`s${step}`, async () => step);
    const seen: unknown[] = [];
    for await (const { seq, value } of session.records()) {
      if (seq === 1) await session.step('later', async () => 'later');
      seen.push(value);
    }
    expect(seen).toEqual(Array.from({ length: 1201 }, (_, step) => step));
    await session.close();
  });

  test('messages stay in line in their order, and are read from any place', async () => {
    const store = await freshStore();
    const session = await store.open('one');
    for (const content of ['a', 'b', 'c'])
      await session.queue({ when: 'now', message: { role: 'user', content } });
    expect((await session.queued(1)).map(({ message }) => message.content)).toEqual(['b', 'c']);
    await session.close();
    const again = await store.open('one');
    await again.queue({ when: 'after', message: { role: 'user', content: 'd' } });
    expect(await again.queued(3)).toEqual([{ when: 'after', message: { role: 'user', content: 'd' } }]);
    expect(await again.queued(4)).toEqual([]);
    await again.close();
  });

  describe('what is waited for', () => {
    test('comes when it is delivered, is a record then, and the first one counts', async () => {
      const session = await (await freshStore()).open('one');
      const [one, same] = [session.wait('answer'), session.wait('answer')];
      expect(await session.deliver('answer', { approved: true })).toEqual({ first: true });
      expect(await session.deliver('answer', { approved: false })).toEqual({ first: false });
      expect(await Promise.all([one, same])).toEqual([{ approved: true }, { approved: true }]);
      expect(await names(session.records())).toEqual(['answer']);
      await session.close();
    });

    test('may be there before anybody waits, and is a record once somebody does', async () => {
      const store = await freshStore();
      const session = await store.open('one');
      await session.deliver('answer', 1);
      expect(await names(session.records())).toEqual([]);
      await session.close();
      const again = await store.open('one');
      expect(await again.deliver('answer', 2)).toEqual({ first: false });
      expect(await again.wait('answer')).toBe(1);
      expect(await names(again.records())).toEqual(['answer']);
      expect(await again.wait('answer')).toBe(1);
      await again.close();
    });

    test('is aborted by closing, and can be waited for again', async () => {
      const store = await freshStore();
      const session = await store.open('one');
      const refused = expect(session.wait('answer')).rejects.toMatchObject({ code: 'aborted' });
      await session.close();
      await session.close();
      await refused;
      const again = await store.open('one');
      const second = again.wait('answer');
      await again.deliver('answer', 'yes');
      expect(await second).toBe('yes');
      await again.close();
    });

    test('cannot be delivered under the name of a step that is done', async () => {
      const session = await (await freshStore()).open('one');
      await session.step('a', async () => 1);
      expect(await session.deliver('a', 2)).toEqual({ first: false });
      await session.close();
    });
  });
});
