import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { AgentEvent } from '../../src/agent/index.ts';
import { Worklog } from '../../src/cli/terminal/worklog.ts';
import { NO_USAGE, PerigeeError } from '../../src/core/index.ts';
import { VirtualScreen } from './virtual-screen.ts';

beforeEach(() => void vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] }));
afterEach(() => void vi.useRealTimers());

const STEP_START: AgentEvent = { type: 'step-start', step: 0, model: 'm' };
const STEP_END: AgentEvent = { type: 'step-end', step: 0, usage: NO_USAGE, cost: 0, durationMs: 1 };
const text = (delta: string): AgentEvent => ({ type: 'text-delta', step: 0, delta });
const reasoning = (delta: string): AgentEvent => ({ type: 'reasoning-delta', step: 0, delta });

function written(index: number, name: string, json: string): AgentEvent[] {
  return [
    { type: 'tool-call-start', step: 0, index, id: `c${index}`, name },
    { type: 'tool-call-delta', step: 0, index, delta: json },
    { type: 'tool-call-end', step: 0, index },
  ];
}

function started(index: number, name: string, json: string): AgentEvent {
  return { type: 'tool-start', step: 0, index, id: `c${index}`, name, arguments: json };
}

function result(index: number, name: string, output: string, isError = false, ms = 50): AgentEvent {
  const call = { step: 0, index, id: `c${index}`, name, arguments: '{}' };
  return { type: 'tool-result', ...call, output, isError, executed: true, ms };
}

function shown(events: readonly AgentEvent[], screen = new VirtualScreen()): VirtualScreen {
  const worklog = new Worklog(screen);
  for (const event of events) worklog.show(event);
  return screen;
}

