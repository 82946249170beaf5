import { expect, test } from 'vitest';
import { loadTools } from '../../src/cli/load-tools.ts';
import { perigee } from './command.ts';
import { hostOf, rawAnswer } from './hosts.ts';

test('--tools shell offers the shell, which asks before it does anything', async () => {
  const { shell, ...others } = await loadTools('shell');
  expect(shell).toMatchObject({ needsApproval: true, replay: 'never' });
  expect(others).toEqual({});
});

test('--tools web_search is for hosts that have it', async () => {
  expect(Object.keys(await loadTools('web_search', {}, ['$web_search']))).toEqual(['$web_search']);
  // A recording has what it was recorded with.
  expect(Object.keys(await loadTools('web_search'))).toEqual(['$web_search']);
});

test('--tools web_search elsewhere says what it wants', async () => {
  const { baseUrl, seen } = await hostOf(rawAnswer('never asked'));
  const atHost = ['run', '--base-url', baseUrl, '--model', 'm', '--tools', 'web_search', 'hi'];
  const practice = ['run', '--tools', 'web_search', 'hi'];
  for (const args of [atHost, practice]) {
    const { code, stdout, stderr } = await perigee(args);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain('the tool $web_search is run by the host');
    expect(stderr).toContain('set MOONSHOT_API_KEY');
  }
  expect(seen).toEqual([]);
});
