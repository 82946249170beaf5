import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
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
  const { renameSync } = require('node:fs');
  process.on('message', () => process.exit());
  process.on('disconnect', () => process.exit());
  process.send('begun');
  (function swap() {
    for (let i = 0; i < 100; i++) {
      renameSync('folder', 'away'); renameSync('link', 'folder');
      renameSync('folder', 'link'); renameSync('away', 'folder');
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
