import { describe, expect, test } from 'vitest';
import { type FileFormat, merged } from '../../src/connect/index.ts';
import { PerigeeError } from '../../src/core/index.ts';

/** What is said of a text that cannot be merged into. */
function refusal(format: FileFormat, text: string, fragment = {}): string {
  try {
    merged(format, text, { a: 1, ...fragment });
  } catch (error) {
    if (error instanceof PerigeeError) return `${error.code}: ${error.message}`;
    throw error;
  }
  throw new Error('It was merged.');
}

describe('a text that does not parse is refused with its place', () => {
  test.each<[FileFormat, string, RegExp]>([
    ['json', '{\n  "a": 1\n  "b": 2\n}', /^config-invalid: line 3, column 3: /],
    ['json', '{"a": ', /^config-invalid: line 1, /],
    ['jsonc', '{\n  // fine\n  unquoted: 1\n}', /^config-invalid: line 3, /],
    ['json5', "{ a: 'open }", /^config-invalid: line 1, /],
    ['json', '{} {}', /^config-invalid: line 1, /],
    ['yaml', 'a: 1\n  b: 2\n', /^config-invalid: line \d+, column \d+: /],
    ['yaml', 'a: [1, 2\nb: 3\n', /^config-invalid: line \d+, /],
    ['yaml', 'a: 1\na: 2\n', /^config-invalid: line 2, .*unique/],
    ['yaml', 'a: 1\n---\nb: 2\n', /^config-invalid: .*multiple documents/],
    ['toml', 'a = = 1\n', /^config-invalid: line 1, column \d+: /],
    ['toml', 'x = 1\n[a\n', /^config-invalid: line 2, /],
    ['toml', 'x = 1\nx = 2\n', /^config-invalid: /],
    ['block', 'x\n# >>> perigee >>>\ny\n', /^config-invalid: line 2: /],
    ['block', '# <<< perigee <<<\n# >>> perigee >>>\n', /^config-invalid: line 2: /],
  ])('%s %j', (format, text, expected) => {
    expect(refusal(format, text)).toMatch(expected);
  });
});

test('what is nested without end is refused, not read until the stack is full', () => {
  expect(refusal('json5', '['.repeat(50_000))).toMatch(/^config-invalid: /);
  expect(refusal('toml', `a = ${'['.repeat(50_000)}`)).toMatch(/^config-invalid: /);
});

test('a YAML file that multiplies itself by aliases is refused', () => {
  const lines = ['a: &a [x, x, x, x, x, x, x, x, x, x]'];
  for (let i = 1; i < 10; i++)
    lines.push(
      `l${i}: &l${i} [${Array(10)
        .fill(`*${i === 1 ? 'a' : `l${i - 1}`}`)
        .join(', ')}]`,
    );
  expect(refusal('yaml', `${lines.join('\n')}\n`)).toMatch(/^config-invalid: .*alias/i);
});

describe('a list or table is never lost because something else was expected', () => {
  test.each<[FileFormat, string]>([
    ['json', '{"a": {"kept": true}}'],
    ['yaml', 'a:\n  - kept\n'],
    ['toml', '[a]\nkept = true\n'],
    ['json', '["a list"]'],
    ['yaml', 'only a sentence\n'],
  ])('%s %j', (format, text) => {
    expect(refusal(format, text)).toMatch(/^config-invalid: .* is a .*the set-up needs a/);
  });

  test('what stands behind an alias is left to the user', () => {
    const text = 'base: &base\n  url: x\nproviders:\n  perigee: *base\n';
    expect(() => merged('yaml', text, { providers: { perigee: { url: 'y' } } })).toThrow(/alias/);
    const inherited = 'base: &base\n  url: x\nproviders:\n  <<: *base\n';
    expect(() => merged('yaml', inherited, { providers: { url: 'y' } })).toThrow(/alias/);
  });
});

describe('an empty file', () => {
  test.each<[FileFormat, string, string]>([
    ['json', '', '{\n  "a": [1, 2]\n}\n'],
    ['json', ' \n', '{\n  "a": [1, 2]\n}\n'],
    ['json5', '{}', '{\n  "a": [1, 2]\n}'],
    ['yaml', '', 'a: [1, 2]\n'],
    ['yaml', '# mine\n', '# mine\na: [1, 2]\n'],
    ['yaml', '---\n', '---\na: [1, 2]\n'],
    ['toml', '', 'a = [1, 2]\n'],
    ['toml', '# mine', '# mine\na = [1, 2]\n'],
  ])('%s %j', (format, text, after) => {
    expect(merged(format, text, { a: [1, 2] })).toBe(after);
  });
});

