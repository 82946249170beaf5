import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ContextWindow, type CutPlan } from '../../../src/agent/context/index.ts';
import type { Message } from '../../../src/core/index.ts';
import { conversation, goThrough, hostTokens, K26, problemsOf } from './conversation.ts';

const options = fc.record({
  keepRounds: fc.integer({ min: 1, max: 10 }),
  keepTokens: fc.constantFrom(0, 1_000, 16_000),
  threshold: fc.constantFrom('auto' as const, 5_000, 30_000),
  maxTokens: fc.constantFrom(8_000, 50_000, 200_000),
});

test('a view is one that hosts take, whatever was appended and cut', () => {
  fc.assert(
    fc.property(conversation, options, fc.array(fc.nat(9), { maxLength: 40 }), (pieces, given, dice) => {
      const window = new ContextWindow(given, K26, 262_144);
      let turn = 0;
      goThrough(window, pieces, () => {
        expect(problemsOf(window.messages)).toEqual([]);
        if (dice[turn++ % (dice.length + 1)] !== 0) return;
        for (let cut = window.overflowed(); cut; cut = window.overflowed()) {
          window.apply(cut);
          expect(problemsOf(window.messages)).toEqual([]);
        }
      });
    }),
    { numRuns: 100 },
  );
});

test('between two cuts what was sent is the beginning of what is sent next, message by message', () => {
  let cuts = 0;
  fc.assert(
    fc.property(conversation, options, (pieces, given) => {
      const window = new ContextWindow(given, K26, 262_144);
      let sent: readonly Message[] = [];
      goThrough(window, pieces, (cut) => {
        if (cut) cuts++;
        else expect(sent.findIndex((message, index) => window.messages[index] !== message)).toBe(-1);
        sent = window.messages.slice();
      });
    }),
  );
  expect(cuts).toBeGreaterThan(100);
});

test('a cut for the price leaves the wanted rounds as the very objects that were appended', () => {
  let cuts = 0;
  fc.assert(
    fc.property(conversation, fc.integer({ min: 1, max: 10 }), (pieces, keepRounds) => {
      const window = new ContextWindow({ keepRounds, keepTokens: 0 }, K26, 10_000_000);
      goThrough(window, pieces, (cut) => {
        if (!cut) return;
        cuts++;
        expect(cut.reason).toBe('price');
        const turns = window.history.flatMap(({ role }, index) => (role === 'assistant' ? [index] : []));
        const wanted = window.history.slice(turns.at(-keepRounds));
        const kept = window.messages.slice(-wanted.length);
        expect(wanted.findIndex((message, index) => kept[index] !== message)).toBe(-1);
      });
    }),
  );
  expect(cuts).toBeGreaterThan(100);
});

test('the task stays, and so does the last thing that the user said', () => {
  fc.assert(
    fc.property(conversation, options, (pieces, given) => {
      const window = new ContextWindow(given, K26, 262_144);
      goThrough(window, pieces, () => {
        const asked = window.history.filter(({ role }) => role === 'user');
        expect(window.messages).toContain(asked[0]);
        expect(window.messages).toContain(asked.at(-1));
      });
    }),
  );
});

test('the cuts of a record give the same view again: all of them in their places, or the last one alone', () => {
  let replays = 0;
  fc.assert(
    fc.property(conversation, options, (pieces, given) => {
      const window = new ContextWindow(given, K26, 262_144);
      const record: string[] = [];
      goThrough(window, pieces, (cut) => cut && record.push(JSON.stringify(cut)));
      const cuts = record.map((text) => JSON.parse(text) as CutPlan);
      const inPlace = new ContextWindow(given, K26, 262_144);
      let at = 0;
      for (const cut of cuts) {
        inPlace.append(window.history.slice(at, cut.at));
        inPlace.apply(cut);
        at = cut.at;
      }
      inPlace.append(window.history.slice(at));
      expect(inPlace.messages).toEqual(window.messages);
      const atOnce = new ContextWindow(given, K26, 262_144);
      atOnce.append(window.history);
      const last = cuts.at(-1);
      if (!last) return;
      replays++;
      atOnce.apply(last);
      expect(atOnce.messages).toEqual(window.messages);
    }),
  );
  expect(replays).toBeGreaterThan(50);
});

test('no prompt is above the ceiling where cutting can help it', () => {
  fc.assert(
    fc.property(conversation, (pieces) => {
      const maxTokens = 60_000;
      const window = new ContextWindow({ maxTokens }, K26, undefined);
      goThrough(window, pieces, (cut) => {
        const tokens = hostTokens(window.messages);
        // Until the host has reported once, instructions and tools are not known.
        if (window.history.length > 2) expect(tokens).toBeLessThan(maxTokens * 1.15);
        if (cut?.reason === 'ceiling') expect(tokens).toBeLessThan(maxTokens * 0.8);
      });
    }),
  );
});
