import { describe, expect, test } from 'vitest';
import { ContextWindow, type CutPlan } from '../../../src/agent/context/index.ts';
import { type Message, PerigeeError } from '../../../src/core/index.ts';
import { answer, goThrough, K26, round, rounds, TASK, user, worked } from './conversation.ts';

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
    const context = new ContextWindow({ keepRounds: 3, keepTokens: 0 }, K26, undefined);
    const pieces = Array.from({ length: 60 }, (_, step) => {
      const [call, ...results] = round(step, [5_000, 4_000]) as [Message, Message, Message];
      return [call, user('Hurry.'), ...results];
    });
    let cuts = 0;
    goThrough(context, [[TASK], ...pieces], (cut) => {
      if (cut) cuts++;
      const called = context.messages.flatMap((message) =>
        message.role === 'assistant' ? (message.toolCalls ?? []).map(({ id }) => id) : [],
      );
      const answered = context.messages.flatMap((message) =>
        message.role === 'tool' ? [message.toolCallId] : [],
      );
      expect(answered).toEqual(called);
    });
    expect(cuts).toBeGreaterThan(5);
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
    [context, { at: cut.at, tailFrom: cut.tailFrom } as CutPlan],
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
