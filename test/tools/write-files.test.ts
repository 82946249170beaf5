import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type EditedFile, type EditFileInput, fileTools, type WrittenFile } from '../../src/tools/index.ts';

let outside: string;
let root: string;

beforeEach(() => {
  outside = realpathSync(mkdtempSync(join(tmpdir(), 'perigee-write-')));
  root = join(outside, 'root');
  mkdirSync(join(root, 'src'), { recursive: true });
  writeFileSync(join(outside, 'secret.txt'), 'secret');
  writeFileSync(join(root, 'a.txt'), 'one\ntwo\nthree\n');
});

afterEach(() => rmSync(outside, { recursive: true, force: true }));

const context = { signal: new AbortController().signal, toolCallId: 'x', idempotencyKey: 'x' };
const tools = () => fileTools({ root, write: true });
const write = async (path: string, content: string) =>
  (await tools().write_file.execute({ path, content }, context)) as WrittenFile;
const edit = async (input: EditFileInput) => (await tools().edit_file.execute(input, context)) as EditedFile;
const held = (path: string) => readFileSync(join(root, path), 'utf8');

/** What is in the folder and in the one around it, to see that nothing was left or made elsewhere. */
const everything = () => readdirSync(outside, { recursive: true, encoding: 'utf8' }).sort();

describe('the file tools', () => {
  it('write only when they are told that they may', () => {
    expect(Object.keys(fileTools({ root }))).toEqual(['list_files', 'read_file', 'search_files']);
    expect(Object.keys(tools())).toEqual([
      'list_files',
      'read_file',
      'search_files',
      'write_file',
      'edit_file',
    ]);
  });

  it('say which of them change something, and what they touch', () => {
    const { list_files, read_file, search_files, write_file, edit_file } = tools();
    expect([list_files, read_file, search_files].map(({ readOnly }) => readOnly)).toEqual([true, true, true]);
    expect([write_file, edit_file].map(({ readOnly, replay }) => readOnly ?? replay)).toEqual([
      undefined,
      undefined,
    ]);
    expect(read_file.accesses?.({ path: './src//a/../b.ts' })).toEqual([
      { resource: 'file:src/b.ts', mode: 'read' },
    ]);
    expect(list_files.accesses?.({})).toEqual([{ resource: 'file:.', mode: 'read' }]);
    expect(search_files.accesses?.({ query: 'x', path: 'src/' })).toEqual([
      { resource: 'file:src', mode: 'read' },
    ]);
    expect(write_file.accesses?.({ path: 'src/a/b.ts', content: '' })).toEqual(
      ['src/a/b.ts', 'src/a', 'src', '.'].map((path) => ({ resource: `file:${path}`, mode: 'write' })),
    );
    for (const path of ['..', '../x', '/', '/etc/x', '', '.']) {
      expect(edit_file.accesses?.({ path })?.length).toBeGreaterThan(0);
    }
  });
});

