import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { confirmInside } from '../../src/tools/files/jail.ts';
import { fileTools, type ReadFile } from '../../src/tools/index.ts';

let outside: string;
let root: string;

beforeAll(() => {
  outside = realpathSync(mkdtempSync(join(tmpdir(), 'perigee-jail-')));
  root = join(outside, 'root');
  mkdirSync(join(root, 'folder'), { recursive: true });
  mkdirSync(join(outside, 'other'));
  writeFileSync(join(root, 'folder', 'file.txt'), 'inside');
  writeFileSync(join(outside, 'other', 'file.txt'), 'secret');
  symlinkSync(join(outside, 'other'), join(root, 'link'));
});
afterAll(() => rmSync(outside, { recursive: true }));
afterEach(() => void vi.unstubAllGlobals());

async function confirm(opened: string, real: string): Promise<void> {
  const file = await open(opened);
  try {
    await confirmInside(file, { root, real, shown: 'x' }, 'x');
  } finally {
    await file.close();
  }
}

describe.each([process.platform, 'other'])('a file that was opened, on the platform %s', (platform) => {
  it('is taken when it is inside and refused when the path had led elsewhere', async () => {
    vi.stubGlobal('process', { ...process, platform });
    const file = join(root, 'folder', 'file.txt');
    await expect(confirm(file, file)).resolves.toBeUndefined();
    const refusal = '"x" was moved, or led out of the folder, while it was opened.';
    await expect(confirm(join(outside, 'other', 'file.txt'), file)).rejects.toThrow(refusal);
    const linked = join(root, 'link', 'file.txt');
    await expect(confirm(linked, linked)).rejects.toThrow(refusal);
  });
});

const SWAP = `
  const { renameSync, rmSync } = require('node:fs');
  // Whoever finds the folder missing may make a new one.
  function move(from, to) {
    for (;;) try { return renameSync(from, to); } catch { try { rmSync(to, { recursive: true, force: true }); } catch {} }
  }
  process.on('message', () => process.exit());
  process.on('disconnect', () => process.exit());
  process.send('begun');
  (function swap() {
    for (let i = 0; i < 100; i++) {
      move('folder', 'away'); move('link', 'folder');
      move('folder', 'link'); move('away', 'folder');
    }
    setImmediate(swap);
  })();`;

describe('read_file', () => {
  it('never reads outside while another process swaps a folder and a link', async () => {
    const child = spawn(process.execPath, ['-e', SWAP], {
      cwd: root,
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    const ended = once(child, 'exit');
    await once(child, 'message');
    const read = fileTools({ root }).read_file;
    const context = { signal: new AbortController().signal, toolCallId: 'x', idempotencyKey: 'x' };
    const seen = new Set<string>();
    try {
      for (let i = 0; i < 200; i++) {
        const reads = Array.from({ length: 20 }, async () =>
          ((await read.execute({ path: 'folder/file.txt' }, context)) as ReadFile).content.trim(),
        );
        for (const one of await Promise.allSettled(reads))
          if (one.status === 'fulfilled') seen.add(one.value);
      }
    } finally {
      child.send('end');
      await ended;
    }
    expect([...seen]).toEqual(['inside']);
  });
});

describe('write_file', () => {
  it('never writes outside while another process swaps a folder and a link', async () => {
    const child = spawn(process.execPath, ['-e', SWAP], {
      cwd: root,
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    const ended = once(child, 'exit');
    await once(child, 'message');
    const write = fileTools({ root, write: true }).write_file;
    const context = { signal: new AbortController().signal, toolCallId: 'x', idempotencyKey: 'x' };
    let written = 0;
    try {
      for (let i = 0; i < 500; i++) {
        const done = await Promise.allSettled([
          write.execute({ path: 'folder/file.txt', content: `${i}` }, context),
          write.execute({ path: `folder/new/${i}.txt`, content: 'new' }, context),
        ]);
        written += done.filter(({ status }) => status === 'fulfilled').length;
      }
    } finally {
      child.send('end');
      await ended;
    }
    expect(written).toBeGreaterThan(0);
    expect(readFileSync(join(outside, 'other', 'file.txt'), 'utf8')).toBe('secret');
    expect(readdirSync(join(outside, 'other'))).toEqual(['file.txt']);
  });
});
