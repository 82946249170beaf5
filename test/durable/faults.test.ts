import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { sqliteSessions } from '../../src/durable/index.ts';
import { MIGRATIONS, migrate } from '../../src/durable/sqlite/schema.ts';
import { type Database, loadSqlite } from '../../src/durable/sqlite/sqlite.ts';
import { fileOf, freshFolder, freshStore, names, startWorker } from './sessions.ts';
import { BUILT } from './workers.ts';

/** Records until it cannot, then says how far it came and why. */
const FILL = `
  let step = 0;
  try {
    const session = await sessions.open('one');
    for (; step < 5000; step++) await session.step('s' + step, async () => 'x'.repeat(1000));
  } catch (error) {
    print(JSON.stringify({ step, code: error.code, message: error.message, remedy: error.remedy }));
  }`;

interface Filled {
  readonly step: number;
  readonly code: string;
  readonly message: string;
  readonly remedy: string;
}

async function fill(dataDir: string, wrap: readonly string[] = [], uid?: number): Promise<Filled> {
  const worker = startWorker(dataDir, FILL, { wrap, ...(uid !== undefined && { uid }) });
  const line = await worker.line();
  expect(line, worker.errors()).toBeDefined();
  return JSON.parse(line!) as Filled;
}

describe('a disk that takes no more', () => {
  test.runIf(process.platform !== 'win32')(
    'loses nothing that was recorded (a limit on the size of files)',
    async () => {
      const dataDir = freshFolder();
      // In blocks of 512 or 1024 bytes.
      const limited = ['sh', '-c', 'ulimit -f 400; exec "$@"', 'sh'];
      const { step, code, message, remedy } = await fill(dataDir, limited);
      expect(step).toBeGreaterThan(5);
      expect(code).toBe('session-unwritable');
      expect(message).toMatch(/^Session "one" cannot be written: the disk/);
      expect(remedy).toMatch(/Free some space/);
      const session = await sqliteSessions({ dataDir }).open('one');
      const recorded = await names(session.records());
      expect(recorded.slice(0, step)).toEqual(Array.from({ length: step }, (_, number) => `s${number}`));
      expect(await session.step('after', async () => 'goes on')).toBe('goes on');
      await session.close();
    },
  );

  test('loses nothing that was recorded (a full file system)', async () => {
    const dataDir = freshFolder();
    const shell = 'mount -t tmpfs -o size=1m none "$0" && "$@"; cp -r "$0" "$0-copy"';
    const probe = spawnSync('unshare', ['-m', 'mount', '-t', 'tmpfs', 'none', dataDir]);
    if (probe.status !== 0) return console.log('not tried: no file system can be mounted here');
    const { step, code, message } = await fill(dataDir, ['unshare', '-m', 'sh', '-c', shell, dataDir]);
    expect(step).toBeGreaterThan(5);
    expect([code, message]).toEqual(['session-unwritable', expect.stringContaining('the disk is full')]);
  });
});

test('a folder that may not be written to is refused with the reason, and read all the same', async () => {
  if (process.platform === 'win32') return console.log('not tried: no modes of folders on Windows');
  const dataDir = freshFolder();
  const store = sqliteSessions({ dataDir });
  const session = await store.open('one');
  await session.step('a', async () => 1);
  await session.close();
  chmodSync(dataDir, 0o755);
  chmodSync(join(dataDir, 'sessions'), 0o555);
  chmodSync(fileOf(dataDir, 'one'), 0o444);
  const script = `
    const said = [];
    for (const name of ['one', 'two']) await sessions.open(name).catch((error) => said.push([error.code, error.message]));
    for await (const { name } of (await sessions.reach('one')).records()) said.push(name);
    print(JSON.stringify(said));`;
  // Nothing keeps root out: then another user tries.
  const worker = startWorker(dataDir, script, process.getuid?.() === 0 ? { uid: 65_534 } : {});
  const line = await worker.line();
  if (line === undefined)
    return console.log(`not tried: another user cannot run this package here: ${worker.errors()}`);
  expect(JSON.parse(line)).toEqual([
    ['session-unwritable', expect.stringContaining('cannot be written: it may not be written to')],
    ['session-unwritable', expect.stringContaining('EACCES')],
    'a',
  ]);
});

test('a data folder that is a file is refused with the reason', async () => {
  const file = join(freshFolder(), 'file');
  writeFileSync(file, '');
  const store = sqliteSessions({ dataDir: file });
  await expect(store.open('one')).rejects.toMatchObject({
    code: 'session-unwritable',
    message: expect.stringContaining('ENOTDIR'),
  });
});

