import { expect, test } from 'vitest';
import { parse } from '../../src/formats/index.ts';
import { chunk, sse } from '../upstream/server.ts';
import { folderWith, perigee } from './command.ts';
import { rawCall, rawSection } from './hosts.ts';

const RAW = `Why</think>I look.\x1b[31m${rawSection(rawCall('functions.get_weather:0', '{"city":"Paris"}'))}\nuser<|im_end|>next`;

interface Explained {
  readonly pieces: readonly { readonly text: string; readonly kind: string; readonly became: string }[];
  readonly answer: { readonly content: string; readonly tool_calls: readonly unknown[] };
}

test('--explain shows each piece with what it became and why', async () => {
  const { code, stdout, stderr } = await perigee(['parse', '--explain', '--start-in-reasoning'], {
    input: RAW,
  });
  expect([code, stderr]).toEqual([0, '']);
  expect(stdout).toContain('│</think>│\n');
  expect(stdout).toContain('closes the reasoning');
  expect(stdout).toContain('→ get_weather │{"city":"Paris"}│, id │functions.get_weather:0│');
  expect(stdout).toMatch(/rest +│next│\n +dropped: stands behind the end of the output/);
  expect(stdout).toMatch(/text +│\\nuser│\n +dropped: /);
  // Nothing of it moves the cursor.
  expect(stdout).toContain('I look.\\u001b[31m');
  expect(stdout).not.toContain('\x1b');
});

test('--explain --json: the pieces are the text, and the answer is that of the parser', async () => {
  const cwd = folderWith({ 'answer.txt': RAW, 'tools.json': '["other"]' });
  const args = [
    'parse',
    'answer.txt',
    '--explain',
    '--json',
    '--tools',
    'tools.json',
    '--start-in-reasoning',
  ];
  const explained = JSON.parse((await perigee(args, { cwd })).stdout) as Explained;
  expect(explained.pieces.map(({ text }) => text).join('')).toBe(RAW);
  const turn = parse(RAW, { tools: [{ name: 'other' }], startInReasoning: true });
  expect(explained.pieces.map(({ kind, became }) => (kind === 'text' ? became : '')).join('')).toBe(
    turn.content,
  );
  const plain = await perigee(['parse', 'answer.txt', '--tools', 'tools.json', '--start-in-reasoning'], {
    cwd,
  });
  expect(explained.answer).toEqual(JSON.parse(plain.stdout));
});

test.each([
  [['--explain'], sse(chunk({ content: 'Hi' }), '[DONE]'), 'give it the raw text'],
  [['--explain', '--events'], RAW, 'do not go together'],
  [['--explain', '--jsonl'], RAW, 'do not go together'],
  [['--json'], RAW, '--json goes with --explain'],
])('parse %j', async (args, input, words) => {
  const { code, stdout, stderr } = await perigee(['parse', ...args], { input });
  expect([code, stdout]).toEqual([2, '']);
  expect(stderr).toContain(words);
});

test('an empty text has no pieces', async () => {
  const { code, stdout } = await perigee(['parse', '--explain', '--json'], { input: '' });
  expect(code).toBe(0);
  expect((JSON.parse(stdout) as Explained).pieces).toEqual([]);
});
