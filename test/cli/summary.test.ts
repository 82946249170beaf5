import { expect, it } from 'vitest';
import { agent, tool } from '../../src/agent/index.ts';
import { summaryLine } from '../../src/cli/terminal/summary.ts';
import type { StreamEvent } from '../../src/core/index.ts';
import { calls, scriptedModel, thinks } from '../agent/fixtures.ts';

const PRICES = { input: 1, cachedInput: 0.2, output: 4 };
const usage = { inputTokens: 20_000, cachedInputTokens: 19_000, outputTokens: 300 };
const end = (reason: 'stop' | 'tool-calls'): StreamEvent => ({ type: 'finish', reason, usage });
const look = tool({
  description: '',
  inputSchema: { type: 'object' },
  readOnly: true,
  execute: () => 'x'.repeat(4000),
});

it('the last line says what cutting saved and what kept reasoning cost', async () => {
  let turns = 0;
  const model = scriptedModel(
    [
      () =>
        turns++ < 40 ? [...calls(0, 'look', { turns }), end('tool-calls')] : [thinks('hm'), end('stop')],
    ],
    PRICES,
  );
  const first = await agent({ model, tools: { look }, limits: { wrapUp: false, turnRetries: 0 } }).run('go');
  expect(first.bill.cuts).toBeGreaterThan(0);
  expect(summaryLine(first, false)).toMatch(/ · \d+ cuts? of the prompt saved \$\d+\.\d+/);

  const said = [
    thinks('Because of this and that. '.repeat(200)),
    { type: 'text-delta', delta: 'Yes.' } as const,
    end('stop'),
  ];
  const keeping = agent({ model: scriptedModel([said], PRICES), thinking: 'keep' });
  const before = await keeping.run('Is it?');
  const after = await keeping.run('Why?', { messages: before.messages });
  expect(summaryLine(before, false)).not.toContain('kept reasoning');
  expect(summaryLine(after, false)).toMatch(/\$\d\.\d+ of it for kept reasoning/);
});
