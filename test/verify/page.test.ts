import { expect, test } from 'vitest';
import { renderPage, SUITE } from '../../src/verify/index.ts';
import { labelledHost } from './labelled-host.ts';
import { measure, sideAt } from './measuring.ts';

const HOSTILE = `</pre><script>alert(1)</script><img src=x onerror=alert(2)> "'&\u202e\u0007\x1b[31m`;
const CASES = SUITE.filter(({ category }) => category === 'single' || category === 'long-arguments');

async function page(): Promise<string> {
  const { baseUrl } = await labelledHost({
    spoil: (answer) => ({
      ...answer,
      finishReason: HOSTILE,
      calls: answer.calls.map((call) => ({ ...call, name: `${call.name}${HOSTILE}`, id: HOSTILE })),
    }),
  });
  const { reports } = await measure([sideAt(baseUrl), sideAt(baseUrl, 'gateway')], { cases: CASES });
  const named = reports.map((report) => ({ ...report, model: HOSTILE, where: HOSTILE }));
  return renderPage({ sides: named, suite: HOSTILE, at: '2026-11-25T00:00:00Z', interrupted: true });
}

test('what a host wrote is text on the page, and nothing else', async () => {
  const text = await page();
  expect(text).not.toMatch(/<script|<img|onerror=alert\(2\)>/);
  expect(text).toContain('&lt;script&gt;alert(1)');
  expect(text).not.toMatch(/[\u202e\u0007\x1b]/);
  expect(text).toContain('\\u202e');
  // Every tag is one of the page's own, and closed.
  const open: string[] = [];
  for (const [, slash, name, rest] of text.matchAll(/<(\/?)([a-z0-9]+)([^>]*)>/g)) {
    expect([
      'html',
      'head',
      'meta',
      'title',
      'style',
      'body',
      'h1',
      'h2',
      'h3',
      'p',
      'div',
      'b',
      'br',
      'span',
      'table',
      'tr',
      'th',
      'td',
      'pre',
      'svg',
      'text',
      'tspan',
      'rect',
    ]).toContain(name);
    if (slash) expect(open.pop()).toBe(name);
    else if (!['meta', 'br'].includes(name!) && !rest!.endsWith('/')) open.push(name!);
  }
  expect(open).toEqual([]);
});

test('the page asks for nothing from anywhere', async () => {
  const text = await page();
  expect(text).not.toMatch(/<[^>]*\b(src|href|srcset|action)\s*=/);
  expect(text).not.toMatch(/@import|url\(/);
  expect(text).toContain(`content="default-src 'none'; style-src 'unsafe-inline'"`);
  // http(s) addresses stand there as text alone.
  expect(text.match(/<svg /g)!.length).toBeGreaterThanOrEqual(3);
  expect(text).toContain('prefers-color-scheme: dark');
  expect(text).toContain('@media print');
});

test('the plots show what the table says', async () => {
  const { baseUrl } = await labelledHost({ spoil: (answer) => ({ ...answer, finishReason: 'stop' }) });
  const { reports } = await measure([sideAt(baseUrl)], { cases: CASES });
  const text = renderPage({ sides: reports, suite: 's', at: 'now', interrupted: false });
  expect(text).toContain('>0 %<tspan');
  expect(text).toContain('>100 %<tspan');
  expect(text).toContain('class="bad" x="400"');
  expect(text).toContain('width="380.0"');
  expect(text).toContain('The finish reason does not say what came');
});
