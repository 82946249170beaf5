import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fileTools, type ListedFiles, type ListFilesInput, type ReadFile } from '../../src/tools/index.ts';

let outside: string;
let root: string;

beforeAll(() => {
  outside = mkdtempSync(join(tmpdir(), 'perigee-files-'));
  root = join(outside, 'root');
  mkdirSync(join(root, 'src', 'deep'), { recursive: true });
  writeFileSync(join(outside, 'secret.txt'), 'secret');
  mkdirSync(join(outside, 'root-sibling'));
  writeFileSync(join(outside, 'root-sibling', 'secret.txt'), 'secret');
  writeFileSync(join(root, 'a.txt'), 'one\ntwo\nthree\n');
  writeFileSync(join(root, 'b.md'), '# b');
  writeFileSync(join(root, '.hidden'), '');
  writeFileSync(join(root, 'src', 'main.ts'), 'export {};\n');
  writeFileSync(join(root, 'src', 'deep', 'leaf.ts'), 'x');
  symlinkSync(join(outside, 'secret.txt'), join(root, 'leak.txt'));
  symlinkSync(outside, join(root, 'up'));
  symlinkSync('a.txt', join(root, 'alias.txt'));
  symlinkSync('/dev/zero', join(root, 'zero'));
  symlinkSync('loop', join(root, 'loop'));
  execFileSync('mkfifo', [join(root, 'pipe')]);
});

afterAll(() => rmSync(outside, { recursive: true, force: true }));

const context = {
  signal: new AbortController().signal,
  toolCallId: 'functions.list_files:0',
  idempotencyKey: 'functions.list_files:0',
};
const list = async (input: ListFilesInput, folder = root) =>
  (await fileTools({ root: folder }).list_files.execute(input, context)) as ListedFiles;
const read = async (input: object) =>
  (await fileTools({ root }).read_file.execute(input, context)) as ReadFile;

describe('list_files', () => {
  it('counts files apart from directories, links and pipes', async () => {
    const listed = await list({});
    expect(listed).toMatchObject({ path: '.', count: 10, file_count: 3, directory_count: 1 });
    expect(listed.truncated).toBeUndefined();
    expect(listed.files.map(({ name, type }) => `${name} ${type}`)).toEqual([
      '.hidden file',
      'a.txt file',
      'alias.txt link',
      'b.md file',
      'leak.txt link',
      'loop link',
      'pipe other',
      'src directory',
      'up link',
      'zero link',
    ]);
    expect(listed.files[1]).toEqual({ name: 'a.txt', type: 'file', size: 14 });
  });

  it('goes into directories when asked, never through links', async () => {
    const listed = await list({ recursive: true });
    const names = listed.files.map(({ name }) => name);
    expect(names).toContain('src/deep/leaf.ts');
    expect(names.filter((name) => name.startsWith('up/'))).toEqual([]);
    expect(listed.file_count).toBe(5);
  });

  it('lists a folder below, and by pattern', async () => {
    expect(await list({ path: 'src/' })).toMatchObject({ path: 'src', file_count: 1, directory_count: 1 });
    expect((await list({ recursive: true, pattern: '*.ts' })).files.map(({ name }) => name)).toEqual([
      'src/deep/leaf.ts',
      'src/main.ts',
    ]);
    expect((await list({ recursive: true, pattern: 'src/deep/*' })).count).toBe(1);
  });

  it.each([
    ['**/*.ts', ['src/deep/leaf.ts', 'src/main.ts']],
    ['./**/*.{ts,md}', ['b.md', 'src/deep/leaf.ts', 'src/main.ts']],
    ['*.txt', ['a.txt', 'alias.txt', 'leak.txt']],
    ['[ab].*', ['a.txt', 'b.md']],
    ['./src/*', ['src/deep', 'src/main.ts']],
    ['src/**', ['src/deep', 'src/deep/leaf.ts', 'src/main.ts']],
  ])('finds what the pattern %s means, however deep it reaches', async (pattern, names) => {
    const listed = await list({ pattern });
    expect(listed.files.map(({ name }) => name)).toEqual(names);
    expect(listed.count).toBe(names.length);
    expect(listed.note).toBeUndefined();
  });

  it('says where it looked when nothing fits a pattern', async () => {
    expect(await list({ pattern: '*.ts' })).toMatchObject({
      count: 0,
      note: 'None of the 10 entries in this folder alone fits the pattern "*.ts".',
    });
    expect((await list({ pattern: 'lib/*.ts' })).note).toContain('13 entries in this folder and below');
    expect((await list({ pattern: '' })).count).toBe(10);
  });

  it.each(['/src/*', 'src/', '../*', 'src/../*', 'src/./*', '*.{ts', '*.{ts}', '[ab'])(
    'refuses the pattern %s rather than find nothing',
    async (pattern) => {
      await expect(list({ pattern })).rejects.toThrow(/^(A|The) pattern cannot /);
    },
  );

  it('lists 500 of many and says so, with the whole count', async () => {
    const many = join(outside, 'many');
    mkdirSync(many);
    for (let i = 0; i < 620; i++) writeFileSync(join(many, `f${String(i).padStart(3, '0')}`), '');
    const listed = await list({}, many);
    expect(listed.file_count).toBe(620);
    expect(listed.files).toHaveLength(500);
    expect(listed.truncated).toBe('Only the first 500 of 620 are listed.');
  });

  it('counts two files apart whose names are not UTF-8 and read the same', async () => {
    const folder = join(outside, 'bytes');
    mkdirSync(folder);
    let refused = 0;
    for (const byte of [0xff, 0xfe]) {
      const path = Buffer.concat([Buffer.from(`${folder}/x`), Buffer.from([byte])]);
      try {
        writeFileSync(path, '');
      } catch {
        // Some file systems take no such names.
        refused++;
      }
    }
    expect((await list({}, folder)).file_count).toBe(2 - refused);
  });

  it('stops when it is aborted', async () => {
    const signal = AbortSignal.abort();
    const listing = fileTools({ root }).list_files.execute(
      {},
      { signal, toolCallId: 'x', idempotencyKey: 'x' },
    );
    await expect(listing).rejects.toThrow('aborted');
  });

  it.each([
    ['..', 'outside'],
    ['src/../..', 'outside'],
    ['../root-sibling', 'outside'],
    ['/', 'absolute'],
    ['/etc', 'absolute'],
    ['up', 'leads out'],
    ['up/root-sibling', 'leads out'],
    ['none', 'does not exist'],
    ['a.txt', 'not a directory'],
    ['loop', 'circle'],
    ['a\0b', 'NUL'],
  ])('refuses %j', async (path, message) => {
    await expect(list({ path })).rejects.toThrow(message);
  });
});

