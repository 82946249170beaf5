import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { freePort, hasPostgres, type Postgres, startPostgres } from '../postgres.ts';
import { jsonLines } from './command.ts';
import { type Ground, workersAt } from './workers.ts';

describe.skipIf(!hasPostgres)('runs on workers', { timeout: 120_000 }, () => {
  let postgres: Postgres;
  let ground: Ground;

  beforeAll(async () => {
    postgres = await startPostgres();
  }, 60_000);
  afterAll(() => postgres.remove());

  async function begin(): Promise<Ground> {
    ground = await workersAt(await postgres.freshUrl());
    return ground;
  }

  const queue = async (...args: string[]) => {
    const { code, stdout, stderr } = await ground.perigee(['run', '--detach', ...args]);
    expect([code, stderr]).toEqual([0, expect.stringContaining('perigee attach ')]);
    return stdout.trim();
  };

  test('a run that is queued is begun by the worker that comes, and shown live to its end', async () => {
    await begin();
    const id = await queue('hello');
    const attached = ground.start(['attach', id]);
    await attached.printed(`${id} is in line since`);
    const worker = await ground.worker('--name', 'amber', '--health-port', '127.0.0.1:0');
    const { code, stdout } = await attached.done;
    expect([code, stdout]).toEqual([0, expect.stringContaining('Heard: hello.')]);
    expect(stdout).toMatch(/1 step · 0 calls · .* tokens in/);
    await worker.said(`${id} ends: stop`);
    // Again, as programs read it, and from the middle on.
    const all = jsonLines((await ground.perigee(['attach', id, '--json'])).stdout);
    expect(all.map(({ type }) => type)).toEqual(['step-start', 'text-delta', 'finish', 'step-end', 'end']);
    const rest = jsonLines((await ground.perigee(['attach', id, '--json', '--from', '4'])).stdout);
    expect(rest).toEqual(all.slice(3));
    expect((await ground.perigee(['attach', id, '--quiet'])).stdout).toBe('Heard: hello. \n');

    worker.child.kill('SIGTERM');
    const stopped = await worker.done;
    expect([stopped.code, stopped.stdout]).toEqual([0, '']);
    expect(stopped.stderr).toMatch(
      /worker amber takes runs from 127\.0\.0\.1:\d+\/test_\w+\n {2}Model: m at /,
    );
    expect(stopped.stderr).toMatch(/ {2}Tools: write_note, wait, calculator\n {2}Runs: 10 at once here\n/);
    expect(stopped.stderr).toMatch(/Probes: port \d+/);
    expect(stopped.stderr).toContain('Stopping.');
  });

  test('tools are the worker’s: fewer may be asked for, others end the run with an error that names them', async () => {
    await begin();
    const worker = await ground.worker('--log', 'json');
    const bad = await queue('--tools', 'calculator,shell', '--session', 'bad', 'hello');
    const shown = await ground.perigee(['attach', bad]);
    expect([shown.code, shown.stderr]).toEqual([
      1,
      expect.stringContaining('asks for the tool "shell", which this worker does not offer'),
    ]);
    expect(shown.stderr).toContain('More are given to the worker: perigee worker --tools.');
    const good = await queue('--tools', 'wait', '--session', 'good', '--user', 'ann', 'hello');
    expect((await ground.perigee(['attach', good])).code).toBe(0);
    worker.child.kill('SIGINT');
    const lines = (await worker.done).stderr.split('\n').filter((line) => line.startsWith('{'));
    const told = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(told.map(({ what, run, user }) => [what, run, user])).toEqual([
      ['begun', 'bad', undefined],
      ['failed', 'bad', undefined],
      ['begun', 'good', 'ann'],
      ['ended', 'good', 'ann'],
    ]);
  });

  test('a call that waits is approved from elsewhere, and a run that waits holds no place', async () => {
    await begin();
    const worker = await ground.worker('--concurrency', '1');
    const id = await queue('--session', 'noted', 'write one');
    const attached = ground.start(['attach', id]);
    await attached.printed('perigee approve noted functions.write_note:1 yes|no');
    await worker.said('noted waits for a person');
    const other = await queue('hello');
    expect((await ground.perigee(['attach', other])).code).toBe(0);
    expect(await ground.perigee(['approve', id, 'functions.write_note:1', 'yes'])).toEqual({
      code: 0,
      stdout: 'Approved: write_note {"text":"one"}\n',
      stderr: '',
    });
    const { code, stdout } = await attached.done;
    expect([code, stdout]).toEqual([0, expect.stringContaining('Heard: write one. written')]);
    expect(ground.notes()).toBe('one\n');
    expect(await ground.perigee(['approve', id, 'functions.write_note:1', 'no'])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('was answered already'),
    });
  });

  test('nobody is waited for in a run that was cancelled; one that was paused goes on on a worker, and says so', async () => {
    await begin();
    const worker = await ground.worker();
    await queue('--session', 'gone', 'write one');
    await worker.said('gone waits for a person');
    await ground.perigee(['cancel', 'gone']);
    await queue('--session', 'halted', 'write two');
    await worker.said('halted waits for a person');
    await ground.perigee(['pause', 'halted']);
    const { stdout } = await ground.perigee(['sessions', 'list']);
    expect(stdout).toMatch(/\ngone +cancelled /);
    expect(stdout).toMatch(/\nhalted +waiting for approval of 1 call /);
    const approved = await ground.perigee(['approve', 'halted', 'functions.write_note:1', 'yes']);
    const again = 'perigee run --detach --session halted --resume';
    expect([approved.code, approved.stderr]).toEqual([
      0,
      expect.stringContaining(`it goes on with  ${again}\n`),
    ]);
    await queue('--session', 'halted', '--resume');
    expect((await ground.perigee(['attach', 'halted', '--quiet'])).stdout).toContain('written');
    expect(ground.notes()).toBe('two\n');
  });

  test('a run is steered and cancelled wherever it is, and one in line never begins', async () => {
    await begin();
    const worker = await ground.worker('--concurrency', '1');
    const id = await queue('--session', 'first', 'wait a');
    await worker.said('first begins');
    // Before that, what it is told would be told in its first turn.
    await ground.noted();
    expect(await ground.perigee(['steer', id, 'and be brief'])).toEqual({
      code: 0,
      stdout: 'Told first, for its next turn.\n',
      stderr: '',
    });
    const second = await queue('--session', 'second', 'wait b');
    const listed = await ground.perigee(['sessions', 'list']);
    expect(listed.stdout).toMatch(/first +running \(on \S+\)/);
    expect(listed.stdout).toMatch(/second +in line/);
    expect((await ground.perigee(['cancel', second])).stdout).toBe('Asked second to be cancelled.\n');
    ground.letGo();
    const shown = await ground.perigee(['attach', id]);
    expect(shown.stdout).toContain('Heard: wait a | and be brief. went on');
    expect(ground.notes()).toBe('waits a\n');
    expect(await ground.perigee(['cancel', second])).toMatchObject({
      code: 1,
      stderr: 'perigee: second is cancelled already.\n',
    });
  });

  test('whoever looks on behind the last event, or at a run that never began, has its exit code', async () => {
    await begin();
    const cancelled = await queue('--session', 'never', 'hello');
    const attached = ground.start(['attach', cancelled]);
    await attached.printed('never is in line since');
    await ground.perigee(['cancel', cancelled]);
    const { code, stdout } = await attached.done;
    expect([code, stdout]).toEqual([130, expect.stringContaining('never is over: cancelled.')]);
    expect((await ground.perigee(['attach', cancelled, '--quiet'])).code).toBe(130);
    await ground.worker();
    const bad = await queue('--tools', 'shell', '--session', 'bad', 'hello');
    expect((await ground.perigee(['attach', bad])).code).toBe(1);
    const again = await ground.perigee(['attach', bad, '--from', '100']);
    expect([again.code, again.stdout]).toEqual([1, expect.stringContaining('asks for the tool "shell"')]);
  });

  test('a run is paused at a safe point, and goes on when it is queued again', async () => {
    await begin();
    const worker = await ground.worker();
    const id = await queue('--session', 'long', 'wait a');
    await worker.said('long begins');
    const attached = ground.start(['attach', id]);
    await attached.printed('wait {"text":"a"}');
    await ground.perigee(['pause', id]);
    ground.letGo();
    const { code, stdout } = await attached.done;
    expect([code, stdout]).toEqual([130, expect.stringContaining('Paused.')]);
    await queue('--session', 'long', '--resume');
    expect((await ground.perigee(['attach', id, '--quiet'])).stdout).toContain('Heard: wait a. went on');
    expect(ground.notes()).toBe('waits a\n');
  });

  test('the runs of a worker that is killed are gone on with by another, and nothing is done twice', async () => {
    await begin();
    const first = await ground.worker('--name', 'first');
    const id = await queue('--session', 'taken', 'wait a');
    const attached = ground.start(['attach', id]);
    await attached.printed('wait {"text":"a"}');
    await ground.noted();
    const second = await ground.worker('--name', 'second');
    first.child.kill('SIGKILL');
    await second.said('taken is taken over');
    const { code, stdout } = await attached.done;
    expect(code).toBe(0);
    expect(stdout).toContain('Going on with the session taken');
    expect(ground.notes()).toBe('waits a\n');
  });

  test('whoever looks on is told when there is nobody to work, and when somebody has come', async () => {
    await begin();
    const first = await ground.perigee(['run', '--detach', '--session', 'lone', 'wait a']);
    expect(first.stderr).toContain('No worker is there now; perigee worker starts one.');
    const attached = ground.start(['attach', 'lone']);
    await attached.printed('lone is in line since');
    await attached.printed('No worker is there now');
    const worker = await ground.worker('--name', 'first');
    await attached.printed('There is a worker again.');
    await attached.printed('wait {"text":"a"}');
    worker.child.kill('SIGKILL');
    await worker.done;
    const other = ground.start(['attach', 'lone']);
    await other.printed('lone was left by first, which is gone. No worker is there now');
    other.child.kill('SIGINT');
    expect((await other.done).code).toBe(130);
    expect((await ground.perigee(['sessions', 'list'])).stdout).toMatch(
      /lone +in line for a worker \(first is gone\)/,
    );
    const cancelled = await ground.perigee(['cancel', 'lone']);
    expect([cancelled.code, cancelled.stderr]).toEqual([
      0,
      expect.stringContaining('Its worker, first, is gone: it is done when the next one takes it over.'),
    ]);
    await ground.worker('--name', 'second');
    const { code, stdout } = await attached.done;
    expect(code).toBe(130);
    // Once when it began to look on, and once when the first worker died.
    expect(stdout.match(/No worker is there now/g)).toHaveLength(2);
    expect(stdout).toContain('its result is not known');
  });

  test('a run that was ended before is said to be so, with the command that goes on with it on a worker', async () => {
    await begin();
    const id = await queue('--session', 'over', 'hello');
    const again = 'perigee run --detach --session over --resume';
    expect((await ground.perigee(['pause', id])).code).toBe(0);
    expect(await ground.perigee(['pause', id])).toEqual({
      code: 1,
      stdout: '',
      stderr: `perigee: over is paused already. It goes on with  ${again}\n`,
    });
    expect((await ground.perigee(['steer', id, 'and more'])).stderr).toContain(
      `Its next run hears it: ${again}`,
    );
    await queue('--session', 'over', '--resume');
    await ground.worker();
    expect((await ground.perigee(['attach', id])).stdout).toContain('Heard: hello | and more.');
    expect((await ground.perigee(['cancel', id])).stderr).toBe(
      'perigee: nobody works on over, so there is nothing to cancel. Its last run has ended.\n',
    );
  });

  test('a worker that is told to stop hands its runs over; told twice it ends at once', async () => {
    await begin();
    const first = await ground.worker('--name', 'first');
    const id = await queue('--session', 'handed', 'wait a');
    await first.said('handed begins');
    await ground.noted();
    first.child.kill('SIGTERM');
    await first.said('Stopping: 1 run to hand over.');
    first.child.kill('SIGTERM');
    expect((await first.done).code).toBe(143);
    await ground.worker('--name', 'second');
    ground.letGo();
    expect((await ground.perigee(['attach', id])).code).toBe(0);
  });

  test('a worker by the name of one that is at work is refused', async () => {
    await begin();
    await ground.worker('--name', 'only');
    const { code, stderr } = await ground.perigee(['worker', '--model', 'practice', '--name', 'only']);
    expect([code, stderr]).toEqual([1, expect.stringContaining('only')]);
  });

  test('while the database is away whoever looks on, the log and the probes say so; the whole run is seen', async () => {
    await begin();
    const port = String(await freePort());
    const worker = await ground.worker('--health-port', `127.0.0.1:${port}`);
    await worker.said('Probes: port ');
    const probe = async (path: string) => {
      const response = await fetch(`http://127.0.0.1:${port}${path}`);
      return [response.status, ((await response.json()) as { state: string }).state];
    };
    const id = await queue('--session', 'through', 'wait a');
    const attached = ground.start(['attach', id]);
    await attached.printed('wait {"text":"a"}');
    await postgres.stop();
    await attached.printed('cannot be reached');
    await worker.said('perigee: the database cannot be reached; runs wait for it.');
    expect([await probe('/readyz'), await probe('/healthz')]).toEqual([
      [503, 'away'],
      [200, 'away'],
    ]);
    await postgres.start();
    await attached.printed('The database is back.');
    await worker.said('perigee: the database is back.');
    expect(await probe('/readyz')).toEqual([200, 'working']);
    ground.letGo();
    const { code, stdout } = await attached.done;
    expect([code, stdout]).toEqual([0, expect.stringContaining('Heard: wait a. went on')]);
  });
});
