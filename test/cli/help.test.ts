import { expect, test } from 'vitest';
import manifest from '../../package.json' with { type: 'json' };
import { perigee } from './command.ts';

test.each([[[]], [['--help']], [['help']]])(
  '%j shows the commands, examples and exit codes',
  async (args) => {
    const { code, stdout, stderr } = await perigee(args);
    expect([code, stderr]).toEqual([0, '']);
    for (const text of [
      'run [options]',
      'parse [options]',
      'render [options]',
      'conform [options]',
      'sessions',
      'approve [options]',
      'Examples:',
      'Exit codes:',
    ]) {
      expect(stdout).toContain(text);
    }
  },
);

test.each([
  ['run', '--base-url <url>'],
  ['parse', '--start-in-reasoning'],
  ['render', '--jsonl'],
  ['conform', '--host <name>'],
  ['sessions', 'import [options]'],
  ['approve', '--note <text>'],
])('%s --help', async (command, option) => {
  const { code, stdout, stderr } = await perigee([command, '--help']);
  expect([code, stderr]).toEqual([0, '']);
  expect(stdout).toContain(`Usage: perigee ${command}`);
  expect(stdout).toContain(option);
  expect((await perigee(['help', command])).stdout).toBe(stdout);
});

test('--version is that of the package', async () => {
  expect(await perigee(['--version'])).toEqual({ code: 0, stdout: `${manifest.version}\n`, stderr: '' });
});
