import { Validator } from '@cfworker/json-schema';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { jsonSchemaOf } from '../../src/cli/config/json-schema.ts';
import { loadConfig } from '../../src/cli/config/load-config.ts';
import { SETTINGS } from '../../src/cli/config/settings.ts';
import type { Shape } from '../../src/cli/config/shape.ts';

const schema = jsonSchemaOf(SETTINGS);
const validator = new Validator(schema as object, '7', false);

const WHOLE = {
  server: {
    host: '127.0.0.1',
    port: 8787,
    drain_delay_seconds: 0,
    keep_alive_seconds: 75,
    limits: { body_mb: 1.5, ping_seconds: 5 },
  },
  keys: [
    { id: 'alice', key: 'sk-alice', models: ['kimi'], requests_per_minute: 60, monthly_budget_usd: 0 },
    { id: 'bob', key: '${BOB_KEY:-sk-bob}', tokens_per_minute: 1000 },
  ],
  secret: 'a secret of some length',
  routing: { retries: 0, queue: 10, queue_seconds: 0.5, breaker_failures: 3, breaker_seconds: 2 },
  log: 'json',
  'x-shared': { anything: [1, null] },
  models: [
    {
      name: 'kimi',
      aliases: ['claude-*', '*'],
      argument_retries: 1,
      routing: { first_event_seconds: 30 },
      upstreams: [
        {
          host: 'moonshot',
          model: 'kimi-k2.6',
          api_key: 'sk-host',
          headers: { 'X-Team': 'a' },
          extra_body: { user: 'x', nested: { list: [true, null, 1.5] } },
          weight: 2,
          concurrency: 8,
          prices: { input: 1, output: 2 },
          dialect: { max_tokens_field: 'max_tokens', reasoning_fields: [], reasoning_required: true },
        },
        {
          url: 'http://127.0.0.1:9/v1',
          protocol: 'completions',
          format: 'kimi',
          prices: { input: 0, output: 0 },
        },
      ],
    },
  ],
};

/** Whether the checker finds nothing wrong with the form; what it means does not matter here. */
function hasForm(value: unknown): boolean {
  const loaded = loadConfig(stringify(value), { environment: {} });
  return 'config' in loaded || loaded.problems.every(({ kind }) => kind === 'meaning');
}

test('the published schema is that of the settings', async () => {
  await expect(`${JSON.stringify(schema, null, 2)}\n`).toMatchFileSnapshot('../../perigee.schema.json');
});

describe('schema and checker agree', () => {
  test('on a file that has almost everything', () => {
    expect(loadConfig(stringify(WHOLE), { environment: {} })).toHaveProperty('config');
    expect(validator.validate(WHOLE)).toMatchObject({ valid: true });
  });

  test('on every change of one value', () => {
    let faulty = 0;
    for (const [path] of placesOf(WHOLE)) {
      for (const value of REPLACEMENTS) {
        const changed = withValue(WHOLE, path, value);
        const valid = validator.validate(changed).valid;
        expect([path.join('.'), value, hasForm(changed)]).toEqual([path.join('.'), value, valid]);
        if (!valid) faulty++;
      }
    }
    expect(faulty).toBeGreaterThan(300);
  });

  test('on every value that is left out, and every name that is not known', () => {
    for (const [path, value] of placesOf(WHOLE)) {
      const without = withValue(WHOLE, path, undefined);
      expect([path.join('.'), hasForm(without)]).toEqual([path.join('.'), validator.validate(without).valid]);
      if (typeof value !== 'object' || value === null || Array.isArray(value)) continue;
      const more = withValue(WHOLE, path, { ...value, unheard_of: 'x' });
      expect([path.join('.'), hasForm(more)]).toEqual([path.join('.'), validator.validate(more).valid]);
    }
  });

  test('on several changes at once', () => {
    const places = placesOf(WHOLE);
    const change = fc.tuple(fc.constantFrom(...places), fc.constantFrom(...REPLACEMENTS, undefined));
    fc.assert(
      fc.property(fc.array(change, { minLength: 2, maxLength: 4 }), (changes) => {
        let changed: unknown = WHOLE;
        for (const [[path], value] of changes) changed = withValue(changed, path, value);
        expect(hasForm(changed)).toBe(validator.validate(changed).valid);
      }),
      { numRuns: 500 },
    );
  });
});

test('every setting says what it is for, in a sentence', () => {
  const visit = (shape: Shape, path: string): void => {
    expect(shape.about, path).toMatch(/^.{8,}\.$/s);
    if (shape.type === 'section') {
      for (const [name, field] of Object.entries(shape.fields)) visit(field, `${path}.${name}`);
    } else if (shape.type === 'list') visit(shape.of, `${path}[]`);
  };
  visit(SETTINGS, '');
});

type Path = readonly (string | number)[];

const REPLACEMENTS: readonly unknown[] = [
  '',
  'word',
  'two words',
  'line\nbreak',
  'é',
  '${NAME}',
  '$${',
  'http://127.0.0.1:1/v1',
  'ftp://example.org',
  'completions',
  'a word of sixteen letters and more',
  0,
  -1,
  1,
  1.5,
  3,
  100_000,
  1e12,
  true,
  false,
  null,
  [],
  ['word'],
  [1],
  {},
  { input: 1, output: 2 },
  { id: 'word' },
];

function placesOf(value: unknown, path: Path = []): (readonly [Path, unknown])[] {
  if (typeof value !== 'object' || value === null) return [[path, value]];
  const below = Object.entries(value).flatMap(([key, child]) =>
    placesOf(child, [...path, Array.isArray(value) ? Number(key) : key]),
  );
  return path.length === 0 ? below : [[path, value], ...below];
}

/** A copy with another value at the path, or with none; unchanged where the path leads nowhere any more. */
function withValue(value: unknown, [first, ...rest]: Path, replacement: unknown): unknown {
  if (typeof value !== 'object' || value === null || first === undefined || !(first in value)) return value;
  const copy = (Array.isArray(value) ? [...value] : { ...value }) as Record<string | number, unknown>;
  if (rest.length > 0) copy[first] = withValue(copy[first], rest, replacement);
  else if (replacement !== undefined) copy[first] = replacement;
  else if (Array.isArray(copy)) copy.splice(Number(first), 1);
  else delete copy[first];
  return copy;
}
