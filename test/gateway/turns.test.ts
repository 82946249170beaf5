import { setImmediate } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { Turns } from '../../src/gateway/turns.ts';

/** A clock that goes on when somebody works. */
function clock() {
  const time = { now: 0 };
  const turns = new Turns(() => time.now);
  const work = (milliseconds: number) => {
    time.now += milliseconds;
  };
  /** Requests that come together, each of which takes so long to begin; gives those that have begun. */
  const takeMany = (count: number, milliseconds: number): readonly number[] => {
    const begun: number[] = [];
    for (let request = 0; request < count; request++) {
      turns.take(() => {
        work(milliseconds);
        begun.push(request);
      });
    }
    return begun;
  };
  return { turns, work, takeMany };
}

/** How many began in each turn of the event loop, until all have. */
async function turnsOf(begun: readonly unknown[], all: number, work = () => {}): Promise<readonly number[]> {
  const inTurn: number[] = [];
  for (let before = 0; ; ) {
    inTurn.push(begun.length - before);
    before = begun.length;
    if (before === all) return inTurn;
    work();
    await setImmediate();
  }
}

test('requests that come one by one begin at once', async () => {
  const { turns } = clock();
  for (let request = 0; request < 40; request++) {
    let begun = false;
    turns.take(() => {
      begun = true;
    });
    expect(begun, `request ${request}`).toBe(true);
    await setImmediate();
  }
});

test('of many that come together a few begin in each turn of the event loop, in their order', async () => {
  const begun = clock().takeMany(30, 1);
  expect(await turnsOf(begun, 30)).toEqual([8, ...Array.from({ length: 11 }, () => 2)]);
  expect(begun).toEqual(Array.from({ length: 30 }, (_, request) => request));
});

test('they get as long as all else got, and no longer than streams can wait', async () => {
  for (const [elsewhere, each] of [
    [0, 2],
    [5, 5],
    [1000, 16],
  ] as const) {
    const { work, takeMany } = clock();
    const begun = takeMany(100, 1);
    const [, , third, fourth] = await turnsOf(begun, 100, () => work(elsewhere));
    expect([third, fourth], `${elsewhere} ms`).toEqual([each, each]);
  }
});

test('one that takes long is alone in its turn', async () => {
  expect(await turnsOf(clock().takeMany(12, 50), 12)).toEqual([8, 1, 1, 1, 1]);
});

test('one that begins may let another begin, behind those that wait', async () => {
  const { turns } = clock();
  const begun: string[] = [];
  for (let request = 0; request < 30; request++) {
    turns.take(() => {
      begun.push(`${request}`);
      turns.take(() => begun.push(`of ${request}`));
    });
  }
  while (begun.length < 60) await setImmediate();
  expect(begun.filter((name) => name.startsWith('of'))).toHaveLength(30);
  expect(begun.indexOf('29')).toBeLessThan(begun.indexOf('of 29'));
});
