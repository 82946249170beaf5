import { expect, test } from 'vitest';
import { type Writable, WriteQueue } from '../../src/gateway/stores/write-queue.ts';

/** A queue whose writes end when the test says so. */
function held({ bytes = 1000 } = {}) {
  const batches: string[][] = [];
  const ends: ((failure?: Error) => void)[] = [];
  const written: string[] = [];
  const queue = new WriteQueue<Writable>({
    bytes,
    write: (entries) => {
      batches.push(entries.map(({ key }) => key));
      return new Promise((resolve, reject) => {
        ends.push((failure) => (failure ? reject(failure) : resolve()));
      });
    },
    written: ({ key }) => written.push(key),
  });
  const add = (key: string, apart?: string) =>
    queue.add({ key, bytes: 100, ...(apart !== undefined && { apart }) });
  return { queue, batches, ends, written, add };
}

/** Resolves when so many writes have begun. */
async function begun(batches: readonly unknown[], count: number): Promise<void> {
  while (batches.length < count) await new Promise((resolve) => setImmediate(resolve));
}

test('what comes while a write is under way is written together after it, in order', async () => {
  const { batches, ends, written, add, queue } = held();
  const all = [add('a'), add('b'), add('c')];
  expect(batches).toEqual([['a']]);
  ends[0]!();
  await all[0];
  expect(batches).toEqual([['a'], ['b', 'c']]);
  ends[1]!();
  await Promise.all(all);
  expect(written).toEqual(['a', 'b', 'c']);
  expect(queue.size).toBe(0);
});

test('what must come after another is not written with it', async () => {
  const { batches, ends, add } = held();
  const all = [add('x'), add('a'), add('b', 'a'), add('c', 'n'), add('d', 'n')];
  for (let n = 0; n < 4; n++) {
    await begun(batches, n + 1);
    ends[n]!();
  }
  await Promise.all(all);
  expect(batches).toEqual([['x'], ['a'], ['b', 'c'], ['d']]);
});

test('what failed is tried again until it is written, and nobody waits for it meanwhile', async () => {
  const { batches, ends, written, add, queue } = held();
  const first = add('a');
  ends[0]!(new Error('away'));
  await first;
  await add('b');
  expect(written).toEqual([]);
  expect(queue.failing).toBe(true);
  const settled = queue.settled(60_000);
  await begun(batches, 2);
  ends[1]!();
  await settled;
  expect(written).toEqual(['a', 'b']);
  expect(queue.failing).toBe(false);
  expect(queue.counts).toEqual({ written: 2, failed: 1, dropped: 0, refused: 0 });
});

test('the oldest is given up when too much waits', async () => {
  const { batches, ends, written, add, queue } = held({ bytes: 250 });
  const first = add('a');
  ends[0]!(new Error('away'));
  await first;
  await Promise.all([add('b'), add('c')]);
  expect(queue.counts.dropped).toBe(1);
  const settled = queue.settled(60_000);
  await begun(batches, 2);
  ends[1]!();
  await settled;
  expect(written).toEqual(['b', 'c']);
});

test('what waits can be taken back, what is under way only after that', async () => {
  const { batches, ends, add, queue } = held();
  const all = [add('a'), add('b')];
  expect(await queue.remove('b')).toBe(true);
  expect(await queue.remove('none')).toBe(false);
  const removed = queue.remove('a');
  ends[0]!();
  expect(await removed).toBe(false);
  await Promise.all(all);
  expect(batches).toEqual([['a']]);
});
