import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, onTestFinished, test } from 'vitest';
import {
  type ClientSetup,
  choiceOf,
  clientNamed,
  gatewayAddress,
  prepareFiles,
  type SetupChoice,
  undoWrite,
  writeFiles,
} from '../../src/connect/index.ts';
import { PerigeeError } from '../../src/core/index.ts';
import { folderWith } from '../cli/command.ts';

const OPENCODE = clientNamed('opencode')!;
const AIDER = clientNamed('aider')!;
const CHOICE = choice('kimi-k2.6');

function choice(model: string): SetupChoice {
  const key = { kind: 'variable', name: 'PERIGEE_KEY', from: 'PERIGEE_KEY' } as const;
  return choiceOf(gatewayAddress('http://127.0.0.1:8787'), { id: model }, key);
}

interface Ground {
  readonly folder: string;
  readonly path: string;
  readonly data: string;
  write(client?: ClientSetup, model?: string): Promise<string | undefined>;
  undo(force?: boolean, client?: ClientSetup): ReturnType<typeof undoWrite>;
}

/** A client's file with this in it, or none. */
function ground(bytes?: string | Buffer, name = 'opencode.json'): Ground {
  const folder = folderWith();
  const path = join(folder, name);
  const data = join(folder, 'data');
  if (bytes !== undefined) writeFileSync(path, bytes);
  const places = [
    path,
    join(folder, '.aider.model.settings.yml'),
    join(folder, '.aider.model.metadata.json'),
  ];
  return {
    folder,
    path,
    data,
    write: async (client = OPENCODE, model = 'kimi-k2.6') =>
      writeFiles(data, client.id, await prepareFiles(client, places, choice(model))),
    undo: (force = false, client = OPENCODE) => undoWrite(data, client.id, path, force),
  };
}

async function refusal(write: Promise<unknown>): Promise<string> {
  const error = await write.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (error instanceof PerigeeError) return `${error.code}: ${error.message}`;
  throw error ?? new Error('It was written.');
}

describe('what a write does', () => {
  test('a new file is for its owner alone, and is taken away again', async () => {
    const { path, write, undo } = ground();
    const backups = await write();
    expect(backups).toBeDefined();
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(JSON.parse(readFileSync(path, 'utf8'))).toMatchObject({ model: 'perigee/kimi-k2.6' });
    expect(await undo()).toEqual({ restored: [], removed: [path] });
    expect(existsSync(path)).toBe(false);
  });

  test('a second write has nothing to do and keeps no second backup', async () => {
    const { path, data, write } = ground('{"theme": "dark"}');
    await write();
    const once = readFileSync(path);
    expect(await write()).toBeUndefined();
    expect(readFileSync(path)).toEqual(once);
    expect(readdirSync(join(data, 'connect', 'opencode'))).toHaveLength(1);
  });

  test('undo gives the exact bytes, write by write', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.record({ theme: fc.string(), keys: fc.dictionary(fc.string(), fc.string()) }),
        fc.boolean(),
        fc.boolean(),
        async (value, mark, crlf) => {
          const text = JSON.stringify(value, null, 3).replaceAll('\n', crlf ? '\r\n' : '\n');
          const before = Buffer.from((mark ? '\ufeff' : '') + text);
          const { path, write, undo } = ground(before);
          await write();
          const first = readFileSync(path);
          await write(OPENCODE, 'kimi-k3');
          expect(readFileSync(path).equals(first)).toBe(false);
          expect(readFileSync(path).subarray(0, 3).equals(Buffer.from('\ufeff'))).toBe(mark);
          await undo();
          expect(readFileSync(path).equals(first)).toBe(true);
          await undo();
          expect(readFileSync(path).equals(before)).toBe(true);
          expect(await undo()).toBeUndefined();
        },
      ),
      { numRuns: 20 },
    );
  });

  test('mode and link stay: the file behind the link is changed', async () => {
    const { folder, path, write, undo } = ground();
    mkdirSync(join(folder, 'dotfiles'));
    const real = join(folder, 'dotfiles', 'opencode.json');
    writeFileSync(real, '{}\n');
    chmodSync(real, 0o640);
    symlinkSync('dotfiles/opencode.json', path);
    await write();
    expect(lstatSync(path).isSymbolicLink()).toBe(true);
    expect(statSync(real).mode & 0o777).toBe(0o640);
    expect(readFileSync(real, 'utf8')).toContain('perigee/kimi-k2.6');
    await undo();
    expect(readFileSync(real, 'utf8')).toBe('{}\n');
    expect(lstatSync(path).isSymbolicLink()).toBe(true);
    expect(statSync(real).mode & 0o777).toBe(0o640);
  });

  test('a link to a file that is not there yet makes that file', async () => {
    const { folder, path, write } = ground();
    symlinkSync('elsewhere/opencode.json', path);
    await write();
    expect(lstatSync(path).isSymbolicLink()).toBe(true);
    expect(existsSync(join(folder, 'elsewhere', 'opencode.json'))).toBe(true);
  });

  test('nothing else is left in the folder, and backups are for the owner alone', async () => {
    const { folder, data, write } = ground('{"apiKey": "sk-mine"}');
    const backups = await write();
    expect(readdirSync(folder).sort()).toEqual(['data', 'opencode.json']);
    expect(backups!.startsWith(data)).toBe(true);
    expect(statSync(backups!).mode & 0o777).toBe(0o700);
    for (const name of readdirSync(backups!)) expect(statSync(join(backups!, name)).mode & 0o777).toBe(0o600);
  });

  test('of many writes the last twenty can be undone', async () => {
    const { data, write } = ground();
    for (let i = 0; i < 23; i++) await write(OPENCODE, `kimi-${i}`);
    const names = readdirSync(join(data, 'connect', 'opencode')).sort();
    expect([names.length, names.at(-1)]).toEqual([20, '000023']);
  });
});

