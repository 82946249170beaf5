import { once } from 'node:events';
import { describe, expect, test } from 'vitest';
import { sqliteSessions } from '../../src/durable/index.ts';
import { prompt, turn } from '../durable/run-records.ts';
import { folderWith, perigee, start } from './command.ts';

const APPROVAL = 'run-0/step-0/call-0/approval';

/** A session in this process, with a call that waits. */
async function waiting() {
  const dataDir = folderWith();
  const store = sqliteSessions({ dataDir });
  const session = await store.open('one');
  const calls = [{ index: 0, id: 'functions.a:0', name: 'a', arguments: '{"x":1}' }];
  for (const [name, value] of [
    prompt(0, 'go'),
    turn(0, 0, '', ['a']),
    ['run-0/step-0/approvals', { calls }] as const,
  ]) {
    await session.step(name, async () => value);
  }
  const approve = (...args: string[]) => perigee(['approve', 'one', ...args, '--data-dir', dataDir]);
  return { dataDir, store, session, approve };
}

describe('perigee approve', () => {
  test.each(['functions.a:0', 'run-0/step-0/call-0', APPROVAL])(
    'answers the run that waits in another process, the call named %s',
    async (call) => {
      const { session, approve } = await waiting();
      const answer = session.wait(APPROVAL);
      expect(await approve(call, 'yes', '--note', 'go ahead')).toEqual({
        code: 0,
        stdout: 'Approved: a {"x":1}\n',
        stderr: '',
      });
      expect(await answer).toEqual({ approved: true, note: 'go ahead' });
      await session.close();
    },
  );

  test('answers while nobody works on it, and says how it goes on; the first answer counts', async () => {
    const { store, session, approve } = await waiting();
    await session.close();
    const said = await approve('functions.a:0', 'no');
    expect(said).toMatchObject({ code: 0, stdout: 'Refused: a {"x":1}\n' });
    expect(said.stderr).toContain('perigee run --session one --resume');
    expect(await approve('functions.a:0', 'yes')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('answered already'),
    });
    const again = await store.open('one');
    expect(await again.wait(APPROVAL)).toEqual({ approved: false });
    await again.close();
  });

  test('names the calls that wait when it is given another', async () => {
    const { session, approve } = await waiting();
    expect(await approve('functions.b:7', 'yes')).toMatchObject({
      code: 2,
      stdout: '',
      stderr: expect.stringMatching(
        /no call functions\.b:7 waits[\s\S]*These do:\n {2}functions\.a:0 {2}a {2}\(run-0\/step-0\/call-0\)/,
      ),
    });
    expect(await approve('functions.a:0', 'maybe')).toMatchObject({ code: 2 });
    await session.close();
  });
});

test('show --follow prints what comes, and ends with the one who works on it', async () => {
  const { dataDir, session } = await waiting();
  const showing = start(['sessions', 'show', 'one', '--follow', '--from', '3', '--data-dir', dataDir]);
  showing.child.stdin.end();
  await showing.printed('run-0/step-0/approvals');
  await session.step('run-0/step-0/call-0', async () => ({ name: 'a', output: 'done at last', ms: 1 }));
  await showing.printed('done at last');
  await session.close();
  const { code, stdout } = await showing.done;
  expect([code, stdout.trimEnd().split('\n').length]).toEqual([0, 2]);
});

test('show into a pipe that is closed ends quietly', async () => {
  const { dataDir, session } = await waiting();
  for (let step = 0; step < 300; step++) await session.step(`s${step}`, async () => 'x'.repeat(1000));
  const showing = start(['sessions', 'export', 'one', '--data-dir', dataDir]);
  await once(showing.child.stdout, 'data');
  showing.child.stdout.destroy();
  const { code, stderr } = await showing.done;
  expect([code, stderr]).toEqual([0, '']);
  await session.close();
});
