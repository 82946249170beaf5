import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RunsClient } from '../../../src/durable/index.ts';
import { hasPostgres, type Postgres, startPostgres } from '../../postgres.ts';
import { eventsOf, freshGround, until } from './ground.ts';

const HOLD = { script: 'hold', calls: 1 };

/** How each run of a session ended, as whoever is attached was told. */
async function endings(client: RunsClient, id: string): Promise<string[]> {
  const events = (await eventsOf(client, id)) as readonly {
    event: { type: string; result?: { finishReason: string } };
  }[];
  return events.flatMap(({ event }) => (event.type === 'end' ? [event.result!.finishReason] : []));
}

describe.skipIf(!hasPostgres)('A run that is started again while it is being ended', () => {
  let postgres: Postgres;
  beforeAll(async () => {
    postgres = await startPostgres();
  });
  afterAll(() => postgres?.remove());

  test('goes on as soon as it is paused', async () => {
    const { client, worker, lines, release } = await freshGround(postgres);
    await worker();
    const { id } = await client.start({ prompt: 'One.', settings: HOLD });
    await until('it holds', () => lines('held').length === 1);
    expect(await client.pause(id)).toBe(true);
    await client.start({ session: id });
    expect((await client.status(id)).state).toBe('running');
    release(id);
    expect(await client.result(id)).toMatchObject({ finishReason: 'stop', text: 'Heard: One.. 1 calls.' });
    expect(lines('effects')).toHaveLength(1);
    expect(await endings(client, id)).toEqual(['paused', 'stop']);
  });

  test('is told each prompt once it goes on, with what the last one asked for', async () => {
    const { client, worker, lines, release } = await freshGround(postgres);
    await worker();
    const { id } = await client.start({ prompt: 'One.', user: 'ann', settings: HOLD });
    await until('it holds', () => lines('held').length === 1);
    await client.pause(id);
    await client.start({ session: id, prompt: 'Two.', model: 'other' });
    await client.start({ session: id, prompt: 'Three.' });
    release(id);
    expect(await client.result(id)).toMatchObject({
      finishReason: 'stop',
      text: 'Heard: One. | Two. | Three.. 1 calls.',
    });
    expect(await client.status(id)).toMatchObject({ user: 'ann', model: 'other' });
  });

  test('stays paused when that was asked for last, and keeps what it was to be told', async () => {
    const { client, worker, lines, release } = await freshGround(postgres);
    await worker();
    const { id } = await client.start({ prompt: 'One.', settings: HOLD });
    await until('it holds', () => lines('held').length === 1);
    await client.pause(id);
    await client.start({ session: id, prompt: 'Two.' });
    await client.pause(id);
    release(id);
    expect(await client.result(id)).toMatchObject({ state: 'paused' });
    await client.start({ session: id });
    await until('it ends', async () => (await client.status(id)).state === 'ended');
    expect((await client.result(id)).text).toBe('Heard: One. | Two.. 1 calls.');
  });

  test('begins anew behind a cancelled one whose worker is dead', async () => {
    const { client, worker, lines } = await freshGround(postgres);
    const first = await worker();
    const { id } = await client.start({ prompt: 'One.', settings: HOLD });
    await until('it holds', () => lines('held').length === 1);
    await first.kill();
    expect(await client.cancel(id)).toBe(true);
    await client.start({ session: id, prompt: 'Two.', settings: {} });
    await worker();
    expect(await client.result(id)).toMatchObject({
      finishReason: 'stop',
      text: expect.stringContaining('Heard: One. | Two.'),
    });
    expect(lines('effects')).toHaveLength(0);
  });
});