describe('an undo', () => {
  test('refuses what was changed since, unless it is forced', async () => {
    const { path, write, undo } = ground('{}');
    await write();
    writeFileSync(path, `${readFileSync(path, 'utf8')}\n`);
    const changed = readFileSync(path, 'utf8');
    expect(await refusal(undo())).toBe(
      `config-invalid: ${path} was left alone: it was changed since it was written.`,
    );
    expect(readFileSync(path, 'utf8')).toBe(changed);
    expect(await undo(true)).toEqual({ restored: [path], removed: [] });
    expect(readFileSync(path, 'utf8')).toBe('{}');
  });

  test('refuses when the file is gone, and brings it back when forced', async () => {
    const { path, write, undo } = ground('{}');
    await write();
    rmSync(path);
    expect(await refusal(undo())).toContain('it is not there any more');
    await undo(true);
    expect(readFileSync(path, 'utf8')).toBe('{}');
  });

  test('without a write has nothing to do', async () => {
    expect(await ground('{}').undo()).toBeUndefined();
  });

  test('passes over a backup that is damaged', async () => {
    const { path, write, undo } = ground('{}');
    await write();
    const backups = await write(OPENCODE, 'kimi-k3');
    writeFileSync(join(backups!, 'entry.json'), '{"version": 1');
    const now = readFileSync(path);
    expect(await refusal(undo())).toContain('was changed since');
    expect(readFileSync(path)).toEqual(now);
  });

  test('takes all files of a client back, or none', async () => {
    const { folder, path, write, undo } = ground('model: old # mine\n', '.aider.conf.yml');
    await write(AIDER);
    const settings = join(folder, '.aider.model.settings.yml');
    expect(readFileSync(settings, 'utf8')).toBe('- name: openai/kimi-k2.6\n  use_temperature: false\n');
    writeFileSync(settings, '- name: mine\n');
    expect(await refusal(undo(false, AIDER))).toContain(settings);
    expect(readFileSync(path, 'utf8')).toContain('model: openai/kimi-k2.6 # mine');
    await undo(true, AIDER);
    expect(readFileSync(path, 'utf8')).toBe('model: old # mine\n');
    expect(readdirSync(folder).sort()).toEqual(['.aider.conf.yml', 'data']);
  });
});