describe('write_file', () => {
  it('writes nothing that git would run', async () => {
    mkdirSync(join(root, '.git', 'hooks'), { recursive: true });
    symlinkSync('.git', join(root, 'repository'));
    const before = everything();
    for (const path of [
      '.git/hooks/pre-commit',
      '.GIT/config',
      'src/.git/config',
      'repository/hooks/x',
      '.git',
    ]) {
      await expect(write(path, 'x')).rejects.toThrow(/git/);
    }
    expect(everything()).toEqual(before);
    expect((await write('.gitignore', 'dist\n')).path).toBe('.gitignore');
  });

  it('makes a new file with the folders it needs, and shows it', async () => {
    expect(await write('src/new/b.ts', 'x\ny')).toEqual({
      path: 'src/new/b.ts',
      change: 'created',
      lines_added: 2,
      lines_removed: 0,
      diff: '--- /dev/null\n+++ b/src/new/b.ts\n@@ -0,0 +1,2 @@\n+x\n+y\n\\ No newline at end of file',
    });
    expect(held('src/new/b.ts')).toBe('x\ny');
  });

  it('replaces a file, keeps its mode, and shows the difference', async () => {
    chmodSync(join(root, 'a.txt'), 0o750);
    const written = await write('a.txt', 'one\n2\nthree\n');
    expect(written).toMatchObject({ change: 'replaced', lines_added: 1, lines_removed: 1 });
    expect(written.diff).toBe('--- a/a.txt\n+++ b/a.txt\n@@ -1,3 +1,3 @@\n one\n-two\n+2\n three');
    expect(statSync(join(root, 'a.txt')).mode & 0o777).toBe(0o750);
    expect(held('a.txt')).toBe('one\n2\nthree\n');
    expect(readdirSync(root).sort()).toEqual(['a.txt', 'src']);
  });

  it('does not hand on the right to run as the owner', async () => {
    chmodSync(join(root, 'a.txt'), 0o4755);
    await write('a.txt', 'x');
    expect(statSync(join(root, 'a.txt')).mode & 0o7777).toBe(0o755);
  });

  it('leaves a file alone that would stay the same', async () => {
    const stamp = () => {
      const { ino, mtimeNs, ctimeNs } = statSync(join(root, 'a.txt'), { bigint: true });
      return [ino, mtimeNs, ctimeNs];
    };
    const before = stamp();
    expect(await write('a.txt', 'one\ntwo\nthree\n')).toMatchObject({ change: 'unchanged', diff: '' });
    expect(stamp()).toEqual(before);
  });

  it('writes through a link that stays inside, and leaves the link', async () => {
    symlinkSync('../a.txt', join(root, 'src', 'alias.txt'));
    await write('src/alias.txt', 'new');
    expect(held('a.txt')).toBe('new');
    expect(lstatSync(join(root, 'src', 'alias.txt')).isSymbolicLink()).toBe(true);
  });

  it('replaces a binary file and says so', async () => {
    writeFileSync(join(root, 'image'), Buffer.from([1, 0, 2]));
    expect((await write('image', 'text')).diff).toContain('The binary file of 3 bytes is replaced by text.');
  });

  it('shortens a long diff and says by how much', async () => {
    const { diff, lines_added } = await write('long.txt', 'a line of text\n'.repeat(10_000));
    expect(lines_added).toBe(10_000);
    expect(diff.length).toBeLessThan(10_100);
    expect(diff).toMatch(/… \d{4} more lines of the diff are not shown\.$/);
    expect((await write('wide.txt', 'x'.repeat(1_000_000))).diff.length).toBeLessThan(1000);
  });

  it('gives up a diff that would take long, not the writing', async () => {
    const lines = (seed: number) =>
      Array.from({ length: 40_000 }, (_, i) => ((i * 7919 + seed) % 10_007).toString(36)).join('\n');
    writeFileSync(join(root, 'big.txt'), lines(1));
    const written = await write('big.txt', lines(5000).split('\n').reverse().join('\n'));
    expect(written.diff).toBe('The difference is too large to show.');
    expect(written).toMatchObject({ lines_added: 40_000, lines_removed: 40_000 });
    expect(held('big.txt')).toBe(lines(5000).split('\n').reverse().join('\n'));
  });

  it('refuses what leads out, and leaves all as it was', async () => {
    symlinkSync(outside, join(root, 'up'));
    symlinkSync(join(outside, 'secret.txt'), join(root, 'leak.txt'));
    symlinkSync(join(outside, 'nothing-yet'), join(root, 'dangling'));
    symlinkSync('nothing-yet', join(root, 'within'));
    symlinkSync('loop', join(root, 'loop'));
    symlinkSync('/dev/full', join(root, 'device'));
    execFileSync('mkfifo', [join(root, 'pipe')]);
    const before = everything();
    const refusals: [string, string][] = [
      ['../new.txt', 'outside'],
      ['src/../../secret.txt', 'outside'],
      ['/tmp/new.txt', 'absolute'],
      ['up/new.txt', 'leads out'],
      ['up/folder/new.txt', 'leads out'],
      ['leak.txt', 'leads out'],
      ['dangling', 'link to something that does not exist'],
      ['dangling/new.txt', 'link to something that does not exist'],
      ['within', 'link to something that does not exist'],
      ['loop', 'circle'],
      ['device', 'leads out'],
      ['pipe', 'not a regular file'],
      ['src', 'is a directory'],
      ['.', 'is a directory'],
      ['src/', 'names a folder'],
      ['new/', 'names a folder'],
      ['a.txt/new.txt', 'as if it were a folder'],
      ['a\0b', 'NUL'],
      ['x'.repeat(300), 'too long'],
    ];
    for (const [path, message] of refusals) await expect(write(path, 'x'), path).rejects.toThrow(message);
    expect(everything()).toEqual(before);
    expect(readFileSync(join(outside, 'secret.txt'), 'utf8')).toBe('secret');
  });

  it('tells no path of the machine in its refusals', async () => {
    symlinkSync(outside, join(root, 'up'));
    for (const path of ['../x', 'up/x', 'src', 'a.txt/x', `${'x'.repeat(300)}`]) {
      const error = (await write(path, 'x').catch((error: Error) => error)) as Error;
      expect(error.message).not.toContain(outside);
      expect(error.message).not.toContain('/proc');
    }
  });

  it('refuses a read-only file and one that is too large', async () => {
    chmodSync(join(root, 'a.txt'), 0o444);
    await expect(write('a.txt', 'x')).rejects.toThrow('"a.txt" is read-only.');
    await expect(write('b.txt', 'é'.repeat(1_500_000))).rejects.toThrow('larger than 2 MiB');
    writeFileSync(join(root, 'huge.txt'), 'x'.repeat(3_000_000));
    await expect(write('huge.txt', 'x')).rejects.toThrow('"huge.txt" is larger than 2 MiB');
    expect(existsSync(join(root, 'b.txt'))).toBe(false);
  });

  it('previews the difference without making it, and says when it would fail', async () => {
    const before = everything();
    const preview = tools().write_file.preview!;
    expect(await preview({ path: 'new/b.txt', content: 'x\n' })).toBe(
      '--- /dev/null\n+++ b/new/b.txt\n@@ -0,0 +1,1 @@\n+x',
    );
    expect(await preview({ path: '../b.txt', content: 'x' })).toBe(
      'This will fail: "../b.txt" is outside the folder.',
    );
    expect(await preview({ path: 'a.txt', content: held('a.txt') })).toBe('Nothing changes in "a.txt".');
    expect(everything()).toEqual(before);
  });
});

