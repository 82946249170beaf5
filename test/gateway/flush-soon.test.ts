import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { flushSoon } from '../../src/gateway/edges/flush-soon.ts';

test('what is written waits for the end of the turn, but never for more than 63 others', async () => {
  const sent: number[] = [];
  const write = (number: number) => flushSoon({ flush: () => sent.push(number) });
  for (let number = 1; number <= 63; number++) write(number);
  expect(sent).toEqual([]);
  write(64);
  expect(sent).toEqual(Array.from({ length: 64 }, (_, at) => at + 1));
  write(65);
  expect(sent).toHaveLength(64);
  await turn();
  expect(sent.at(-1)).toBe(65);
  write(66);
  await turn();
  expect(sent.at(-1)).toBe(66);
});
