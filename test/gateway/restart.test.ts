import { mkdtempSync } from 'node:fs';
import { readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import OpenAI from 'openai';
import { expect, onTestFinished, test } from 'vitest';
import { openSqliteState } from '../../src/durable/index.ts';
import { call, kimi, running, USAGE } from './fixtures.ts';

const model = 'kimi';
const client = (baseURL: string) => new OpenAI({ baseURL, apiKey: 'any', maxRetries: 0 });
const CALLS = { text: `<think>I must look.</think>Well. ${call('look', 0, '{"at":"it"}')}`, usage: USAGE };

/** A file that gateways use one after the other. */
function place() {
  const folder = mkdtempSync(join(tmpdir(), 'gateway-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const path = join(folder, 'new', 'memory.sqlite');
  const begin = async (texts: Parameters<typeof kimi>[0]) => {
    const state = await openSqliteState(path);
    const { model: asked, models } = kimi(texts);
    const { gateway, baseURL } = await running({ models, state });
    const end = async () => {
      await gateway.drain();
      await state.close();
    };
    return { openai: client(baseURL), asked, end };
  };
  return { path, begin };
}

test('responses and reasoning outlive the gateway in a file that only its owner reads', async () => {
  const { path, begin } = place();
  const question = { role: 'user', content: 'Look!' } as const;
  const before = await begin([CALLS, 'Said before.']);
  await before.openai.chat.completions.create({ model, messages: [question] });
  const first = await before.openai.responses.create({ model, input: 'Remember.' });
  const gone = await before.openai.responses.create({ model, input: 'Forget.' });
  await before.openai.responses.delete(gone.id);
  await before.end();

  const after = await begin(['Said after.']);
  await after.openai.responses.create({ model, previous_response_id: first.id, input: 'And?' });
  expect(after.asked.requests[0]!.messages).toMatchObject([
    { content: 'Remember.' },
    { content: 'Said before.' },
    { content: 'And?' },
  ]);
  await after.openai.chat.completions.create({
    model,
    messages: [
      question,
      {
        role: 'assistant',
        content: 'Well. ',
        tool_calls: [
          { id: 'functions.look:0', type: 'function', function: { name: 'look', arguments: '{"at":"it"}' } },
        ],
      },
      { role: 'tool', tool_call_id: 'functions.look:0', content: 'a stone' },
    ],
  });
  expect(after.asked.requests[1]!.messages[1]).toMatchObject({ reasoning: 'I must look.' });
  await expect(after.openai.responses.retrieve(gone.id)).rejects.toMatchObject({ status: 404 });
  await after.end();
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  expect((await readFile(path)).includes('Remember.')).toBe(false);
});

test('what cannot be opened is said to be so', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'gateway-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  await expect(openSqliteState(folder)).rejects.toMatchObject({ code: 'database-invalid' });
});
