import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { AgentEvent } from '../../src/agent/index.ts';
import { questionText } from '../../src/cli/terminal/question.ts';
import { duration } from '../../src/cli/terminal/screen.ts';
import { textWidth } from '../../src/cli/terminal/text.ts';
import { Worklog } from '../../src/cli/terminal/worklog.ts';
import { VirtualScreen } from './virtual-screen.ts';

beforeEach(() => void vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] }));
afterEach(() => void vi.useRealTimers());

/** A step with calls; the sevenths fail. */
function step(number: number, calls: number, text = '{}', output = 'fine'): AgentEvent[] {
  const each = Array.from({ length: calls }, (_, index) => index);
  const call = (index: number) => ({ step: number, index, id: `c${index}`, name: 'look' });
  return [
    { type: 'step-start', step: number, model: 'm' },
    ...each.flatMap((index): AgentEvent[] => [
      { type: 'tool-call-start', ...call(index) },
      { type: 'tool-call-delta', step: number, index, delta: text },
      { type: 'tool-call-end', step: number, index },
    ]),
    ...each.map((index): AgentEvent => ({ type: 'tool-start', ...call(index), arguments: text })),
    ...each.map((index): AgentEvent => {
      const isError = index % 7 === 6;
      return { type: 'tool-result', ...call(index), arguments: text, output, isError, executed: true, ms: 5 };
    }),
    {
      type: 'step-end',
      step: number,
      usage: { inputTokens: 1000, cachedInputTokens: 900, outputTokens: 20 },
      cost: 0.01,
      durationMs: 5,
    },
  ];
}

function shown(events: readonly AgentEvent[], screen: VirtualScreen): VirtualScreen {
  const worklog = new Worklog(screen);
  for (const event of events) worklog.show(event);
  return screen;
}

test('a long run says every fifty steps how far it is', () => {
  const events = Array.from({ length: 120 }, (_, number) => step(number, 1)).flat();
  const { lines } = shown(events, new VirtualScreen({ live: false, columns: 120 }));
  expect(lines.filter((line) => line.startsWith('—'))).toEqual([
    '— 50 steps · 50 calls · 50.0k tokens in (90 % cached), 1,000 out · $0.5000 · 0 ms —',
    '— 100 steps · 100 calls · 100.0k tokens in (90 % cached), 2,000 out · $1.00 · 0 ms —',
  ]);
  expect(lines.length).toBeLessThan(120 * 4);
});

test('a live screen says below the calls how far the run is, and leaves nothing of it behind', () => {
  const screen = new VirtualScreen();
  const worklog = new Worklog(screen);
  for (const event of step(0, 1)) worklog.show(event);
  worklog.show({ type: 'step-start', step: 1, model: 'm' });
  expect(screen.lines.at(-2)).toBe(
    '  step 2 · 1 call · 1,000 tokens in (90 % cached), 20 out · $0.0100 · 0 ms',
  );
  worklog.show({ type: 'text-delta', step: 1, delta: 'Done.' });
  expect(screen.text).toBe('  ✓ look {} 5 ms\n    fine\n\nDone.');
});

test('of two hundred calls side by side the first and some that failed stay, and the rest is counted', () => {
  const screen = shown(step(0, 200), new VirtualScreen({ rows: 20 }));
  expect(screen.lines.filter((line) => /✓|✗/.test(line)).length).toBe(40);
  expect(screen.text).toContain('… and 160 more, 6 of them failed');
  expect(screen.lost).toBe(0);
});

test.each([24, 40, 100])('huge and hostile calls take a line each on %i columns', (columns) => {
  const evil = '\u001b[2J\u202ex\n'.repeat(200_000);
  for (const live of [true, false]) {
    const screen = shown(step(0, 3, evil, evil), new VirtualScreen({ columns, live }));
    expect(screen.lines.length).toBeLessThan(12);
    expect(screen.text).not.toMatch(/[\u001b\u202e]/);
  }
});

test('a question holds back all else until it is answered', () => {
  const screen = new VirtualScreen();
  const worklog = new Worklog(screen);
  for (const event of step(0, 1).slice(0, 4)) worklog.show(event);
  const release = worklog.hold();
  const before = screen.text;
  worklog.note('printed by a tool');
  vi.advanceTimersByTime(500);
  expect(screen.text).toBe(before);
  release();
  expect(screen.text).toContain('printed by a tool');
  expect(screen.text).toContain('look {}');
});

test('a question shows what fits, every character of it, and says what it leaves out', () => {
  const request = {
    step: 0,
    index: 0,
    id: 'c',
    name: 'shell\u001b[2J',
    arguments: 'rm -rf /tmp/x '.repeat(20),
  };
  const lines = questionText(request, 40).trimEnd().split('\n');
  expect(lines[0]).toBe('? shell');
  expect(lines.filter((line) => textWidth(line) > 40)).toEqual([]);
  expect(
    lines
      .slice(1)
      .map((line) => line.slice(4))
      .join(''),
  ).toBe(request.arguments.trimEnd());
  const long = questionText({ ...request, preview: 'line\n'.repeat(500) }, 80);
  expect(long.split('\n').length).toBeLessThan(50);
  expect(long).toContain('… it goes on: 2,500 characters in all, not all are shown');
});

test.each([
  [431, '431 ms'],
  [2400, '2.4 s'],
  [119_900, '119.9 s'],
  [185_000, '3 min 5 s'],
  [40_800_000, '11 h 20 min'],
  [183_600_000, '2 d 3 h'],
])('%i milliseconds are read as %s', (ms, text) => {
  expect(duration(ms)).toBe(text);
});
