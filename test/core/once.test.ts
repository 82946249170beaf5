import { describe, expect, it, vi } from 'vitest';
import { type Durable, once } from '../../src/core/index.ts';
import { inOtherProcess, newTape, sessionOn, type Tape } from '../agent/recorded-session.ts';

/** The same code in another process, as far as it keeps anything itself. */
async function otherOnce(): Promise<typeof once> {
  vi.resetModules();
  return (await import('../../src/core/once.ts')).once;
}

function counted() {
  const state = { count: 0, keys: [] as string[] };
  const work = async (key: string) => {
    state.keys.push(key);
    return `effect ${++state.count}`;
  };
  return { state, work };
}

const unwritable = { unwritable: (name: string) => name === 'send' };
const names = (tape: Tape) => tape.records.map(({ name }) => name);

describe('an effect that must not be had twice', () => {
  it('is on record before and after', async () => {
    const tape = newTape();
    const { work } = counted();
    expect(await once(sessionOn(tape), 'send', work)).toEqual({ value: 'effect 1' });
    expect(names(tape)).toEqual(['send/begin', 'send']);
  });

  it('is not done again when it is on record, in whatever process', async () => {
    const tape = newTape();
    const { state, work } = counted();
    await once(sessionOn(tape), 'send', work);
    expect(await once(sessionOn(tape), 'send', work)).toEqual({ value: 'effect 1' });
    expect(await (await otherOnce())(sessionOn(tape), 'send', work)).toEqual({ value: 'effect 1' });
    expect(state.count).toBe(1);
  });

  it('is done by the process that began it and by no other', async () => {
    const { state, work } = counted();
    const begun = newTape();
    await sessionOn(begun).step('send/begin', async () => ({ id: 'x', process: 'another' }));
    expect(await once(sessionOn(begun), 'send', work)).toEqual({ interrupted: true });
    expect(state.count).toBe(0);
    // That nobody knows is on record as well, and stays so.
    expect(await once(sessionOn(begun), 'send', work)).toEqual({ interrupted: true });
    expect(begun.records.at(-1)).toMatchObject({ name: 'send', value: { interrupted: true } });
  });

  it('is done once by many who ask at the same time', async () => {
    const { state, work } = counted();
    const session = sessionOn(newTape());
    const all = await Promise.all(Array.from({ length: 5 }, () => once(session, 'send', work)));
    expect(all).toEqual(Array(5).fill({ value: 'effect 1' }));
    expect(state.count).toBe(1);
  });

  it('is not repeated when only its record failed, and gets its record later', async () => {
    const tape = newTape();
    const { state, work } = counted();
    const failing = once(sessionOn(tape, unwritable), 'send', work);
    await expect(failing).rejects.toMatchObject({ code: 'session-unwritable' });
    await expect(once(sessionOn(tape, unwritable), 'send', work)).rejects.toThrow();
    expect(await once(sessionOn(tape), 'send', work)).toEqual({ value: 'effect 1' });
    expect([state.count, names(tape)]).toEqual([1, ['send/begin', 'send']]);
  });

  it('is interrupted to another process when its record failed', async () => {
    const tape = newTape();
    const { state, work } = counted();
    await once(sessionOn(tape, unwritable), 'send', work).catch(() => {});
    expect(await (await otherOnce())(sessionOn(tape), 'send', work)).toEqual({ interrupted: true });
    expect(state.count).toBe(1);
  });

  it('that throws is thrown on, is not repeated here, and is interrupted elsewhere', async () => {
    for (const isSudden of [true, false]) {
      const tape = newTape();
      let count = 0;
      const work = (): Promise<never> => {
        count++;
        if (isSudden) throw new Error('broken');
        return Promise.reject(new Error('broken'));
      };
      await expect(once(sessionOn(tape), 'send', work)).rejects.toThrow('broken');
      await expect(once(sessionOn(tape), 'send', work)).rejects.toThrow('broken');
      expect([isSudden, count]).toEqual([isSudden, 1]);
      expect(await once(sessionOn(inOtherProcess(tape)), 'send', work)).toEqual({ interrupted: true });
      expect(count).toBe(1);
    }
  });

  it('is given a key of its own, the same however often it is asked for', async () => {
    const { state, work } = counted();
    const tape = newTape();
    await once(sessionOn(tape), 'a', work);
    await once(sessionOn(tape), 'b', work);
    expect(new Set(state.keys).size).toBe(2);
    expect(state.keys[0]).toBe((tape.records[0]!.value as { id: string }).id);
  });

  it('does not begin when its intent cannot be written', async () => {
    const { state, work } = counted();
    const step: Durable['step'] = () => Promise.reject(new Error('The disk is full.'));
    await expect(once({ step }, 'send', work)).rejects.toThrow('The disk is full.');
    expect(state.count).toBe(0);
  });
});
