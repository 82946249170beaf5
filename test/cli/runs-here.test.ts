import { describe, expect, onTestFinished, test } from 'vitest';
import { sqliteSessions } from '../../src/durable/index.ts';
import { prompt, turn } from '../durable/run-records.ts';
import { folderWith, perigee, start } from './command.ts';

/** A session in this process whose run has begun. */
async function begun() {
  const dataDir = folderWith();
  const store = sqliteSessions({ dataDir });
  const session = await store.open('tidy');
  onTestFinished(() => session.close());
  const [name, value] = prompt(0, 'go');
  await session.step(name, async () => value);
  return { dataDir, store, session };
}

describe('a run in another process of this machine', () => {
  test('is told something for its next turn, and for when it has answered', async () => {
    const { dataDir, session } = await begun();
    const now = await perigee(['steer', 'tidy', 'look', 'again', '--data-dir', dataDir]);
    expect(now).toEqual({ code: 0, stdout: 'Told tidy, for its next turn.\n', stderr: '' });
    const after = await perigee(['steer', 'tidy', 'and sum it up', '--after', '--data-dir', dataDir]);
    expect(after).toMatchObject({ code: 0, stdout: 'Told tidy, for when it has answered.\n' });
    expect(await session.queued(0)).toEqual([
      { when: 'now', message: { role: 'user', content: 'look again' } },
      { when: 'after', message: { role: 'user', content: 'and sum it up' } },
    ]);
  });

  test.each(['pause', 'cancel'])('is asked to %s', async (command) => {
    const { dataDir, session } = await begun();
    const heard: string[] = [];
    session.onCommand((each) => heard.push(each));
    const { code, stdout } = await perigee([command, 'tidy', '--data-dir', dataDir]);
    expect([code, heard]).toEqual([0, [command]]);
    expect(stdout).toContain('Asked tidy to');
  });

  test('is shown by its records until nobody works on it', async () => {
    const { dataDir, session } = await begun();
    const attached = start(['attach', 'tidy', '--data-dir', dataDir]);
    await attached.printed('run-0/prompt');
    const [name, value] = turn(0, 0, 'All is well.', []);
    await session.step(name, async () => value);
    await attached.printed('All is well.');
    await session.step('run-0/end', async () => ({ finishReason: 'stop', explanation: 'It answered.' }));
    await session.close();
    const { code, stderr } = await attached.done;
    expect([code, stderr]).toEqual([0, expect.stringContaining('shown by its records')]);
  });
});

describe('when nobody works on a run', () => {
  test('what it is told waits for it, and pause says that there is nothing to pause', async () => {
    const { dataDir, store, session } = await begun();
    await session.close();
    expect(await perigee(['steer', 'tidy', 'go on', '--data-dir', dataDir])).toMatchObject({ code: 0 });
    expect((await (await store.reach('tidy')).summary()).queued).toBe(1);
    expect(await perigee(['pause', 'tidy', '--data-dir', dataDir])).toEqual({
      code: 1,
      stdout: '',
      stderr: `perigee: nobody works on tidy, so there is nothing to pause. It goes on with  perigee run --session tidy --resume --data-dir ${dataDir}\n`,
    });
  });

  test.each(['attach', 'steer', 'cancel', 'approve', 'sessions show', 'sessions rm', 'sessions fork'])(
    '%s says which name was meant',
    async (command) => {
      const { dataDir, session } = await begun();
      await session.close();
      const more: { [command: string]: string[] } = {
        steer: ['x'],
        approve: ['functions.a:0', 'yes'],
        'sessions fork': ['copy'],
      };
      const args = [...command.split(' '), 'tidi', ...(more[command] ?? []), '--data-dir', dataDir];
      const { code, stderr } = await perigee(args);
      expect(code).toBe(1);
      expect(stderr).toContain('There is no session "tidi"');
      expect(stderr).toContain(
        `Did you mean tidy? perigee sessions list --data-dir ${dataDir}  shows what there is.`,
      );
    },
  );
});

test('a session that was pushed is told of, read and copied, and no run goes on with it', async () => {
  const { dataDir, session } = await begun();
  session.closeFor('db.example/perigee');
  await session.close();
  const here = ['--data-dir', dataDir];
  const listed = await perigee(['sessions', 'list', ...here]);
  expect(listed.stdout).toContain('pushed to db.example/perigee');
  for (const args of [
    ['run', '--session', 'tidy', 'go on'],
    ['run', '--session', 'tidy', '--resume'],
    ['steer', 'tidy', 'go on'],
    ['approve', 'tidy', 'functions.a:0', 'yes'],
  ]) {
    const { code, stderr } = await perigee([...args, ...here]);
    expect([args[0], code, stderr]).toEqual([
      args[0],
      1,
      expect.stringContaining('was pushed to db.example/perigee'),
    ]);
  }
  expect(await perigee(['sessions', 'fork', 'tidy', 'copy', ...here])).toMatchObject({ code: 0 });
  const goesOn = await perigee(['run', '--session', 'copy', '--resume', ...here]);
  expect(goesOn).toMatchObject({ code: 0 });
  expect(await perigee(['sessions', 'rm', 'tidy', '--yes', ...here])).toMatchObject({ code: 0 });
});

describe('wrong usage is refused before anything is reached', () => {
  const url = 'postgres://ann:secret@127.0.0.1:1/none';
  test.each([
    [['run', '--detach', 'x'], 'set PERIGEE_DATABASE_URL, or give --database-url'],
    [['run', '--detach', '--data-dir', '/tmp', 'x'], 'give --database-url instead of --data-dir'],
    [['worker'], 'perigee worker needs a Postgres database'],
    [['sessions', 'push', 'x'], 'sessions push needs a Postgres database'],
    [
      ['sessions', 'push', '--database-url', url],
      'say which sessions: perigee sessions push NAME…, or --all',
    ],
    [['sessions', 'push', 'x', '--all', '--database-url', url], '--all does not go with names'],
    [['sessions', 'push', 'x', 'y', '--as', 'z', '--database-url', url], '--as goes with one session'],
    [['sessions', 'list', '--data-dir', '/tmp', '--database-url', url], 'do not go together'],
    [['run', '--detach', '--database-url', url, '--record', 'f', 'x'], '--record does not go with --detach'],
    [['run', '--detach', '--database-url', url, '--mcp', 'srv', 'x'], '--mcp does not go with --detach'],
    [['run', '--detach', '--database-url', url, '--base-url', 'http://a', 'x'], 'perigee worker --base-url'],
    [['run', '--user', 'ann', 'x'], '--user goes with --detach'],
    [['worker', '--database-url', url, '--health-port', 'x'], '--health-port x is no port'],
    [['worker', '--database-url', url, '--concurrency', '0'], 'whole number from 1'],
    [['steer', 'x', ' '], 'there is nothing to tell it'],
  ])('%j', async (args, message) => {
    const { code, stdout, stderr } = await perigee(args, { env: { HOME: folderWith() } });
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain(message);
    expect(stderr).not.toContain('secret');
  });
});