describe('layout', () => {
  test('JSON keeps tabs, and a comma at the end where there was one', () => {
    const text = '{\n\t"a": 1, // one\n}\n';
    expect(merged('jsonc', text, { b: { c: 2 } })).toBe(
      '{\n\t"a": 1, // one\n\t"b": {\n\t\t"c": 2\n\t},\n}\n',
    );
  });

  test('JSON on one line stays on one line', () => {
    expect(merged('json', '{"a":{"b":[1]}}', { a: { c: 2 }, d: [{ e: 3 }] })).toBe(
      '{"a":{"b":[1], "c": 2}, "d": [{ "e": 3 }]}',
    );
  });

  test('of JSON keys that stand there twice the one that counts is changed', () => {
    expect(merged('json', '{"a": 1, "a": 2}', { a: 3 })).toBe('{"a": 1, "a": 3}');
  });

  test('YAML keeps its indentation, and comments at the ends of lines', () => {
    const text = 'models:\n    - name: mine # first\n      roles:\n          - chat\n\n# tail\n';
    const rules = { identify: { models: ['name'] } };
    expect(merged('yaml', text, { models: [{ name: 'k', o: { c: 1 } }] }, rules)).toBe(
      'models:\n    - name: mine # first\n      roles:\n          - chat\n    - name: k\n      o:\n        c: 1\n\n# tail\n',
    );
  });

  test('YAML after a text of several lines', () => {
    const text = 'a:\n  note: |\n    one\n    two\n';
    expect(merged('yaml', text, { a: { b: 1 } })).toBe('a:\n  note: |\n    one\n    two\n  b: 1\n');
  });

  test('YAML values that stand there as null are filled', () => {
    expect(merged('yaml', 'a: # none yet\nb: 1\n', { a: { c: 2 } })).toBe('a: # none yet\n  c: 2\nb: 1\n');
    expect(merged('yaml', 'a:\n', { a: 'x' })).toBe('a: x\n');
    expect(merged('yaml', 'a: ~\n', { a: { b: 'x' } })).toBe('a: {"b": "x"}\n');
  });

  test('TOML puts plain values before the first section and its comments, new tables at the end', () => {
    const text = '# about the file\n\n# about tools\n[tools]\nx = 1 # one\n';
    expect(merged('toml', text, { model: 'k', providers: { p: { url: 'u' } }, tools: { y: 2 } })).toBe(
      '# about the file\n\nmodel = "k"\n\n# about tools\n[tools]\nx = 1 # one\ny = 2\n\n[providers.p]\nurl = "u"\n',
    );
  });

  test('TOML tables on one line get what they lack on that line, without a comma at the end', () => {
    expect(merged('toml', 'p = { a = { b = 1 } } # c\n', { p: { a: { d: 2 }, e: {} } })).toBe(
      'p = { a = { b = 1, d = 2 }, e = {} } # c\n',
    );
  });

  test('TOML keys with dots stay keys with dots', () => {
    expect(merged('toml', 'a.b.c = 1\n', { a: { b: { d: 2 } } })).toBe('a.b.c = 1\na.b.d = 2\n');
  });

  test('TOML lists of tables are left as they are', () => {
    const text = '[[hooks]]\nname = "x"\n\n[[hooks]]\nname = "y"\n';
    expect(merged('toml', text, { model: 'k' })).toBe(`model = "k"\n\n${text}`);
  });

  test('a script gets its lines between two comments, and other ones there next time', () => {
    const once = merged('block', 'alias x=y', 'one\ntwo\n');
    expect(once).toBe('alias x=y\n\n# >>> perigee >>>\none\ntwo\n# <<< perigee <<<\n');
    expect(merged('block', `${once}after\r\n`, 'three')).toBe(
      'alias x=y\n\n# >>> perigee >>>\nthree\n# <<< perigee <<<\nafter\r\n',
    );
  });
});
