import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { start } from '../cli/command.ts';
import { freePort, hasPostgres, type Postgres, startPostgres } from '../postgres.ts';
import { matches, yamlOf } from './files.ts';

describe.skipIf(!hasPostgres)('a worker of compose.yaml', () => {
  let postgres: Postgres;
  beforeAll(async () => {
    postgres = await startPostgres();
  });
  afterAll(() => postgres.remove());

  test('takes runs from a database that is empty yet, says so to probes, and ends when it is told to', async () => {
    const { command, healthcheck } = yamlOf('compose.yaml').services['worker-1'];
    const asked: string[] = healthcheck.test;
    const port = await freePort();
    const words = (command as string[]).map((word) => word.replace(/^\$\{\w+:-(.*)\}$/, '$1'));
    words[words.indexOf('--health-port') + 1] = `${port}`;
    const env = { PERIGEE_DATABASE_URL: await postgres.freshUrl(), MOONSHOT_API_KEY: 'key-of-the-host' };
    const worker = start(words, { env });
    const [path] = matches(asked.join(' '), /127\.0\.0\.1:\d+(\/\w+)/g);
    const probe = (at: string) =>
      fetch(`http://127.0.0.1:${port}${at}`).then(
        ({ status }) => status,
        () => 0,
      );
    while ((await probe('/readyz')) !== 200 && worker.child.exitCode === null);
    expect(await probe(path!)).toBe(200);
    worker.child.kill('SIGTERM');
    expect(await worker.done).toMatchObject({ code: 0 });
  });
});
