import { setImmediate } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { Turns } from '../../src/gateway/turns.ts';

test('requests that come one by one begin at once', async () => {
  const turns = new Turns();
  for (let request = 0; request < 20; request++) {
    let begun = false;
    turns.take(() => {
      begun = true;
    });
    expect(begun, `request ${request}`).toBe(true);
    await setImmediate();
  }
});

test('of many that come together a few begin in each turn of the event loop, in their order', async () => {
  const turns = new Turns();
  const begun: number[] = [];
  const inTurn: number[] = [];
  for (let request = 0; request < 100; request++) turns.take(() => begun.push(request));
  while (begun.length < 100) {
    inTurn.push(begun.length - inTurn.reduce((sum, count) => sum + count, 0));
    await setImmediate();
  }
  expect(begun).toEqual(Array.from({ length: 100 }, (_, request) => request));
  expect(Math.max(...inTurn)).toBeLessThanOrEqual(8);
  expect(inTurn.length).toBeGreaterThanOrEqual(12);
});

test('one that begins may let another begin', async () => {
  const turns = new Turns();
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
