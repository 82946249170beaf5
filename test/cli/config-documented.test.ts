import { describe, expect, test } from 'vitest';
import { showProblem } from '../../src/cli/config/excerpt.ts';
import { loadConfig } from '../../src/cli/config/load-config.ts';
import { SETTINGS } from '../../src/cli/config/settings.ts';
import type { SectionShape, Shape } from '../../src/cli/config/shape.ts';
import { readDocument } from '../house/documents.ts';

const PAGE = readDocument('docs/configuration.md');
const examples = PAGE.blocks.filter(({ info }) => info === 'yaml');

const ENVIRONMENT = {
  MOONSHOT_API_KEY: 'sk-moonshot',
  FIREWORKS_API_KEY: 'fw-key',
  ALICE_KEY: 'sk-alice',
  PERIGEE_SECRET: 'sixteen characters and more',
};

describe('docs/configuration.md', () => {
  test.each(examples.map(({ line, code }) => [line, code]))(
    'the example at line %i is in order',
    (_, code) => {
      const loaded = loadConfig(code, { environment: ENVIRONMENT });
      const problems = 'problems' in loaded ? loaded.problems : [];
      expect(problems.map((problem) => showProblem(problem, code, 'example')).join('\n')).toBe('');
    },
  );

  test('has an example for each common case', () => {
    expect(examples.length).toBeGreaterThanOrEqual(4);
  });

  test('names every setting', () => {
    const missing = settingsOf(SETTINGS).filter((name) => !new RegExp(`\\b${name}\``).test(PAGE.text));
    expect(missing).toEqual([]);
  });
});

function settingsOf(shape: Shape): string[] {
  if (shape.type === 'list') return settingsOf(shape.of);
  if (shape.type !== 'section') return [];
  return Object.entries((shape as SectionShape).fields).flatMap(([name, field]) =>
    name === '$schema' || name === 'limits' ? settingsOf(field) : [name, ...settingsOf(field)],
  );
}
