import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hasPostgres, type Postgres, startPostgres } from '../../postgres.ts';
import { eventsOf, freshGround, type Ground, typesOf, until } from './ground.ts';

const APPROVE = { script: 'approve', calls: 1 };
const HOLD = { script: 'hold', calls: 1 };

/** The id of the call that waits. */
async function waitingCall({ client }: Ground, id: string): Promise<string> {
  const { waiting } = await until('a call waits', async () => {
    const status = await client.status(id);
    return status.state === 'waiting' && status.waiting.length > 0 ? status : undefined;
  });
  return waiting[0]!.id;
}

describe.skipIf(!hasPostgres)('A run elsewhere', () => {
  let postgres: Postgres;
  beforeAll(async () => {
    postgres = await startPostgres();
  });
  afterAll(() => postgres?.remove());

  test('is told something in the middle, and is in line with a second prompt', async () => {
    const { client, worker, lines, release } = await freshGround(postgres);
    await worker();
    const { id } = await client.start({ prompt: 'One.', settings: HOLD });
    await until('it holds', () => lines('held').length === 1);
    await client.steer(id, 'Two.');
    expect(await client.start({ session: id, prompt: 'Three.' })).toEqual({ id });
    await client.steer(id, 'Four.', 'after');
    release(id);
    expect((await client.result(id)).text).toBe('Heard: One. | Two. | Three. | Four.. 1 calls.');
    await expect(client.steer(id, 'Five.')).rejects.toMatchObject({ code: 'invalid-options' });
    // A prompt for a session whose run is over is a run of its own.
    await client.start({ session: id, prompt: 'Six.' });
    await until('it ends', async () => (await client.status(id)).state === 'ended');
    expect((await client.result(id)).text).toBe('Heard: One. | Two. | Three. | Four. | Six.. 1 calls.');
    expect(typesOf(await eventsOf(client, id)).filter((type) => type === 'end')).toHaveLength(2);
  });

  test('waits for a person without a worker, and goes on with the answer on another one', async () => {
    const ground = await freshGround(postgres);
    const { client, worker, lines } = ground;
    const first = await worker({ name: 'first' });
    const { id } = await client.start({ prompt: 'Pay.', settings: APPROVE });
    const events = eventsOf(client, id);
    const call = await waitingCall(ground, id);
    await first.kill();
    expect(await client.approve(id, 'no such call', true)).toBe(false);
    expect(await client.approve(id, call, { approved: true, note: 'Yes.' })).toBe(true);
    expect(await client.approve(id, call, false)).toBe(false);
    await worker({ name: 'second' });
    expect(await client.result(id)).toMatchObject({ finishReason: 'stop' });
    expect(lines('effects')).toHaveLength(1);
    const types = typesOf(await events);
    expect(types.filter((type) => type === 'end')).toHaveLength(1);
    expect(types).toContain('approval-request');
    expect(types.at(-1)).toBe('end');
  });

  test('goes on when the answer comes by way of its session', async () => {
    const ground = await freshGround(postgres);
    const { client, worker, lines } = ground;
    await worker();
    const { id } = await client.start({ prompt: 'Pay.', settings: APPROVE });
    await waitingCall(ground, id);
    const reached = await client.sessions.reach(id);
    const [call] = (await reached.summary()).waiting;
    await reached.deliver(call!.approval, { approved: true });
    expect(await client.result(id)).toMatchObject({ finishReason: 'stop' });
    expect(lines('effects')).toHaveLength(1);
  });

  test('loses no answer that comes while it is about to leave', async () => {
    const { client, worker, lines } = await freshGround(postgres);
    await worker();
    await worker();
    const ids = Array.from({ length: 30 }, (_, at) => `race-${at}`);
    await Promise.all(
      ids.map(async (id, at) => {
        await client.start({ session: id, prompt: 'Pay.', settings: APPROVE });
        const reached = await client.sessions.reach(id);
        const call = await until('it asks', async () => (await reached.summary()).waiting[0]);
        // From at once to long after it has left.
        for (let turns = 0; turns < at * 3; turns++) await reached.owner();
        expect(await client.approve(id, call.id, true)).toBe(true);
      }),
    );
    for (const id of ids) expect(await client.result(id)).toMatchObject({ finishReason: 'stop' });
    expect(lines('effects').map((line) => line.split(' ')[0])).toHaveLength(ids.length);
    expect(new Set(lines('effects')).size).toBe(ids.length);
  });

  test('is paused at a safe point and gone on with', async () => {
    const { client, worker, lines, release } = await freshGround(postgres);
    await worker();
    const { id } = await client.start({ prompt: 'Go.', settings: { script: 'hold', calls: 2 } });
    await until('it holds', () => lines('held').length === 1);
    expect(await client.pause(id)).toBe(true);
    release(id);
    expect(await client.result(id)).toMatchObject({ state: 'paused', finishReason: 'paused' });
    expect(lines('effects')).toHaveLength(1);
    expect(await client.pause(id)).toBe(false);
    await client.start({ session: id });
    await until('it ends', async () => (await client.status(id)).state === 'ended');
    expect(lines('effects').map((line) => line.split(' ')[1])).toEqual(['0', '1']);
  });

  test('is paused while it is in line, and gone on with without saying its prompt again', async () => {
    const { client, worker } = await freshGround(postgres);
    const { id } = await client.start({ prompt: 'One.', model: 'first', settings: { calls: 0 } });
    expect(await client.pause(id)).toBe(true);
    expect(await client.result(id)).toMatchObject({ state: 'paused' });
    await client.start({ session: id });
    await worker();
    expect(await client.result(id)).toMatchObject({ state: 'ended', text: 'Heard: One.. 0 calls.' });
    expect(await client.status(id)).toMatchObject({ model: 'first' });
  });

  test('is cancelled in the middle of a tool', async () => {
    const { client, worker, lines } = await freshGround(postgres);
    await worker();
    const { id } = await client.start({ prompt: 'Go.', settings: HOLD });
    await until('it holds', () => lines('held').length === 1);
    expect(await client.cancel(id)).toBe(true);
    expect(await client.result(id)).toMatchObject({ state: 'cancelled', finishReason: 'aborted' });
    expect(lines('effects')).toHaveLength(0);
    const events = await eventsOf(client, id);
    expect(events.at(-1)).toMatchObject({ event: { type: 'end', result: { finishReason: 'aborted' } } });
    expect(await client.cancel(id)).toBe(false);
  });

  test('is cancelled while it is in line, and never begins', async () => {
    const { client, worker, lines } = await freshGround(postgres);
    const { id } = await client.start({ prompt: 'Never.', settings: { calls: 1 } });
    expect(await client.cancel(id)).toBe(true);
    expect(await client.result(id)).toMatchObject({ state: 'cancelled' });
    await worker();
    const other = await client.start({ prompt: 'This one.', settings: { calls: 1 } });
    expect(await client.result(other.id)).toMatchObject({ state: 'ended' });
    expect(lines('effects').map((line) => line.split(' ')[0])).toEqual([other.id]);
    expect(await eventsOf(client, id)).toEqual([]);
  });

  test('is cancelled while it waits for a person', async () => {
    const ground = await freshGround(postgres);
    const { client, worker, lines } = ground;
    await worker();
    const { id } = await client.start({ prompt: 'Pay.', settings: APPROVE });
    const call = await waitingCall(ground, id);
    expect(await client.cancel(id)).toBe(true);
    expect(await client.result(id)).toMatchObject({ state: 'cancelled' });
    await client.approve(id, call, true);
    const other = await client.start({ prompt: 'This one.', settings: { calls: 1 } });
    await client.result(other.id);
    expect(await client.status(id)).toMatchObject({ state: 'cancelled' });
    expect(lines('effects').map((line) => line.split(' ')[0])).toEqual([other.id]);
  });

  test('is refused where it says nothing that could be done', async () => {
    const { client } = await freshGround(postgres);
    const refused = { code: 'invalid-options' };
    await expect(client.start({})).rejects.toMatchObject(refused);
    await expect(client.start({ session: '../up', prompt: 'x' })).rejects.toMatchObject(refused);
    await expect(client.start({ prompt: [] })).rejects.toMatchObject(refused);
    await expect(client.start({ prompt: 'x', user: 'a\nb' })).rejects.toMatchObject(refused);
    await expect(client.start({ prompt: 'x', settings: { big: 1n } })).rejects.toMatchObject(refused);
    await expect(client.start({ session: 'nothing' })).rejects.toMatchObject({ code: 'session-not-found' });
    await expect(client.status('nothing')).rejects.toMatchObject({ code: 'session-not-found' });
    await expect(client.steer('nothing', 'x')).rejects.toMatchObject({ code: 'session-not-found' });
  });
});
