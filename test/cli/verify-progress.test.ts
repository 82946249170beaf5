import { expect, test } from 'vitest';
import { ProgressLine } from '../../src/cli/verify/progress.ts';

function written(live: boolean, columns = 80) {
  let text = '';
  const output = { out: () => {}, err: (part: string) => void (text += part), live, columns };
  return { progress: new ProgressLine(output, 'questions'), text: () => text };
}

test('on a terminal a bar is drawn over, and taken away', () => {
  const { progress, text } = written(true);
  progress.show({ done: 0, total: 4, waitMs: 0 });
  expect(text()).toBe(`\r\x1b[2K${'░'.repeat(30)} 0 of 4 questions`);
  progress.show({ done: 3, total: 4, waitMs: 61_000 });
  expect(text()).toContain('3 of 4 questions, waiting 61 s for the host');
  progress.hide();
  expect(text()).toMatch(/\r\x1b\[2K$/);
  expect(text()).not.toContain('\n');
});

test('the bar never takes more than one line', () => {
  const { progress, text } = written(true, 40);
  progress.show({ done: 1, total: 4, waitMs: 90_000 });
  expect([...text().replace('\r\x1b[2K', '')].length).toBeLessThan(40);
});

test('elsewhere a line is written for each tenth, and for each long wait', () => {
  const { progress, text } = written(false);
  for (let done = 0; done <= 100; done++) progress.show({ done, total: 100, waitMs: 0 });
  expect(text().trimEnd().split('\n')).toHaveLength(10);
  progress.show({ done: 100, total: 100, waitMs: 6000 });
  expect(text()).toMatch(/waiting 6 s for the host\n$/);
  expect(text()).not.toContain('\x1b');
});
