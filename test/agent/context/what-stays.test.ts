import { describe, expect, test } from 'vitest';
import { ContextWindow } from '../../../src/agent/context/index.ts';
import { type Message, textOf } from '../../../src/core/index.ts';
import { answer, goThrough, hostTokens, K26, noteOf, round, TASK, user, worked } from './conversation.ts';

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

  /** A long conversation in which each question takes three steps, with the sizes of questions and answers. */
  function talk(question: number, answered: number) {
    const context = new ContextWindow({ keepRounds: 3, keepTokens: 0 }, K26, undefined);
    const pieces = Array.from({ length: 90 }, (_, step) => [
      ...(step % 3 === 0 && step > 0
        ? [answer(`Answer ${step} ${'a'.repeat(answered)}`), user(`Question ${step} ${'q'.repeat(question)}`)]
        : []),
      ...round(step, [4_000]),
    ]);
    goThrough(context, [[TASK], ...pieces]);
    const stepsOf = (role: string, pattern: RegExp) =>
      context.messages
        .flatMap((message) =>
          message.role === role ? (pattern.exec(textOf(message.content))?.[1] ?? []) : [],
        )
        .map(Number);
    return {
      context,
      asked: stepsOf('user', /^Question (\d+)/),
      answers: stepsOf('assistant', /^Answer (\d+)/),
    };
  }
  const every = (from: number) =>
    Array.from({ length: 29 }, (_, index) => 3 * index + 3).filter((step) => step >= from);

  test('what the user said stays, in its order, and of the answers the latest that there is room for', () => {
    const { context, asked, answers } = talk(20, 6_000);
    expect(asked).toEqual(every(0));
    expect(answers).toEqual(every(answers[0] ?? 0));
    expect(answers.length).toBeGreaterThan(4);
    expect(answers.length).toBeLessThan(15);
    expect(noteOf(context)).toMatch(/earlier steps and \d+ earlier messages were cut/);
    expect(hostTokens(context.messages)).toBeLessThan(30_000);
  });

  test('of many long questions the latest stay, and no answer without its question', () => {
    const { context, asked, answers } = talk(6_000, 600);
    expect(asked).toEqual(every(asked[0] ?? 0));
    expect(asked.length).toBeGreaterThan(4);
    expect(asked.length).toBeLessThan(15);
    expect(Math.min(...answers)).toBeGreaterThan(asked[0] ?? 0);
    expect(hostTokens(context.messages)).toBeLessThan(30_000);
  });

  test('the last thing that the user said stays, however long it is', () => {
    const context = new ContextWindow({ keepRounds: 2, keepTokens: 0 }, K26, 262_144);
    const specification = user('s'.repeat(90_000));
    const pieces = Array.from({ length: 60 }, (_, step) => round(step + 1, [9_000]));
    goThrough(context, [[TASK], [...round(0, [10]), answer('Go on?'), specification], ...pieces]);
    expect(context.messages.indexOf(specification)).toBe(1);
    goThrough(context, [
      [answer('Done.'), user('Thanks.')],
      ...Array.from({ length: 60 }, (_, step) => round(step + 100, [9_000])),
    ]);
    expect(context.messages).not.toContain(specification);
    expect(context.messages.map(({ content }) => content)).toContain('Thanks.');
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