describe('on a live screen', () => {
  test('the calls of a turn are drawn over in place, and stay with their results', () => {
    const screen = new VirtualScreen();
    const worklog = new Worklog(screen);
    const show = (...events: AgentEvent[]) => {
      for (const event of events) worklog.show(event);
      vi.advanceTimersByTime(80);
    };
    show(
      STEP_START,
      reasoning('Hm.'),
      text('Look:'),
      ...written(0, 'one', '{"a":1}'),
      ...written(1, 'two', '{}'),
    );
    expect(screen.text).toBe('Hm.\n\nLook:\n\n  · one {"a":1}\n  · two {}\n');
    show(started(0, 'one', '{"a":1}'), started(1, 'two', '{}'));
    expect(screen.lines.slice(4)).toEqual([
      expect.stringMatching(/^ {2}. one \{"a":1\} 80 ms$/),
      expect.stringMatching(/^ {2}. two \{\} 80 ms$/),
      '',
    ]);
    show(result(1, 'two', 'second'));
    expect(screen.lines[5]).toBe('  ✓ two {} 50 ms');
    show(result(0, 'one', '{"error":"no luck"}', true), STEP_END, STEP_START, text('Done.'));
    expect(screen.text).toBe(
      'Hm.\n\nLook:\n\n  ✗ one {"a":1} 50 ms\n    no luck\n  ✓ two {} 50 ms\n    second\n' + '\nDone.',
    );
  });

  test('text between two calls stands before the rows, whole', () => {
    const screen = new VirtualScreen();
    const worklog = new Worklog(screen);
    const show = (...events: AgentEvent[]) => {
      for (const event of events) worklog.show(event);
      vi.advanceTimersByTime(100);
    };
    show(STEP_START, ...written(0, 'one', '{}'), text('be'), text('tween'), ...written(1, 'two', '{}'));
    expect(screen.text).toBe('between\n\n  · one {}\n  · two {}\n');
    worklog.note('printed by a tool\n');
    expect(screen.text).toBe('between\n\nprinted by a tool\n\n  · one {}\n  · two {}\n');
  });

  test.each([
    [80, 24],
    [40, 10],
    [20, 6],
  ])('200 calls on %i × %i: no row wraps, none leaves the screen', (columns, rows) => {
    const screen = new VirtualScreen({ columns, rows });
    const worklog = new Worklog(screen);
    const name = 'a_tool_with_quite_a_long_name';
    worklog.show(STEP_START);
    for (let index = 0; index < 200; index++) {
      for (const event of written(index, name, `{"text":"${'漢字 👍'.repeat(20)}"}`)) worklog.show(event);
    }
    for (let index = 0; index < 200; index++) worklog.show(started(index, name, '{"text":"漢字 👍"}'));
    for (let index = 0; index < 100; index++) worklog.show(result(index, name, 'fine', index === 99));
    vi.advanceTimersByTime(100);
    expect(screen.lines.length).toBeLessThanOrEqual(rows);
    expect(screen.text).toMatch(/more; 100 of/);
    for (let index = 100; index < 200; index++) worklog.show(result(index, name, 'fine'));
    worklog.show(STEP_END);
    expect(screen.lost).toBe(0);
    // Twenty rows and the one that failed, each with its result below.
    expect(screen.lines.filter((line) => /[✓✗]/.test(line))).toHaveLength(21);
    expect(screen.lines.filter((line) => line.includes('✗'))).toHaveLength(1);
    expect(screen.text).toContain('and 179 more');
  });

  test('a long call shows how much of it is written', () => {
    const screen = shown([STEP_START, ...written(0, 'write_file', '').slice(0, 1)]);
    expect(screen.text).toBe('  ✎ write_file\n');
    const worklog = new Worklog(screen);
    worklog.show({ type: 'tool-call-start', step: 0, index: 0, id: 'c', name: 'again' });
    for (let n = 0; n < 300; n++) {
      worklog.show({ type: 'tool-call-delta', step: 0, index: 0, delta: 'x'.repeat(1000) });
    }
    vi.advanceTimersByTime(100);
    expect(screen.text).toMatch(/✎ again x+… 300,000 characters\n$/);
  });

  test('a void attempt leaves no calls behind', () => {
    const error = new PerigeeError('stream-cut', 'It broke off.');
    const retry: AgentEvent = { type: 'retry', step: 0, attempt: 1, error, waitMs: 2000 };
    const screen = shown([STEP_START, text('Half'), ...written(0, 'one', '{}'), retry, text('Whole')]);
    expect(screen.text).toBe(
      'Half\n\n! It broke off. What it wrote of this answer is void. Asking again in 2.0 s.\n\nWhole',
    );
  });
});

describe('calls that are not run', () => {
  const unresolved: AgentEvent = {
    type: 'tool-call-invalid',
    step: 0,
    reason: 'unresolved',
    rawId: 'call_abc',
    arguments: '{"z":1}',
  };
  const cut: AgentEvent = {
    type: 'tool-call-invalid',
    step: 0,
    reason: 'cut',
    index: 0,
    rawId: 'functions.one:0',
    name: 'one',
    arguments: '{"a":',
  };

  test.each([true, false])('one that cannot be resolved is shown; live: %s', (live) => {
    const screen = shown([STEP_START, unresolved, STEP_END], new VirtualScreen({ live }));
    expect(screen.text).toContain('✗ call_abc {"z":1}');
    expect(screen.text).toContain('it cannot be told which tool was meant');
  });

  test.each([true, false])(
    'one that was cut is shown once, with what the model was told; live: %s',
    (live) => {
      const events = [
        STEP_START,
        ...written(0, 'one', '{"a":').slice(0, 2),
        cut,
        result(0, 'one', '{"error":"it was cut"}', true),
        STEP_END,
      ];
      const { text: seen } = shown(events, new VirtualScreen({ live }));
      expect(seen.match(/✗/g)).toHaveLength(1);
      expect(seen).toContain('one {"a":');
      expect(seen).toContain('it was cut');
      expect(seen).not.toContain('{"error"');
    },
  );

  test.each([true, false])('one that got its place only after it was cut is one row; live: %s', (live) => {
    const { index: _, ...early } = cut;
    const events = [
      STEP_START,
      early as AgentEvent,
      result(0, 'one', '{"error":"it was cut"}', true),
      STEP_END,
    ];
    const { text: seen } = shown(events, new VirtualScreen({ live }));
    expect(seen.match(/✗/g)).toHaveLength(1);
    expect(seen).toContain('it was cut');
  });

  test.each([true, false])(
    'one that was under way when its process died is not said to have not run; live: %s',
    (live) => {
      const screen = new VirtualScreen({ live });
      const broken = new Worklog(screen);
      for (const event of [STEP_START, ...written(0, 'one', '{}'), started(0, 'one', '{}')])
        broken.show(event);
      broken.close();
      expect(screen.text).toContain('✗ one');
      expect(screen.text).toContain('its result is not known');
      expect(screen.text).not.toContain('not executed');
    },
  );

  test.each([true, false])('one that an answer broke off in is not lost; live: %s', (live) => {
    const worklog = new Worklog(new VirtualScreen({ live }));
    const screen = new VirtualScreen({ live });
    const broken = new Worklog(screen);
    for (const event of [STEP_START, ...written(0, 'one', '{}').slice(0, 2)]) broken.show(event);
    broken.close();
    expect(screen.text).toContain('✗ one {}');
    expect(screen.text).toContain('not executed: the answer broke off');
    expect(worklog.isEmpty).toBe(true);
    expect(broken.isEmpty).toBe(false);
  });
});