describe('both file tools', () => {
  it('say so, without its path, when their folder does not exist', async () => {
    const tools = fileTools({ root: join(outside, 'nowhere') });
    for (const tool of [tools.list_files, tools.read_file]) {
      await expect(tool.execute({ path: 'a' }, context)).rejects.toThrow(
        /^The folder that the file tools are for does not exist\.$/,
      );
    }
  });
});

describe('read_file', () => {
  it('reads a text file with its lines', async () => {
    expect(await read({ path: 'a.txt' })).toEqual({
      path: 'a.txt',
      start_line: 1,
      end_line: 3,
      total_lines: 3,
      content: 'one\ntwo\nthree\n',
    });
  });

  it('reads a part and says how to go on', async () => {
    expect(await read({ path: 'a.txt', start_line: 2, line_count: 1 })).toMatchObject({
      start_line: 2,
      end_line: 2,
      content: 'two\n',
      truncated: 'Go on with start_line 3.',
    });
    expect((await read({ path: 'a.txt', start_line: 9 })).truncated).toBe('The file ends with line 3.');
  });

  it('follows a link that stays inside, and a path that leaves and comes back', async () => {
    expect((await read({ path: 'alias.txt' })).content).toBe('one\ntwo\nthree\n');
    expect((await read({ path: 'src/../a.txt' })).path).toBe('a.txt');
  });

  it.each([
    ['../secret.txt', 'outside'],
    ['src/../../secret.txt', 'outside'],
    ['leak.txt', 'leads out'],
    ['up/secret.txt', 'leads out'],
    ['/etc/passwd', 'absolute'],
    ['a.txt\0.md', 'NUL'],
    ['zero', 'leads out'],
    ['src', 'is a directory'],
    ['none.txt', 'does not exist'],
    ['a.txt/x', 'does not exist'],
    ['loop', 'circle'],
    ['x'.repeat(5000), 'too long'],
  ])('refuses %j', async (path, message) => {
    await expect(read({ path })).rejects.toThrow(message);
  });

  it('tells no path of the machine in its refusals', async () => {
    for (const path of ['none', '../x', 'leak.txt', 'src']) {
      const error = await read({ path }).catch((error: Error) => error);
      expect((error as Error).message).not.toContain(outside);
    }
  });

  it('refuses a pipe without waiting for a writer', async () => {
    await expect(read({ path: 'pipe' })).rejects.toThrow('"pipe" is not a regular file.');
  });

  it('refuses a socket', async () => {
    const server = createServer().listen(join(root, 'src', 'socket'));
    await new Promise((resolve) => server.once('listening', resolve));
    try {
      await expect(read({ path: 'src/socket' })).rejects.toThrow('not a regular file');
    } finally {
      await new Promise((resolve) => server.close(resolve));
    }
  });

  it('refuses binary files with a sentence', async () => {
    const folder = join(root, 'src', 'deep');
    writeFileSync(join(folder, 'nul.bin'), Buffer.from([80, 75, 0, 4]));
    writeFileSync(join(folder, 'latin.txt'), Buffer.from([0xe9, 0x20, 0xe8]));
    await expect(read({ path: 'src/deep/nul.bin' })).rejects.toThrow('is a binary file, not text.');
    await expect(read({ path: 'src/deep/latin.txt' })).rejects.toThrow('is a binary file, not text.');
    rmSync(join(folder, 'nul.bin'));
    rmSync(join(folder, 'latin.txt'));
  });

  it('bounds what it answers', async () => {
    const path = join(root, 'src', 'deep', 'big.txt');
    writeFileSync(path, `${'é'.repeat(99)}\n`.repeat(2000));
    const many = await read({ path: 'src/deep/big.txt', line_count: 2000 });
    expect(many.content).toHaveLength(50_000);
    expect(many.truncated).toBe('Go on with start_line 501.');
    writeFileSync(path, 'y'.repeat(60_000));
    const long = await read({ path: 'src/deep/big.txt' });
    expect(long.content).toHaveLength(50_000);
    expect(long.truncated).toContain('has 60000 characters');
    writeFileSync(path, `${'é'.repeat(9)}a\n`.repeat(500_000));
    expect((await read({ path: 'src/deep/big.txt' })).truncated).toContain('larger than 8 MiB');
    rmSync(path);
  });

  it('reads an empty file whole, and says where it ends to whoever asks for more', async () => {
    expect(await read({ path: '.hidden' })).toEqual({
      path: '.hidden',
      start_line: 1,
      end_line: 0,
      total_lines: 0,
      content: '',
    });
    expect((await read({ path: '.hidden', start_line: 2 })).truncated).toBe('The file ends with line 0.');
  });
});
