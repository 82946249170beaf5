import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseBody } from '../../src/gateway/bodies/body-json.ts';
import { jsonFault } from '../../src/gateway/bodies/json-fault.ts';

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

describe('a body that is not JSON', () => {
  test.each([
    ['{"a": 1 "b": 2}', 'not JSON at line 1, column 9'],
    ['{"a": 1,\n "b": [1, 2,]}', 'not JSON at line 2, column 13'],
    ['{"a": 1,\r\n}', 'not JSON at line 2, column 1'],
    ["{'a': 1}", 'not JSON at line 1, column 2'],
    ['{"a": True}', 'not JSON at line 1, column 7'],
    ['{"a": 01}', 'not JSON at line 1, column 8'],
    ['{"a": "x\ny"}', 'not JSON at line 1, column 9'],
    ['{"a": "\\x"}', 'not JSON at line 1, column 8'],
    ['{} {}', 'not JSON at line 1, column 4'],
    ['model=kimi&stream=1', 'not JSON at line 1, column 1'],
    ['{"a": [1,\n2', 'not JSON: it ends too early, at line 2, column 2'],
    ['{"a": "secret', 'not JSON: it ends too early, at line 1, column 14'],
    ['  ', 'is empty'],
  ])('%j is told where', (text, message) => {
    expect(() => parseBody(text)).toThrow(message);
  });

  test('is not searched where that would take long, nor for brackets without end', () => {
    expect(() => parseBody('['.repeat(1024 * 1024))).toThrow('at line 1, column 1048577');
    expect(() => parseBody('['.repeat(2 * 1024 * 1024))).toThrow('The body is not JSON.');
  });
});

test('a fault is found in just what JSON.parse refuses', () => {
  const json = fc.json({ maxDepth: 3 });
  const edited = fc
    .tuple(
      json,
      fc.nat(),
      fc.nat(3),
      fc.constantFrom('', '"', '\\', ',', ':', '[', '}', '0', 't', '\n', '-', 'e'),
    )
    .map(([text, at, removed, added]) => {
      const place = at % (text.length + 1);
      return text.slice(0, place) + added + text.slice(place + removed);
    });
  fc.assert(
    fc.property(edited, (text) => {
      expect(jsonFault(text) === undefined).toBe(isJson(text));
    }),
    { numRuns: 5000 },
  );
});
