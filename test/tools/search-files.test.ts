import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type FoundLines, fileTools, type SearchFilesInput } from '../../src/tools/index.ts';

let outside: string;
let root: string;

beforeAll(() => {
  outside = mkdtempSync(join(tmpdir(), 'perigee-search-'));
  root = join(outside, 'root');
  for (const folder of ['src/deep', '.git', 'node_modules/left', 'many']) {
    mkdirSync(join(root, folder), { recursive: true });
  }
  writeFileSync(join(outside, 'secret.txt'), 'needle outside');
  writeFileSync(join(root, 'a.txt'), 'one\ntwo needle\nthree\n');
  writeFileSync(join(root, 'src', 'main.ts'), 'const needle = 1;\r\nneedle.of(Needle);\r\n');
  writeFileSync(join(root, 'src', 'deep', 'leaf.md'), `${'x'.repeat(500)}needle${'y'.repeat(500)}`);
  writeFileSync(join(root, 'binary'), Buffer.from('needle\0'));
  writeFileSync(join(root, '.git', 'config'), 'needle');
  writeFileSync(join(root, 'node_modules', 'left', 'pad.js'), 'needle');
  symlinkSync(join(outside, 'secret.txt'), join(root, 'leak.txt'));
  symlinkSync(outside, join(root, 'up'));
  symlinkSync('/dev/zero', join(root, 'zero'));
  execFileSync('mkfifo', [join(root, 'pipe')]);
  writeFileSync(join(root, 'many', 'lines.txt'), 'again\n'.repeat(600));
});

afterAll(() => rmSync(outside, { recursive: true, force: true }));

function context(signal = new AbortController().signal) {
  return { signal, toolCallId: 'x', idempotencyKey: 'x' };
}
const search = async (input: SearchFilesInput, signal?: AbortSignal) =>
  (await fileTools({ root }).search_files.execute(input, context(signal))) as FoundLines;
const places = ({ matches }: FoundLines) => matches.map(({ path, line }) => `${path}:${line}`);

describe('search_files', () => {
  it('finds the lines with a text, in files below the folder, and nowhere through links, pipes or in binary files', async () => {
    const found = await search({ query: 'needle' });
    expect(places(found)).toEqual(['a.txt:2', 'src/deep/leaf.md:1', 'src/main.ts:1', 'src/main.ts:2']);
    expect(found.matches[0]!.text).toBe('two needle');
    expect(found.matches[3]!.text).toBe('needle.of(Needle);');
    expect(found.truncated).toBeUndefined();
    expect(found.files_searched).toBe(4);
  });

  it('shows of a long line what is around the find', async () => {
    const { text } = (await search({ query: 'needle', path: 'src/deep' })).matches[0]!;
    expect(text).toMatch(/^…x+needley+…$/);
    expect(text.length).toBeLessThanOrEqual(302);
  });

  it('takes a text literally and an expression as one', async () => {
    expect(places(await search({ query: 'needle.of(' }))).toEqual(['src/main.ts:2']);
    expect(places(await search({ query: '^needle\\.\\w+\\(', regex: true }))).toEqual(['src/main.ts:2']);
    expect(places(await search({ query: '\\p{Lu}eedle', regex: true }))).toEqual(['src/main.ts:2']);
    expect(places(await search({ query: 'two\\-?|one$', regex: true }))).toEqual(['a.txt:1', 'a.txt:2']);
    expect(places(await search({ query: 'TWO', ignore_case: true }))).toEqual(['a.txt:2']);
    expect(places(await search({ query: '1;\nneedle' }))).toEqual(['src/main.ts:1']);
  });

  it('looks only where the pattern or the path says', async () => {
    expect(places(await search({ query: 'needle', pattern: '*.ts' }))).toEqual([
      'src/main.ts:1',
      'src/main.ts:2',
    ]);
    expect(places(await search({ query: 'needle', pattern: '**/*.{md,txt}' }))).toEqual([
      'a.txt:2',
      'src/deep/leaf.md:1',
    ]);
    expect(places(await search({ query: 'needle', path: 'src/main.ts' }))).toEqual([
      'src/main.ts:1',
      'src/main.ts:2',
    ]);
    expect(places(await search({ query: 'needle', path: 'node_modules' }))).toEqual([
      'node_modules/left/pad.js:1',
    ]);
    expect((await search({ query: 'nowhere' })).matches).toEqual([]);
  });

  it('counts a line once, and stops at the end of a text for expressions that fit everywhere', async () => {
    expect(places(await search({ query: 'x*', regex: true, path: 'a.txt' }))).toEqual([
      'a.txt:1',
      'a.txt:2',
      'a.txt:3',
    ]);
    expect(places(await search({ query: '$', regex: true, path: 'a.txt' }))).toEqual([
      'a.txt:1',
      'a.txt:2',
      'a.txt:3',
    ]);
  });

  it('bounds the lines and says that there are more', async () => {
    const found = await search({ query: 'again' });
    expect(found.matches).toHaveLength(100);
    expect(found.truncated).toContain('more than 100 such lines');
    expect((await search({ query: 'again', limit: 500 })).matches).toHaveLength(500);
    const exact = await search({ query: 'needle', path: 'a.txt', limit: 1 });
    expect(exact.truncated).toBeUndefined();
  });

  it('looks through the first 2 MiB of a large file and says so', async () => {
    const path = join(root, 'many', 'large.txt');
    writeFileSync(path, `early\n${'é'.repeat(99)}\n`.repeat(15_000).concat('late\n'));
    const found = await search({ query: 'late', path: 'many' });
    expect(found.matches).toEqual([]);
    expect(found.truncated).toBe('Of 1 large files only the first 2 MiB were looked through.');
    rmSync(path);
  });

  it('ends an expression that takes for ever, keeps what it found, and lets the process go on meanwhile', async () => {
    writeFileSync(join(root, 'src', 'trap.txt'), `${'a'.repeat(60)}!`);
    let turns = 0;
    const beat = setInterval(() => turns++, 20);
    const tool = fileTools({ root, searchMs: 2000 }).search_files;
    const input = { query: '^(a+)+$|^const', regex: true, path: 'src' };
    const found = (await tool.execute(input, context())) as FoundLines;
    clearInterval(beat);
    rmSync(join(root, 'src', 'trap.txt'));
    expect(found.truncated).toContain('The time was over in src/trap.txt');
    expect(places(found)).toEqual(['src/main.ts:1']);
    expect(turns).toBeGreaterThan(5);
  });

  it('ends at once when it is aborted in the middle of such an expression', async () => {
    writeFileSync(join(root, 'trap.txt'), `${'a'.repeat(60)}!`);
    const controller = new AbortController();
    const searching = search({ query: '^(a+)+$', regex: true, path: 'trap.txt' }, controller.signal);
    setImmediate(() => controller.abort());
    await expect(searching).rejects.toThrow('aborted');
    rmSync(join(root, 'trap.txt'));
  });

  it.each([
    [{ query: '(', regex: true }, 'The query is no regular expression'],
    [{ query: 'a', path: '..' }, 'outside'],
    [{ query: 'a', path: 'up' }, 'leads out'],
    [{ query: 'a', path: 'leak.txt' }, 'leads out'],
    [{ query: 'a', path: 'none' }, 'does not exist'],
    [{ query: 'a', path: 'binary' }, 'binary file'],
    [{ query: 'a', path: 'pipe' }, 'not a regular file'],
    [{ query: 'a', pattern: '*.{ts' }, 'pattern cannot'],
  ])('refuses %j', async (input, message) => {
    await expect(search(input)).rejects.toThrow(message);
  });
});
