import { describe, expect, it } from 'vitest';
import { agent, tool } from '../../src/agent/index.ts';
import { type Message, modelStream, type StreamEvent } from '../../src/core/index.ts';
import { calls, finish, says } from './fixtures.ts';

const STEPS = 2000;

/** Runs so many steps and tells what the first and the last hundred took of the processor, in milliseconds. */
async function measured(): Promise<{ readonly first: number; readonly last: number; readonly heap: number }> {
  const marks: number[] = [];
  const heaps: number[] = [];
  let asked = 0;
  const model = {
    id: 'counting',
    stream: (_request: { readonly messages: readonly Message[] }) =>
      modelStream(async function* (): AsyncGenerator<readonly StreamEvent[]> {
        if (asked % 100 === 0) {
          const { user, system } = process.cpuUsage();
          marks.push((user + system) / 1000);
          heaps.push(process.memoryUsage().heapUsed);
        }
        asked++;
        if (asked > STEPS) yield [says('done'), finish()];
        else {
          yield [
            ...calls(0, 'act', { n: asked }),
            ...calls(1, 'look', { n: asked }),
            finish('tool-calls', { usage: { inputTokens: 1, cachedInputTokens: 0, outputTokens: 1 } }),
          ];
        }
      }),
  };
  const act = tool({ description: '', inputSchema: { type: 'object' }, execute: () => 'ok' });
  const look = tool({
    description: '',
    inputSchema: { type: 'object' },
    replay: 'safe',
    execute: () => 'ok',
  });
  const result = await agent({ model, tools: { act, look }, limits: { steps: STEPS + 1 } }).run('go');
  expect([result.text, result.steps.length, result.messages.length]).toEqual([
    'done',
    STEPS + 1,
    2 + 3 * STEPS,
  ]);
  return {
    first: marks[2]! - marks[1]!,
    last: marks.at(-1)! - marks.at(-2)!,
    heap: (heaps.at(-1)! - heaps[0]!) / STEPS,
  };
}

describe('a run of 2,000 steps', () => {
  it('takes no more for its last steps than for its first, and keeps no more than its history', async () => {
    let came = await measured();
    // A machine that is busy otherwise may spoil one measurement.
    if (came.last > 4 * came.first || came.heap > 20_000) came = await measured();
    expect(came.last).toBeLessThan(4 * came.first);
    // Bytes a step: three messages, two results, a turn.
    expect(came.heap).toBeLessThan(20_000);
  }, 60_000);
});
