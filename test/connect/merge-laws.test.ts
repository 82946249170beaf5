import { parse as parseToml } from '@decimalturn/toml-patch';
import { evaluate, parse as parseJson } from '@humanwhocodes/momoa';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Document, parse as parseYaml } from 'yaml';
import { type JsonTable, type JsonValue, type MergeRules, merged, printed } from '../../src/connect/index.ts';
import { commented, isWithin, KEYS, marksIn, withComments } from './documents.ts';

const RULES: MergeRules = { identify: { 'shared.models': ['id'] }, keep: ['version'] };
const FRAGMENT: JsonTable = {
  version: '1',
  model: 'perigee/kimi-k2.6',
  providers: {
    perigee: { url: 'http://127.0.0.1:8787/v1', roles: ['chat', 'edit'], limit: { context: 262144 } },
  },
  shared: { models: [{ id: 'kimi-k2.6', window: 262144 }] },
};

const word = fc.constantFrom(...KEYS);
const plain = fc.oneof(
  fc.integer({ min: -99, max: 99 }),
  fc.boolean(),
  fc.constantFrom('a', 'b c', 'x: y', '#no', "it's", ''),
);
const { table } = fc.letrec<{ value: JsonValue; table: JsonTable }>((tie) => ({
  value: fc.oneof({ maxDepth: 3 }, plain, fc.array(plain, { maxLength: 3 }), tie('table')),
  table: fc.dictionary(word, tie('value'), { maxKeys: 4, noNullPrototype: true }),
}));
/** A user's file: some of what the set-up touches may be there already. */
const users = fc
  .tuple(
    table,
    fc.record(
      {
        version: fc.constantFrom('7'),
        providers: fc.record(
          { other: table, perigee: fc.constant({ url: 'http://old', mine: true }) },
          { requiredKeys: [] },
        ),
        shared: fc.record(
          {
            models: fc.subarray([
              { id: 'other', window: 1 },
              { id: 'kimi-k2.6', note: 'mine' },
              { id: 'third', roles: ['chat'] },
            ]),
            tone: plain,
          },
          { requiredKeys: [] },
        ),
      },
      { requiredKeys: [] },
    ),
  )
  .map(([rest, touched]) => ({ ...rest, ...touched }) as JsonTable);

/** What the file must mean afterwards, said in another way than the code says it. */
function expected(before: JsonTable): unknown {
  const { version = '1', providers = {}, shared = {} } = before as Record<string, Record<string, unknown>>;
  const models = (shared['models'] ?? []) as { id: string }[];
  const ours = { ...models.find(({ id }) => id === 'kimi-k2.6'), id: 'kimi-k2.6', window: 262144 };
  const others = models.map((model) => (model.id === 'kimi-k2.6' ? ours : model));
  return {
    ...before,
    version,
    model: FRAGMENT['model'],
    providers: {
      ...providers,
      perigee: {
        ...(providers['perigee'] as object),
        ...(FRAGMENT['providers'] as { perigee: object }).perigee,
      },
    },
    shared: { ...shared, models: others.includes(ours) ? others : [...others, ours] },
  };
}

const FORMATS = [
  {
    name: 'json',
    format: 'jsonc',
    write: (value: JsonTable, random: fc.Random | number) => commented(value, Number(random), false),
  },
  {
    name: 'json5',
    format: 'json5',
    write: (value: JsonTable, random: fc.Random | number) => commented(value, Number(random), true),
  },
] as const;

const json = (text: string) => evaluate(parseJson(text, { mode: 'json5', allowTrailingCommas: true }));
const CASES = [
  ...FORMATS.map(({ name, format, write }) => ({ name, format, write, read: json })),
  {
    name: 'yaml',
    format: 'yaml' as const,
    write: (value: JsonTable, seed: number | fc.Random) =>
      withComments(
        new Document(value).toString({
          lineWidth: 0,
          indent: 2 + (Number(seed) % 3),
          indentSeq: Number(seed) % 2 === 0,
        }),
        Number(seed),
      ),
    read: (text: string) => parseYaml(text) as unknown,
  },
  {
    name: 'toml',
    format: 'toml' as const,
    write: (value: JsonTable, seed: number | fc.Random) => withComments(printed('toml', value), Number(seed)),
    read: (text: string) => plainOf(parseToml(text)),
  },
];

const plainOf = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

describe.each(CASES)('merging into $name', ({ format, write, read }) => {
  const files = fc.tuple(users, fc.nat(10_000), fc.boolean()).map(([value, seed, crlf]) => {
    const text = write(value, seed);
    return { value, text: crlf ? text.replaceAll('\n', '\r\n') : text };
  });

  test('the file means what it meant and the set-up, and every comment stays', () => {
    fc.assert(
      fc.property(files, ({ value, text }) => {
        expect(read(text)).toEqual(value);
        const after = merged(format, text, FRAGMENT, RULES);
        expect(read(after)).toEqual(expected(value));
        expect(marksIn(after)).toEqual(marksIn(text));
      }),
      { numRuns: 120 },
    );
  });

  test('twice is once', () => {
    fc.assert(
      fc.property(files, ({ text }) => {
        const once = merged(format, text, FRAGMENT, RULES);
        expect(merged(format, once, FRAGMENT, RULES)).toBe(once);
      }),
      { numRuns: 60 },
    );
  });

  test('where nothing is replaced every byte stays in its order, and line ends are those of the file', () => {
    fc.assert(
      fc.property(files, ({ text }) => {
        const after = merged(format, text, { 'brand-new': { a: 1, list: [{ b: 2 }] } });
        expect(isWithin(text.trimEnd(), after)).toBe(true);
        if (text.includes('\n')) expect(/(?<!\r)\n/.test(after)).toBe(/(?<!\r)\n/.test(text));
      }),
      { numRuns: 60 },
    );
  });
});
