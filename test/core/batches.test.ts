import { expect, test } from 'vitest';
import { type BatchTaker, batchesOf, lazily, type StreamEvent } from '../../src/core/index.ts';

type Batch = readonly StreamEvent[];

const text = (delta: string): Batch => [{ type: 'text-delta', delta }];

/** What a taker is told, in order; asks on until the end. */
function toldBy(asking: (taker: BatchTaker) => void): Promise<unknown[]> {
  const told: unknown[] = [];
  return new Promise((resolve) => {
    const taker: BatchTaker = {
      came(batch) {
        told.push(batch);
        asking(taker);
      },
      ended() {
        resolve([...told, 'ended']);
      },
      failed(error) {
        resolve([...told, error]);
      },
    };
    asking(taker);
  });
}

async function* generated(...batches: readonly Batch[]) {
  yield* batches;
}

test('batches that are asked for are those that a loop over the same iterable gets', async () => {
  const batches = batchesOf(generated(text('a'), [], text('b')));
  expect(await toldBy((taker) => batches.ask(taker))).toEqual([text('a'), [], text('b'), 'ended']);
});

test('an error of the iterable is told, also one that is thrown where it should reject', async () => {
  const failing = batchesOf(
    (async function* () {
      yield text('a');
      throw new RangeError('broken');
    })(),
  );
  expect(await toldBy((taker) => failing.ask(taker))).toEqual([text('a'), new RangeError('broken')]);
  const throwing = batchesOf({
    [Symbol.asyncIterator]: () => ({
      next() {
        throw new RangeError('at once');
      },
    }),
  });
  expect(await toldBy((taker) => throwing.ask(taker))).toEqual([new RangeError('at once')]);
});

test('a loop over batches gets what can be asked for', async () => {
  const got: Batch[] = [];
  for await (const batch of lazily(() => generated(text('a'), text('b')))) got.push(batch);
  expect(got).toEqual([text('a'), text('b')]);
});

test('lazy batches are made once, when the first is asked for, and not after they were ended', async () => {
  let made = 0;
  const make = () => {
    made++;
    return generated(text('a'));
  };
  const read = lazily(make);
  expect(made).toBe(0);
  expect(await toldBy((taker) => read.ask(taker))).toEqual([text('a'), 'ended']);
  expect(await toldBy((taker) => read.ask(taker))).toEqual(['ended']);
  expect(made).toBe(1);
  const left = lazily(make);
  await left.return();
  expect(await toldBy((taker) => left.ask(taker))).toEqual(['ended']);
  expect(made).toBe(1);
});

test('what goes wrong in making lazy batches is how they fail', async () => {
  const read = lazily(() => {
    throw new RangeError('cannot be made');
  });
  expect(await toldBy((taker) => read.ask(taker))).toEqual([new RangeError('cannot be made')]);
});