describe('a file is left alone that', () => {
  const odd: [string, (path: string) => void, RegExp][] = [
    ['does not parse', (path) => writeFileSync(path, '{\n"a": oops\n}'), /line 2, column \d+: /],
    ['is a folder', (path) => mkdirSync(path), /it is a folder/],
    ['is a pipe', (path) => void execFileSync('mkfifo', [path]), /no plain file/],
    ['is read-only', (path) => writeFileSync(path, '{}', { mode: 0o444 }), /it is read-only/],
    ['is UTF-16', (path) => writeFileSync(path, Buffer.from('\ufeff{}', 'utf16le')), /UTF-16/],
    [
      'is no UTF-8',
      (path) => writeFileSync(path, Buffer.from([0x7b, 0xff, 0xfe, 0x7d])),
      /not written in UTF-8/,
    ],
    ['holds zero bytes', (path) => writeFileSync(path, '{"a": "\0"}'), /no text has/],
    ['is huge', (path) => writeFileSync(path, `{"a": "${'x'.repeat(6 * 1024 * 1024)}"}`), /too large/],
    ['is a link that leads to itself', (path) => symlinkSync(path, path), /circle/],
    ['lies below a file', (path) => writeFileSync(path, 'x'), /not a folder/],
  ];
  test.each(odd)('%s', async (what, make, expected) => {
    const { path, data } = ground();
    make(path);
    const place = what === 'lies below a file' ? join(path, 'opencode.json') : path;
    const before = lstatSync(path).isFile() ? readFileSync(path) : undefined;
    const written = prepareFiles(OPENCODE, [place], CHOICE).then((prepared) =>
      writeFiles(data, 'opencode', prepared),
    );
    expect(await refusal(written)).toMatch(expected);
    if (before) expect(readFileSync(path).equals(before)).toBe(true);
  });

  test('was changed between looking and writing', async () => {
    const { path, data } = ground('{}');
    const prepared = await prepareFiles(OPENCODE, [path], CHOICE);
    writeFileSync(path, '{"new": true}');
    expect(await refusal(writeFiles(data, 'opencode', prepared))).toContain(
      'changed by somebody else in the meantime',
    );
    expect(readFileSync(path, 'utf8')).toBe('{"new": true}');
    expect(await undoWrite(data, 'opencode', path, false)).toBeUndefined();
  });

  test('comes after one of the same client that fails: the first gets back what it held', async () => {
    const { folder, path, write, undo } = ground('model: old\n', '.aider.conf.yml');
    writeFileSync(join(folder, '.aider.model.metadata.json'), '{}', { mode: 0o444 });
    expect(await refusal(write(AIDER))).toContain('it is read-only');
    expect(readFileSync(path, 'utf8')).toBe('model: old\n');
    expect(existsSync(join(folder, '.aider.model.settings.yml'))).toBe(false);
    expect(await undo(false, AIDER)).toBeUndefined();
  });

  test('may not be read, or lies in a folder that may not be written to', async () => {
    const { folder, path, write } = ground('{}');
    asSomebody(folder, path);
    chmodSync(path, 0o000);
    expect(await refusal(write())).toContain('it may not be read');
    chmodSync(path, 0o600);
    chmodSync(folder, 0o500);
    expect(await refusal(write())).toMatch(/No backup can be kept/);
    chmodSync(folder, 0o700);
    mkdirSync(join(folder, 'data'));
    chmodSync(folder, 0o500);
    expect(await refusal(write())).toContain('its folder may not be written to');
    chmodSync(folder, 0o700);
    expect(readFileSync(path, 'utf8')).toBe('{}');
  });
});

const NOBODY = 65_534;

/** To root everything is allowed: for the rest of the test this process is somebody else, whose files these are. */
function asSomebody(...paths: string[]): void {
  if (process.geteuid?.() !== 0) return;
  for (const path of paths) chownSync(path, NOBODY, NOBODY);
  process.seteuid!(NOBODY);
  onTestFinished(() => process.seteuid!(0));
}
