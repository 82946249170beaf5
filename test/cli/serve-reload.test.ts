import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { reloader } from '../../src/cli/serve/reloader.ts';
import { watchForChanges } from '../../src/cli/serve/watch-file.ts';
import { folderWith } from './command.ts';

function reloading(text: string) {
  const applied: string[] = [];
  const failures: string[] = [];
  const state = { text, gone: false };
  const keeper = reloader({
    text,
    read() {
      if (state.gone) throw new Error('gone');
      return state.text;
    },
    apply(changed) {
      if (changed.includes('faulty')) throw new Error(changed);
      applied.push(changed);
    },
    failed: (error) => failures.push((error as Error).message),
    settle: () => Promise.resolve(),
  });
  const change = async (next: string | undefined) => {
    state.gone = next === undefined;
    if (next !== undefined) state.text = next;
    keeper.touched();
    await keeper.idle();
  };
  return { keeper, state, change, applied, failures };
}

describe('a file that changed', () => {
  test('is applied, each text once', async () => {
    const { change, applied, failures } = reloading('a');
    for (const text of ['a', 'b', 'b', 'a']) await change(text);
    expect([applied, failures]).toEqual([['b', 'a'], []]);
  });

  test('is read once for many changes at a time', async () => {
    const { keeper, state, applied } = reloading('a');
    for (const text of ['b', 'c', 'd']) {
      state.text = text;
      keeper.touched();
    }
    await keeper.idle();
    expect(applied).toEqual(['d']);
  });

  test('is complained about once while it is faulty, and applied when it is mended', async () => {
    const { change, applied, failures } = reloading('a');
    for (const text of ['faulty 1', 'faulty 1', 'faulty 2', 'b']) await change(text);
    expect([applied, failures]).toEqual([['b'], ['faulty 1', 'faulty 2']]);
  });

  test('that is mended to what is in use is applied too', async () => {
    const { change, applied } = reloading('a');
    await change('faulty');
    await change('a');
    expect(applied).toEqual(['a']);
  });

  test('may be gone for a while', async () => {
    const { change, applied, failures } = reloading('a');
    for (const text of [undefined, undefined, 'b']) await change(text);
    expect([applied, failures]).toEqual([['b'], ['gone']]);
  });

  test('is applied again when that is asked for', async () => {
    const { keeper, applied } = reloading('a');
    keeper.reload();
    await keeper.idle();
    expect(applied).toEqual(['a']);
  });
});

describe('watching', () => {
  test.each<[string, (file: string) => void]>([
    ['written', (file) => writeFileSync(file, 'new')],
    [
      'replaced, as editors do',
      (file) => {
        writeFileSync(`${file}.tmp`, 'new');
        renameSync(`${file}.tmp`, file);
      },
    ],
  ])('notices a file that is %s', async (_, change) => {
    const file = join(folderWith({ 'perigee.yaml': 'old' }), 'perigee.yaml');
    const noticed = new Promise<void>((resolve) => {
      onTestFinished(watchForChanges(file, resolve));
    });
    change(file);
    await noticed;
  });
});