describe('edit_file', () => {
  it('replaces a text that is there once', async () => {
    const edited = await edit({ path: 'a.txt', old_text: 'two', new_text: '2' });
    expect(edited).toMatchObject({ change: 'replaced', replacements: 1, lines_added: 1, lines_removed: 1 });
    expect(edited.diff).toContain('-two\n+2');
    expect(held('a.txt')).toBe('one\n2\nthree\n');
  });

  it('takes the new text as it is, dollar signs and all', async () => {
    await edit({ path: 'a.txt', old_text: 'two', new_text: "$& $1 $` $' $$" });
    expect(held('a.txt')).toBe("one\n$& $1 $` $' $$\nthree\n");
  });

  it('replaces every place when told to', async () => {
    writeFileSync(join(root, 'b.txt'), 'aaa aaaa\n');
    const edited = await edit({ path: 'b.txt', old_text: 'aa', new_text: 'aab', all: true });
    expect(edited.replacements).toBe(3);
    expect(held('b.txt')).toBe('aaba aabaab\n');
  });

  it('keeps the line endings and the BOM of the file, whichever the model writes', async () => {
    writeFileSync(join(root, 'crlf.txt'), '\uFEFFone\r\ntwo\r\nthree\r\nfour');
    await edit({ path: 'crlf.txt', old_text: 'one\ntwo\n', new_text: 'eins\nzwei\nzweieinhalb\n' });
    expect(held('crlf.txt')).toBe('\uFEFFeins\r\nzwei\r\nzweieinhalb\r\nthree\r\nfour');
    await edit({ path: 'crlf.txt', old_text: '\r\nthree', new_text: '' });
    expect(held('crlf.txt')).toBe('\uFEFFeins\r\nzwei\r\nzweieinhalb\r\nfour');
    await edit({ path: 'a.txt', old_text: 'one\r\ntwo', new_text: '1\r\n2' });
    expect(held('a.txt')).toBe('1\n2\nthree\n');
  });

  it('leaves the other lines of a file with mixed line endings as they are', async () => {
    writeFileSync(join(root, 'mixed.txt'), 'a\r\nb\nc\r\nd\n');
    await edit({ path: 'mixed.txt', old_text: 'b\nc', new_text: 'B' });
    expect(held('mixed.txt')).toBe('a\r\nB\r\nd\n');
  });

  it('edits a file in the order in which it is asked to, even all at once', async () => {
    writeFileSync(join(root, 'count.txt'), '0');
    await Promise.all(
      Array.from({ length: 20 }, (_, i) =>
        edit({ path: i % 2 ? 'count.txt' : './count.txt', old_text: `${i}`, new_text: `${i + 1}` }),
      ),
    );
    expect(held('count.txt')).toBe('20');
  });

  it.each<[string, Omit<EditFileInput, 'path' | 'new_text'>, string]>([
    [
      'several places',
      { old_text: 'o' },
      'old_text is in "a.txt" 2 times, at lines 1, 2. Take in more lines',
    ],
    [
      'nothing like it',
      { old_text: 'zzzzz' },
      'old_text is not in "a.txt". Nothing in the file is like it; read the file again',
    ],
    [
      'other white space',
      { old_text: '\tone \n  two' },
      'It differs from lines 1 to 2 of the file in white space only (spaces, tabs, indentation). The file has exactly:\none\ntwo',
    ],
    [
      'a line that differs later',
      { old_text: 'one\ntwo\nfour' },
      'It fits lines 1 to 2 of the file, but then old_text has "four" where the file has "three".',
    ],
    [
      'a line after the end',
      { old_text: 'three\n\nfour' },
      'but then old_text has "" where the file has its end.',
    ],
    [
      'another first line',
      { old_text: 'zero\nthree' },
      'Its first line, "zero", is nowhere in the file; its line 2, "three", is line 3 of the file.',
    ],
    ['another case', { old_text: 'TWO' }, 'Line 2 of the file has it in other case or spacing: "two".'],
    ['an escaped line break', { old_text: 'one\\ntwo' }, 'It has a backslash sequence'],
    ['white space alone', { old_text: '   ' }, 'read the file again'],
  ])('says what comes near: %s', async (_, input, message) => {
    await expect(edit({ path: 'a.txt', new_text: 'x', ...input })).rejects.toThrow(message);
    expect(held('a.txt')).toBe('one\ntwo\nthree\n');
  });

  it('refuses a missing file, a binary one, and a change that is none', async () => {
    writeFileSync(join(root, 'image'), Buffer.from([1, 0, 2]));
    await expect(edit({ path: 'none', old_text: 'a', new_text: 'b' })).rejects.toThrow(
      'write_file makes new files',
    );
    await expect(edit({ path: 'image', old_text: 'a', new_text: 'b' })).rejects.toThrow('binary file');
    await expect(edit({ path: 'a.txt', old_text: 'one', new_text: 'one' })).rejects.toThrow('the same');
    await expect(edit({ path: 'a.txt', old_text: '', new_text: 'one' })).rejects.toThrow('old_text is empty');
    await expect(edit({ path: '../secret.txt', old_text: 's', new_text: 'b' })).rejects.toThrow('outside');
  });

  it('does not let a small edit make a file without bounds', async () => {
    writeFileSync(join(root, 'many.txt'), 'x'.repeat(100_000));
    const bomb = { path: 'many.txt', old_text: 'x', new_text: 'y'.repeat(100_000), all: true };
    await expect(edit(bomb)).rejects.toThrow('larger than 2 MiB');
  });

  it('previews the difference without making it, and says when it would fail', async () => {
    const preview = tools().edit_file.preview!;
    expect(await preview({ path: 'a.txt', old_text: 'two', new_text: '2' })).toContain('-two\n+2');
    expect(await preview({ path: 'a.txt', old_text: 'zwei', new_text: '2' })).toContain(
      'This will fail: old_text is not in',
    );
    expect(held('a.txt')).toBe('one\ntwo\nthree\n');
  });
});