describe('without a live screen', () => {
  test('a line when a call starts, a line when its result is there', () => {
    const events = [
      STEP_START,
      text('Look:\n\n'),
      ...written(0, 'get', '{"city":"Rome"}'),
      ...written(1, 'get', '{"city":"Paris"}'),
      started(0, 'get', '{"city":"Rome"}'),
      started(1, 'get', '{"city":"Paris"}'),
      result(1, 'get', 'rain', false, 15),
      result(0, 'get', 'sun', false, 15),
      STEP_END,
      STEP_START,
      text('\n\nFine.\n'),
    ];
    const { text: seen } = shown(events, new VirtualScreen({ live: false }));
    expect(seen).toBe(
      'Look:\n\n  → get {"city":"Rome"}\n  → get {"city":"Paris"}\n' +
        '  ← get {"city":"Paris"} · 15 ms rain\n  ← get {"city":"Rome"} · 15 ms sun\n' +
        '  2 calls side by side: 0 ms instead of 30 ms one by one\n\nFine.\n',
    );
  });

  test('what is told later, faster than it went, does not boast of it', () => {
    const events = [
      STEP_START,
      started(0, 'get', '{"city":"Rome"}'),
      started(1, 'get', '{"city":"Paris"}'),
      result(0, 'get', 'sun', false, 60_000),
      result(1, 'get', 'rain', false, 60_000),
      STEP_END,
    ];
    const { text: seen } = shown(events, new VirtualScreen({ live: false }));
    expect(seen).toContain('rain');
    expect(seen).not.toContain('side by side');
  });
});

describe('what a model or a tool wrote cannot touch the terminal', () => {
  const EVIL = '\x1b]0;owned\x07\x1b[2Ja\x9b31mb\x1b[31mc\u202ed\re\x00f';

  test('in text, however it was cut', () => {
    for (let at = 1; at < EVIL.length; at++) {
      const screen = shown([STEP_START, text(EVIL.slice(0, at)), text(EVIL.slice(at)), text('.')]);
      expect(screen.text).toBe('a31mbcdef.');
    }
  });

  test.each([true, false])('in calls and results; live: %s', (live) => {
    const written0 = written(0, EVIL, EVIL);
    const events = [STEP_START, ...written0, started(0, EVIL, EVIL), result(0, EVIL, EVIL), STEP_END];
    const screen = new VirtualScreen({ live });
    let raw = '';
    const write = screen.write.bind(screen);
    screen.write = (piece) => {
      raw += piece;
      write(piece);
    };
    shown(events, screen);
    const own = raw.replace(/\x1b\[\d+A\x1b\[0J/g, '');
    expect(own).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e]/);
    expect(own).toContain('a31mbcdef');
  });
});