describe('a file that is no session', () => {
  const sql = async (path: string, statements: string) => {
    const database: Database = (await loadSqlite())(path);
    database.exec(statements);
    database.close();
  };

  async function planted(make: (path: string) => unknown) {
    const store = freshStore();
    const path = fileOf(store.dataDir, 'one');
    mkdirSync(dirname(path), { recursive: true });
    await make(path);
    return { store, path, before: readFileSync(path) };
  }

  test.each([
    ['text', (path: string) => writeFileSync(path, 'no database, '.repeat(500)), /damaged or no session/],
    [
      'a database of something else',
      (path: string) => sql(path, 'CREATE TABLE notes (text)'),
      /something else/,
    ],
    [
      'a session of a later version',
      (path: string) =>
        sql(
          path,
          `PRAGMA application_id = ${0x50726765}; PRAGMA user_version = 99; CREATE TABLE records (later)`,
        ),
      /later version of Perigee: its format is 99/,
    ],
  ])('%s is refused, left as it is, and can be removed', async (_, make, message) => {
    const { store, path, before } = await planted(make);
    const refusal = { code: 'session-invalid', message: expect.stringMatching(message) };
    await expect(store.open('one')).rejects.toMatchObject(refusal);
    await expect((await store.reach('one')).summary()).rejects.toMatchObject(refusal);
    await expect((await store.reach('one')).deliver('a', 1)).rejects.toMatchObject(refusal);
    expect(readFileSync(path).equals(before)).toBe(true);
    await store.remove('one');
    expect(readdirSync(dirname(path))).toEqual([]);
  });

  test('a session of which the second half is missing is refused', async () => {
    const store = freshStore();
    const session = await store.open('one');
    for (let step = 0; step < 50; step++) await session.step(`s${step}`, async () => 'x'.repeat(1000));
    await session.close();
    const path = fileOf(store.dataDir, 'one');
    const whole = readFileSync(path);
    writeFileSync(path, whole.subarray(0, Math.floor(whole.length / 8192) * 4096));
    const read = async () => names((await store.reach('one')).records());
    await expect(read()).rejects.toMatchObject({
      code: 'session-invalid',
      message: expect.stringContaining(path),
    });
  });

  test('an empty file, left by a process that was killed at once, is a session without records', async () => {
    const { store } = await planted((path) => writeFileSync(path, ''));
    const reached = await store.reach('one');
    expect(await reached.summary()).toMatchObject({ records: 0, isUnfinished: false });
    expect(await names(reached.records())).toEqual([]);
    const session = await store.open('one');
    expect(await session.step('a', async () => 1)).toBe(1);
    await session.close();
  });
});

describe('a file of an earlier version', () => {
  const later = [...MIGRATIONS, 'ALTER TABLE records ADD COLUMN note TEXT', 'CREATE TABLE more (text)'];
  const version = (database: Database) => database.prepare('PRAGMA user_version').get()?.['user_version'];

  async function old() {
    const database = (await loadSqlite())(':memory:');
    migrate(database, 'one');
    database.exec("INSERT INTO records (at, name, value) VALUES (1, 'a', '1')");
    expect(version(database)).toBe(MIGRATIONS.length);
    return database;
  }

  test('is brought to the latest step by step, and keeps what it holds', async () => {
    const database = await old();
    migrate(database, 'one', later);
    expect(version(database)).toBe(MIGRATIONS.length + 2);
    expect(database.prepare('SELECT name, note FROM records').all()).toMatchObject([
      { name: 'a', note: null },
    ]);
    expect(database.prepare('SELECT * FROM more').all()).toEqual([]);
    migrate(database, 'one', later);
    expect(() => migrate(database, 'one')).toThrow('later version');
    database.close();
  });

  test('stays what it was when one of the steps fails', async () => {
    const database = await old();
    expect(() => migrate(database, 'one', [...later, 'CREATE TABLE more (text)'])).toThrow('already exists');
    expect(version(database)).toBe(MIGRATIONS.length);
    expect(() => database.prepare('SELECT note FROM records')).toThrow('no such column');
    migrate(database, 'one', later);
    expect(version(database)).toBe(MIGRATIONS.length + 2);
    database.close();
  });
});

test('without any SQLite the error names the command that installs one; with one nobody is warned', () => {
  // A copy of what is built, out of reach of the packages that are installed here, but for the one that the agent needs.
  const folder = freshFolder();
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
  const built = dirname(dirname(BUILT));
  for (const room of ['core', 'agent', 'durable', 'parts']) {
    cpSync(join(built, room), join(folder, room), { recursive: true });
  }
  const needed = join('node_modules', '@cfworker');
  mkdirSync(join(folder, 'node_modules'));
  symlinkSync(resolve(needed), join(folder, needed));
  const script = `
    const { sqliteSessions } = await import('./durable/index.js');
    const session = await sqliteSessions({ dataDir: './data' }).open('one').catch((error) => error);
    console.log(session.code ?? session.name, session.remedy ?? '');
    await session.close?.();`;
  const ran = spawnSync(process.execPath, ['--input-type=module', '--eval', script], {
    cwd: folder,
    encoding: 'utf8',
  });
  expect([ran.status, ran.stderr]).toEqual([0, '']);
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const isBuiltIn = major > 22 || (major === 22 && minor >= 13);
  expect(ran.stdout).toMatch(
    isBuiltIn ? /^one \n$/ : /^missing-package npm install @photostructure\/sqlite@/,
  );
});
