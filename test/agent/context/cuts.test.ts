import { describe, expect, test } from 'vitest';
import { type ContextOptions, ContextWindow, type CutPlan } from '../../../src/agent/context/index.ts';
import { type Message, PerigeeError, type Prices, textOf } from '../../../src/core/index.ts';
import { answer, goThrough, hostTokens, K26, problemsOf, round, rounds, user } from './conversation.ts';

const TASK = user('Find out why the build fails.');

/** A window that went through a task and so many rounds of one result each. */
function worked(
  count: number,
  size: number,
  {
    options,
    prices = K26,
    window,
  }: { options?: ContextOptions; prices?: Prices | undefined; window?: number } = {},
) {
  const context = new ContextWindow(options, prices, window);
  const cuts: CutPlan[] = [];
  const pieces = [[TASK], ...Array.from({ length: count }, (_, step) => round(step, [size]))];
  goThrough(context, pieces, (cut) => cut && cuts.push(cut));
  return { context, cuts };
}

function noteOf({ messages }: ContextWindow): string {
  const note = messages.find(({ role, content }) => role === 'user' && textOf(content).startsWith('['));
  return note ? textOf(note.content) : '';
}

describe('when a cut is made', () => {
  test('a short run is shown whole', () => {
    const { context, cuts } = worked(15, 3_000);
    expect(cuts).toEqual([]);
    expect(context.messages).toEqual(context.history);
  });

  test('as many steps are carried as the prices ask for, and then they go at once', () => {
    const options = { keepRounds: 10, keepTokens: 0 };
    const dear = worked(200, 4_000, { options, prices: { input: 1, cachedInput: 0.5, output: 1 } }).cuts;
    const cheap = worked(200, 4_000, { options, prices: { input: 1, cachedInput: 0.05, output: 1 } }).cuts;
    // √(2 · (ratio − 1) · 10) is 4.5 and 19.5; whole steps, and the note is read anew too.
    expect(dear[3]?.steps).toBe(5);
    expect(cheap[3]?.steps).toBe(20);
    expect(cheap.every(({ reason }) => reason === 'price')).toBe(true);
  });

  test('unknown prices count as four to one, also prices of zero', () => {
    const stepsAt = (prices: Prices | undefined) => {
      const context = new ContextWindow({ keepRounds: 10, keepTokens: 0 }, prices, undefined);
      const cuts: CutPlan[] = [];
      goThrough(
        context,
        [[TASK], ...Array.from({ length: 100 }, (_, step) => round(step, [4_000]))],
        (cut) => cut && cuts.push(cut),
      );
      return cuts.map(({ at }) => at);
    };
    const four = stepsAt({ input: 4, cachedInput: 1, output: 1 });
    expect(four.length).toBeGreaterThan(5);
    expect(stepsAt(undefined)).toEqual(four);
    expect(stepsAt({ input: 0, cachedInput: 0, output: 0 })).toEqual(four);
  });

  test('where cached tokens are free only the ceiling cuts', () => {
    const { cuts } = worked(100, 8_000, {
      options: { keepRounds: 2, keepTokens: 0 },
      prices: { input: 1, cachedInput: 0, output: 1 },
      window: 131_072,
    });
    expect(cuts[0]?.before).toBeGreaterThan(100_000);
    expect(new Set(cuts.map(({ reason }) => reason))).toEqual(new Set(['ceiling']));
  });

  test('at a threshold in tokens, and not again before it is reached again', () => {
    const { cuts } = worked(200, 4_000, { options: { threshold: 40_000, keepRounds: 10, keepTokens: 0 } });
    expect(cuts.length).toBeGreaterThan(4);
    for (const { reason, before, after, steps } of cuts) {
      expect(reason).toBe('threshold');
      expect(before).toBeGreaterThan(40_000);
      expect(before).toBeLessThan(42_000);
      expect(after).toBeLessThan(17_000);
      expect(steps).toBeGreaterThan(18);
    }
  });

  test('a threshold below what would be kept does not cut at every step', () => {
    const { cuts } = worked(100, 12_000, { options: { threshold: 40_000, keepRounds: 20 } });
    expect(cuts.length).toBeLessThan(100 / 3);
    for (const { after } of cuts) expect(after).toBeLessThan(28_000);
  });

  test('the expected threshold is where the cut then comes', () => {
    const context = new ContextWindow({ keepRounds: 10 }, K26, undefined);
    let expected = 0;
    const misses: number[] = [];
    goThrough(context, [[TASK], ...Array.from({ length: 200 }, (_, step) => round(step, [4_000]))], (cut) => {
      if (cut) misses.push(Math.abs(cut.before - expected) / cut.before);
      expected = context.estimate().threshold;
    });
    expect(misses.length).toBeGreaterThan(5);
    for (const miss of misses.slice(1)) expect(miss).toBeLessThan(0.06);
  });
});

