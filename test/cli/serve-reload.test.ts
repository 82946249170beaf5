import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { loadConfig } from '../../src/cli/config/load-config.ts';
import { reloadNotes } from '../../src/cli/serve/reload-notes.ts';
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

describe('of a configuration that comes into use it is said', () => {
  const MODELS = 'models: [{ name: kimi-k2.6, upstreams: [{ host: moonshot, api_key: sk-moonshot }] }]\n';
  const KEY = 'keys: [{ id: ci, key: client-key }]\n';
  const configOf = (text: string) => {
    const loaded = loadConfig(MODELS + text, { environment: {} });
    if ('problems' in loaded) throw new Error(JSON.stringify(loaded.problems));
    return loaded.config;
  };

  test.each([
    ['nothing, where all of it counts', KEY, `log: json\n${KEY}`, []],
    [
      'that it still listens where it did',
      '',
      'server: { port: 1 }\n',
      ['It still listens at 127.0.0.1:8787: a new address needs a restart.'],
    ],
    [
      'what counts after a restart',
      '',
      'server: { keep_alive_seconds: 9 }\n',
      ['What it changes of server.keep_alive_seconds counts after a restart.'],
    ],
    ['that everybody may use it now', KEY, '', ['No key is asked for any more.']],
    [
      'that budgets are not kept yet',
      KEY,
      KEY.replace(' }', ', monthly_budget_usd: 5 }'),
      ['What is spent of budgets is forgotten with this process: it is kept from the next start on.'],
    ],
  ])('%s', (_, before, after, notes) => {
    expect(reloadNotes(configOf(before), configOf(after), {})).toEqual(notes);
  });

  test('which of it is for a database that is open', () => {
    const accounts = { keepsKeys: true } as never;
    const [before, after] = [
      configOf(KEY),
      configOf('fail: { budgets: open }\nkeep: { responses_days: 1 }\n'),
    ];
    expect(reloadNotes(before, after, { accounts, shared: {} as never })).toEqual([
      'What it changes of fail and keep counts after a restart.',
    ]);
  });
});
