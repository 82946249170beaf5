import { join } from 'node:path';
import { expect, test } from 'vitest';
import { folderWith, jsonLines, perigee } from './command.ts';

test('a key is made once, changed and revoked, and each time it is said where', async () => {
  const env = { HOME: folderWith({}) };
  const folder = join(env.HOME, 'kept');
  const keys = (...args: string[]) => perigee(['keys', ...args, '--data-dir', folder], { env });
  const made = await keys('add', 'alice', '--monthly-budget', '20', '--requests-per-minute', '60');
  expect(made.code).toBe(0);
  expect(made.stdout).toMatch(/^pgk_live_[\w-]{43}\n$/);
  expect(made.stderr).toContain(join(folder, 'gateway.sqlite'));
  const changed = await keys('change', 'alice', '--requests-per-minute', 'none', '--tokens-per-minute', '5');
  expect(changed).toMatchObject({ code: 0, stdout: '' });
  expect(changed.stderr).toContain(`the key alice is changed in ${join(folder, 'gateway.sqlite')}`);
  const [shown] = jsonLines((await keys('show', 'alice', '--json')).stdout);
  expect(shown).toMatchObject({ id: 'alice', monthlyBudget: 20, tokensPerMinute: 5, spent: 0 });
  expect(shown).not.toHaveProperty('requestsPerMinute');
  const revoked = await keys('revoke', 'alice');
  expect(revoked).toMatchObject({ code: 0, stdout: '' });
  expect(revoked.stderr).toContain('the key alice is revoked in');
  const again = await keys('revoke', 'alice');
  expect(again.code).toBe(1);
  expect(again.stderr).toContain(`no key "alice" in use in ${join(folder, 'gateway.sqlite')}`);
  expect(again.stderr).toContain('--database-url or --data-dir name another place');
});

test('what changes nothing and what nothing would come through is refused', async () => {
  const env = { HOME: folderWith({}) };
  const keys = (...args: string[]) => perigee(['keys', ...args], { env });
  await keys('add', 'alice');
  const nothing = await keys('change', 'alice');
  expect(nothing.code).toBe(1);
  expect(nothing.stderr).toContain('Nothing is given that is to change');
  const slow = await keys('add', 'bob', '--requests-per-minute', '0.5');
  expect(slow.code).toBe(2);
  expect(slow.stderr).toContain('It must be at least 1');
  expect(jsonLines((await keys('list', '--json')).stdout).map(({ id }) => id)).toEqual(['alice']);
});