describe('what a cut leaves', () => {
  test('a note that counts what was cut and lists the last calls, and how to read them', () => {
    const { context, cuts } = worked(120, 4_000, { options: { keepRounds: 10 } });
    const steps = cuts.reduce((sum, cut) => sum + cut.steps, 0);
    const note = noteOf(context);
    expect(note).toContain(`[${steps} earlier steps were cut`);
    expect(note).toContain(`read_file ×${steps}.`);
    expect(note).toContain('read_result({"id": …})');
    expect(note).toContain(
      `- functions.read_file:${(steps - 1) * 10} {"path":"src/part-${steps - 1}-0.ts"} → 4,000`,
    );
    expect(note.length).toBeLessThan(1_200);
    expect(context.resultOf('functions.read_file:0')).toBe('x'.repeat(4_000));
  });

  test('the note does not speak of read_result where there is no such tool', () => {
    const context = new ContextWindow({ keepRounds: 2, keepTokens: 0 }, K26, undefined, { readBack: false });
    goThrough(context, [[TASK], ...Array.from({ length: 50 }, (_, step) => round(step, [4_000]))]);
    expect(noteOf(context)).toContain('earlier steps were cut');
    expect(noteOf(context)).not.toContain('read_result');
  });

  test('a call with long arguments does not make the note long', () => {
    const context = new ContextWindow({ keepRounds: 2, keepTokens: 0 }, K26, undefined);
    const long = (step: number): Message[] => {
      const call = {
        id: `functions.write:${step}`,
        name: 'write',
        arguments: `{"text":"${'😀'.repeat(5_000)}"}`,
      };
      return [
        { role: 'assistant', content: '', toolCalls: [call] },
        { role: 'tool', toolCallId: call.id, content: 'done', isError: step % 2 === 0 },
      ];
    };
    goThrough(context, [[TASK], ...Array.from({ length: 50 }, (_, step) => long(step))]);
    const note = noteOf(context);
    expect(note).toMatch(/functions\.write:\d+ \{"text":"😀+… → failed, 4\n/u);
    expect(note.length).toBeLessThan(1_500);
    expect(note.isWellFormed()).toBe(true);
  });

  test('what the user said and was answered stays in its order; very old talk goes, and the note says so', () => {
    const context = new ContextWindow({ keepRounds: 3, keepTokens: 0 }, K26, undefined);
    const pieces = Array.from({ length: 60 }, (_, step) => [
      ...(step % 3 === 0 && step > 0
        ? [answer(`Answer ${step} ${'a'.repeat(3_000)}`), user(`Question ${step}`)]
        : []),
      ...round(step, [4_000]),
    ]);
    goThrough(context, [[TASK], ...pieces]);
    const asked = context.messages.flatMap(({ role, content }) =>
      role === 'user' ? (/^Question (\d+)/.exec(textOf(content))?.[1] ?? []) : [],
    );
    expect(asked.map(Number)).toEqual(asked.map(Number).toSorted((a, b) => a - b));
    expect(asked.at(-1)).toBe('57');
    expect(asked.length).toBeGreaterThan(4);
    expect(asked.length).toBeLessThan(19);
    expect(noteOf(context)).toMatch(/earlier steps and \d+ earlier messages were cut/);
    expect(hostTokens(context.messages)).toBeLessThan(25_000);
  });

  test('instructions given in between stay', () => {
    const context = new ContextWindow({ keepRounds: 2, keepTokens: 0 }, K26, undefined);
    const rule: Message = { role: 'system', content: 'From now on write nothing.' };
    goThrough(context, [
      [TASK],
      round(0, [9_000]),
      [rule],
      ...Array.from({ length: 80 }, (_, step) => round(step + 1, [9_000])),
    ]);
    expect(context.messages.indexOf(rule)).toBe(1);
  });

  test('a summary stands in the note until there is a newer one', () => {
    const context = new ContextWindow(
      { keepRounds: 2, keepTokens: 0, summary: { maxTokens: 100 } },
      K26,
      undefined,
    );
    const summaries = ['The cause is in a.ts.', undefined, `Long. ${'y'.repeat(9_000)}`];
    const notes: string[] = [];
    context.append([TASK]);
    for (let step = 0; notes.length < 3; step++) {
      context.append(round(step, [5_000]));
      const cut = context.plan();
      if (!cut) continue;
      context.apply(cut, summaries[notes.length]);
      notes.push(noteOf(context));
    }
    expect(notes[0]).toContain('What mattered in them:\nThe cause is in a.ts.');
    expect(notes[1]).toContain('The cause is in a.ts.');
    expect(notes[2]).toContain('Long. yyy');
    expect(notes[2]?.length).toBeLessThan(1_500);
  });
});

describe('what does not fit', () => {
  test('fewer rounds than wanted stay where they would fill the window', () => {
    const { context, cuts } = worked(60, 40_000, { window: 131_072 });
    expect(cuts.length).toBeGreaterThan(5);
    for (const { before, after } of cuts) {
      expect(before).toBeLessThan(120_000);
      expect(after).toBeLessThan(75_000);
    }
    expect(problemsOf(context.messages)).toEqual([]);
  });

  test('a single result that is larger than the window is shortened, and can be read back', () => {
    const context = new ContextWindow(undefined, K26, 32_768);
    goThrough(context, [[TASK], round(0, [100]), round(1, [4_000, 900_000])]);
    const shown = context.messages.find(
      (message) => message.role === 'tool' && message.toolCallId === 'functions.read_file:11',
    );
    expect(textOf(shown?.content ?? '')).toContain('read_result({"id": "functions.read_file:11"');
    expect(context.messages).toContain(context.history.at(-2));
    expect(hostTokens(context.messages)).toBeLessThan(27_000);
    expect(context.resultOf('functions.read_file:11')?.length).toBe(900_000);
    expect(problemsOf(context.messages)).toEqual([]);
  });

  test('after an overflow the prompt is halved until nothing is left to cut, and the ceiling is lower from then on', () => {
    const context = new ContextWindow(undefined, K26, 1_000_000);
    context.append([TASK, ...rounds(40, 20_000)]);
    context.told({ inputTokens: hostTokens(context.messages) });
    const sizes: number[] = [];
    for (let cut = context.overflowed(); cut; cut = context.overflowed()) {
      expect(cut.reason).toBe('overflow');
      context.apply(JSON.parse(JSON.stringify(cut)) as CutPlan);
      sizes.push(hostTokens(context.messages));
      expect(problemsOf(context.messages)).toEqual([]);
      expect(context.messages[0]).toBe(TASK);
    }
    expect(sizes.length).toBeGreaterThan(3);
    expect(sizes[0]).toBeLessThan(120_000);
    expect(sizes.at(-1)).toBeLessThan(3_500);
    for (const [index, size] of sizes.entries())
      expect(size).toBeLessThan((sizes[index - 1] ?? Infinity) * 0.95);
    expect(context.estimate().threshold).toBeLessThan(200_000);
  });

  test('a task that alone is too long is not cut, and nothing is cut in vain at every step', () => {
    const context = new ContextWindow({ maxTokens: 20_000 }, K26, undefined);
    const cuts: CutPlan[] = [];
    const long = user('t'.repeat(100_000));
    goThrough(
      context,
      [[long], ...Array.from({ length: 40 }, (_, step) => round(step, [400]))],
      (cut) => cut && cuts.push(cut),
    );
    expect(context.messages[0]).toBe(long);
    expect(cuts.length).toBeLessThan(10);
    const alone = new ContextWindow({ maxTokens: 20_000 }, K26, undefined);
    alone.append([long]);
    expect(alone.plan()).toBeUndefined();
    expect(alone.overflowed()).toBeUndefined();
  });

  test('pictures count by what they are, not by the length of their address', () => {
    const context = new ContextWindow(undefined, K26, 262_144);
    const picture: Message = {
      role: 'user',
      content: [{ type: 'image', url: `data:image/png;base64,${'A'.repeat(3_000_000)}` }],
    };
    context.append([picture]);
    expect(context.estimate().tokens).toBeGreaterThan(500);
    expect(context.estimate().tokens).toBeLessThan(3_000);
  });
});

describe('histories that no loop writes', () => {
  test('nothing, a history without a user, results without calls and calls without results do not throw', () => {
    const histories: Message[][] = [
      [],
      [answer('Hello')],
      [{ role: 'system', content: 'You are careful.' }],
      [{ role: 'tool', toolCallId: 'functions.a:0', content: 'lost' }, TASK, ...rounds(40, 9_000)],
      [...rounds(40, 9_000), TASK],
      [TASK, ...rounds(40, 9_000), round(40, [10])[0] as Message],
      [TASK, round(0, [10])[0] as Message, ...rounds(40, 9_000, 1)],
    ];
    for (const history of histories) {
      const context = new ContextWindow({ keepRounds: 2, keepTokens: 0 }, K26, undefined);
      context.append(history);
      const cut = context.plan();
      if (cut) context.apply(cut);
      expect(context.messages.at(-1)).toBe(history.at(-1));
      for (let harder = context.overflowed(); harder; harder = context.overflowed()) context.apply(harder);
      expect(context.history).toEqual(history);
    }
  });

  test('what stands between a call and its result goes or stays with both', () => {
    const [call, result] = round(0, [9_000]) as [Message, Message];
    const context = new ContextWindow({ keepRounds: 1, keepTokens: 0 }, K26, undefined);
    context.append([TASK, call, user('Hurry.'), result, ...rounds(30, 9_000, 1)]);
    const cut = context.plan();
    expect(cut).toBeDefined();
    if (cut) context.apply(cut);
    expect(problemsOf(context.messages)).toEqual([]);
  });
});

test('a cut of another history is refused before anything is changed', () => {
  const { context, cuts } = worked(60, 9_000, { options: { keepRounds: 3, keepTokens: 0 } });
  const cut = cuts[0] as CutPlan;
  const short = new ContextWindow(undefined, K26, undefined);
  short.append([TASK]);
  const wrong: [ContextWindow, CutPlan][] = [
    [short, cut],
    [context, { ...cut, tailFrom: cut.at + 1 }],
    [context, { ...cut, kept: [3, 2] }],
    [context, { ...cut, kept: [cut.tailFrom] }],
    [context, { ...cut, shortened: [{ position: 0, characters: 10 }] }],
  ];
  for (const [window, plan] of wrong) {
    const before = window.messages;
    expect(() => window.apply(plan)).toThrow(PerigeeError);
    expect(window.messages).toBe(before);
  }
});

test('a step between two cuts looks at nothing old, and a cut only at what stays and what goes', () => {
  let read = new Set<number>();
  const watched = (message: Message, position: number): Message =>
    new Proxy(message, {
      get(target, key, receiver) {
        read.add(position);
        return Reflect.get(target, key, receiver);
      },
    });
  const context = new ContextWindow({ keepRounds: 8, keepTokens: 0 }, K26, 262_144);
  context.append([watched(TASK, 0)]);
  const looked: { cut: boolean; old: number }[] = [];
  for (let step = 0; step < 600; step++) {
    read = new Set();
    const begin = context.history.length;
    context.append(round(step, [4_000]).map((message, index) => watched(message, begin + index)));
    const cut = context.plan();
    if (cut) context.apply(cut);
    context.estimate();
    context.told({ inputTokens: 10_000 + step });
    looked.push({ cut: cut !== undefined, old: [...read].filter((position) => position < begin).length });
  }
  expect(looked.filter(({ cut, old }) => !cut && old > 0)).toEqual([]);
  const cuts = looked.filter(({ cut }) => cut);
  expect(cuts.length).toBeGreaterThan(20);
  for (const { old } of cuts) expect(old).toBeLessThan(100);
});
