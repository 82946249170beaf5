import { describe, expect, test } from 'vitest';
import { WaitingRoom, type WaitingRoomOptions } from '../../../src/durable/postgres/waiting-room.ts';

/** A question whose end the test decides. */
function question() {
  let answer = () => {};
  let fail = (_why: Error) => {};
  let begun = false;
  const end = new Promise<string>((resolve, reject) => {
    answer = () => resolve('answer');
    fail = reject;
  });
  const work = () => {
    begun = true;
    return end;
  };
  return { work, answer, fail, isBegun: () => begun };
}

const away = (text: string) => new Error(`away: ${text}`);
const room = (options: Partial<WaitingRoomOptions> = {}) =>
  new WaitingRoom({
    lanes: 2,
    isAway: (error) => /^away/.test((error as Error).message),
    tries: 'questions',
    // For ever, where a test does not say otherwise.
    youngMs: 100_000,
    ...options,
  });
/** Lets everything happen that waits for nothing. */
const settled = () => new Promise((resolve) => setImmediate(resolve));

/** A room whose database was found away. */
async function closedRoom(options: Partial<WaitingRoomOptions> = {}): Promise<WaitingRoom> {
  const closed = room(options);
  await expect(closed.ask(() => Promise.reject(away('at first')))).rejects.toThrow('away: at first');
  expect(closed.isAway).toBe(true);
  return closed;
}

describe('questions to a database', () => {
  test('are let in as many at a time as there are lanes, in the order in which they came', async () => {
    const one = room();
    const questions = Array.from({ length: 5 }, question);
    const answers = questions.map(({ work }) => one.ask(work));
    const begun = () => questions.map(({ isBegun }) => isBegun());
    await settled();
    expect(begun()).toEqual([true, true, false, false, false]);
    questions[1]!.answer();
    await settled();
    expect(begun()).toEqual([true, true, true, false, false]);
    questions[0]!.fail(new Error('refused'));
    await expect(answers[0]).rejects.toThrow('refused');
    expect(begun()).toEqual([true, true, true, true, false]);
    for (const { answer } of questions) answer();
    expect(await Promise.all(answers.slice(1))).toEqual(['answer', 'answer', 'answer', 'answer']);
    expect(one.isAway).toBe(false);
  });

  test('that go first wait for no lane', async () => {
    const one = room({ lanes: 1 });
    const [first, second, third] = [question(), question(), question()];
    const answers = [one.ask(first.work), one.ask(second.work), one.askFirst(third.work)];
    await settled();
    expect([first, second, third].map(({ isBegun }) => isBegun())).toEqual([true, false, true]);
    for (const { answer } of [first, second, third]) answer();
    expect(await Promise.all(answers)).toHaveLength(3);
  });
});

describe('while a database is away', () => {
  test('one tries it, the others wait what comes of it, and all are answered when it is back', async () => {
    const one = await closedRoom();
    const [first, ...others] = Array.from({ length: 6 }, question);
    const answers = [first!, ...others].map(({ work }) => one.ask(work));
    await settled();
    expect(first!.isBegun()).toBe(true);
    expect(others.some(({ isBegun }) => isBegun())).toBe(false);
    for (const { answer } of others) answer();
    first!.answer();
    expect(await Promise.all(answers)).toHaveLength(6);
    expect(one.isAway).toBe(false);
  });

  test('who came after a try had begun does not fail with it: it may be back since', async () => {
    const one = await closedRoom();
    const [early, late, later] = [question(), question(), question()];
    const answers = [early, late, later].map(({ work }) => one.ask(work));
    early.fail(away('before'));
    await expect(answers[0]).rejects.toThrow('away: before');
    await settled();
    expect([late, later].map(({ isBegun }) => isBegun())).toEqual([true, false]);
    late.answer();
    later.answer();
    expect(await Promise.all(answers.slice(1))).toEqual(['answer', 'answer']);
  });

  test('who waited for a try that began after he came fails with it, and does not try too', async () => {
    const one = await closedRoom();
    const [early, late, ...others] = Array.from({ length: 5 }, question);
    const answers = [early!, late!, ...others].map(({ work }) => one.ask(work));
    late!.fail(away('still'));
    early!.fail(away('before'));
    for (const answer of (await Promise.allSettled(answers)).slice(1)) {
      expect(answer).toMatchObject({ status: 'rejected', reason: { message: 'away: still' } });
    }
    expect(others.some(({ isBegun }) => isBegun())).toBe(false);
  });

  test('nobody waits with a try that is not answered for a moment', async () => {
    const one = await closedRoom({ youngMs: 1 });
    const [silent, second, third] = [question(), question(), question()];
    const tried = one.ask(silent.work);
    await expect(one.ask(second.work)).rejects.toThrow('away: at first');
    await expect(one.ask(third.work)).rejects.toThrow('away: at first');
    expect([second, third].some(({ isBegun }) => isBegun())).toBe(false);
    silent.answer();
    expect(await tried).toBe('answer');
    third.answer();
    expect(await one.ask(third.work)).toBe('answer');
  });

  test('who waited for a lane is not left behind', async () => {
    const one = room({ lanes: 1 });
    const [first, second, third] = [question(), question(), question()];
    const answers = [first, second, third].map(({ work }) => one.ask(work));
    first.fail(away('now'));
    await expect(answers[0]).rejects.toThrow('away: now');
    await settled();
    expect([second, third].map(({ isBegun }) => isBegun())).toEqual([true, false]);
    second.answer();
    third.answer();
    expect(await Promise.all(answers.slice(1))).toEqual(['answer', 'answer']);
  });

  test('a try that is refused shows that it is back', async () => {
    const one = await closedRoom();
    await expect(one.ask(() => Promise.reject(new Error('no such table')))).rejects.toThrow('no such table');
    expect(one.isAway).toBe(false);
  });

  test('what was asked before it came back and fails afterwards does not send anybody away', async () => {
    const one = room();
    const [old, older] = [question(), question()];
    const answers = [one.ask(older.work), one.ask(old.work)];
    older.fail(away('a connection broke'));
    await expect(answers[0]).rejects.toThrow('a connection broke');
    expect(await one.ask(async () => 'back')).toBe('back');
    old.fail(away('another one too'));
    await expect(answers[1]).rejects.toThrow('another one too');
    expect(one.isAway).toBe(false);
  });

  test('where only a probe may try, every question fails at once, and is told of going once', async () => {
    const gone: unknown[] = [];
    const one = await closedRoom({ tries: 'only-when-told', onAway: (error) => gone.push(error) });
    const [probe, asked, first] = [question(), question(), question()];
    const probed = one.tryNow(probe.work);
    await expect(one.ask(asked.work)).rejects.toThrow('away: at first');
    await expect(one.askFirst(first.work)).rejects.toThrow('away: at first');
    probe.fail(away('still'));
    await expect(probed).rejects.toThrow('away: still');
    await expect(one.ask(asked.work)).rejects.toThrow('away: still');
    expect([asked, first].some(({ isBegun }) => isBegun())).toBe(false);
    expect(gone).toEqual([away('at first')]);
    await one.tryNow(async () => {});
    asked.answer();
    expect(await one.ask(asked.work)).toBe('answer');
  });
});
