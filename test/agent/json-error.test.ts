import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { jsonErrorIn } from '../../src/agent/arguments/json-error.ts';
import { nearest } from '../../src/core/index.ts';

describe('the first error of a JSON text', () => {
  const cases: [string, number, RegExp][] = [
    ['', 0, /^a value$/],
    ['{', 1, /field name/],
    ['{"a"', 4, /":"/],
    ['{"a":}', 5, /a value/],
    ['{"a":1,}', 7, /field name/],
    ['{"a":1 "b":2}', 7, /"," or "}"/],
    ['[1 2]', 3, /"," or "]"/],
    ['[1,]', 3, /a value/],
    ['{"a":01}', 5, /a value/],
    ['{"a":True}', 5, /a value/],
    ['{"a":"\\x"}', 6, /escape/],
    ['{"a":"x', 7, /closing quote/],
    ['{"a":1}}', 7, /nothing more/],
    ['{"a":1} {"b":2}', 8, /nothing more/],
    ['{"a":[1}', 7, /"," or "]"/],
  ];
  for (const [text, position, expected] of cases) {
    it(text, () => {
      const error = jsonErrorIn(text);
      expect(error?.position).toBe(position);
      expect(error?.expected).toMatch(expected);
    });
  }

  it('is found exactly where JSON.parse finds one', () => {
    const pieces = fc.array(
      fc.constantFrom(
        '{',
        '}',
        '[',
        ']',
        ':',
        ',',
        '"a"',
        '"',
        '\\',
        '\\u00',
        '1',
        '-',
        '0.5e3',
        'true',
        'nul',
        ' ',
        '\n',
      ),
      { maxLength: 12 },
    );
    const texts = fc.oneof(
      pieces.map((parts) => parts.join('')),
      fc.json(),
      fc.string(),
    );
    fc.assert(
      fc.property(texts, (text) => {
        expect(jsonErrorIn(text) === undefined).toBe(parses(text));
      }),
      { numRuns: 3000 },
    );
  });

  it('is found in megabytes and in any depth', () => {
    const long = `{"a":"${'x\\n'.repeat(500_000)}"`;
    expect(jsonErrorIn(long)?.position).toBe(long.length);
    expect(jsonErrorIn('['.repeat(200_000))?.position).toBe(200_000);
  });
});

function parses(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

describe('the nearest name', () => {
  const names = ['get_service_health', 'search_logs', 'page_engineer', 'now'];
  it('forgives spelling, case and separators', () => {
    expect(nearest('getServiceHealth', names)).toBe('get_service_health');
    expect(nearest('serach_logs', names)).toBe('search_logs');
    expect(nearest('page-engineers', names)).toBe('page_engineer');
    expect(nearest('Now', names)).toBe('now');
  });

  it('is not there when none is near', () => {
    for (const name of ['weather', '', 'x', 'x'.repeat(1000)]) expect(nearest(name, names)).toBeUndefined();
    expect(nearest('a', [])).toBeUndefined();
  });
});
