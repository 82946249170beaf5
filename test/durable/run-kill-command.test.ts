import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { folderWith, perigee } from '../cli/command.ts';
import { hostOf, rawAnswer, rawCall, rawSection } from '../cli/hosts.ts';

/** Pays, writes it down, and where a file says so takes its process with it. */
const TOOLS = `
  import { appendFileSync, existsSync } from 'node:fs';
  const inputSchema = { type: 'object', properties: { order: { type: 'number' } } };
  const pay = {
    description: 'Pays an order.',
    inputSchema,
    execute({ order }) {
      appendFileSync('effects', order + '\\n');
      if (existsSync('kill-' + order)) {
        process.kill(process.pid, 'SIGKILL');
        for (;;);
      }
      return 'paid ' + order;
    },
  };
  export default { pay };`;

test('perigee run --session, killed in a tool, goes on with --resume and pays nothing twice', async () => {
  const cwd = folderWith({ 'tools.mjs': TOOLS, 'kill-2': '' });
  const pays = (order: number) =>
    rawAnswer(rawSection(rawCall(`functions.pay:${order}`, `{"order":${order}}`)));
  const { baseUrl, seen } = await hostOf(pays(1), pays(2), rawAnswer('I looked: both are paid.'));
  const run = (...args: string[]) =>
    perigee(
      [
        'run',
        '-q',
        '--base-url',
        baseUrl,
        '--model',
        'm',
        '--tools',
        './tools.mjs',
        '--data-dir',
        '.',
        ...args,
      ],
      { cwd },
    );
  const effects = () => readFileSync(join(cwd, 'effects'), 'utf8');

  expect((await run('--session', 'pay', 'Pay the orders.')).code).toBeNull();
  expect(effects()).toBe('1\n2\n');
  rmSync(join(cwd, 'kill-2'));

  const resumed = await run('--session', 'pay', '--resume');
  expect(resumed).toMatchObject({ code: 0, stdout: expect.stringContaining('I looked: both are paid.') });
  expect(effects()).toBe('1\n2\n');
  expect(seen).toHaveLength(3);
  const { messages } = JSON.parse(seen[2]!.body) as { messages: { role: string; content: string }[] };
  const results = messages.filter(({ role }) => role === 'tool').map(({ content }) => content);
  expect(results).toEqual(['paid 1', expect.stringContaining('Whether it took effect is not known')]);

  // What was answered is answered again, and asks nobody.
  expect(await run('--session', 'pay', '--resume')).toMatchObject({ code: 0, stdout: resumed.stdout });
  expect(seen).toHaveLength(3);
});
