import { describe, expect, it } from 'vitest';
import { agent, type Limits, tool } from '../../src/agent/index.ts';
import { type Answer, answers, calls, finish, scriptedModel } from './fixtures.ts';
import { cutTape, inOtherProcess, newTape, sessionOn } from './recorded-session.ts';

const INPUT = { type: 'object' } as const;
const NOTICE = /\[This call has now been made (\d+) times/;

const turnOf = (...names: string[]): Answer => [
  ...names.flatMap((name, index) => calls(index, name, { name })),
  finish('tool-calls'),
];

/** The counts that the model is told, call by call; 0 when it is told nothing. */
async function told(turns: readonly Answer[], limits: Limits = {}) {
  let ticks = 0;
  const same = tool({ description: '', inputSchema: INPUT, execute: ({ name }) => `result of ${name}` });
  const changing = tool({ description: '', inputSchema: INPUT, execute: () => `tick ${ticks++}` });
  const tools = { a: same, b: same, c: same, changing };
  const model = scriptedModel([...turns, answers('done')]);
  const result = await agent({ model, tools, limits }).run('go');
  const counts = result.messages.flatMap((message) =>
    message.role === 'tool' ? [Number(NOTICE.exec(String(message.content))?.[1] ?? 0)] : [],
  );
  return { counts, finishReason: result.finishReason, result };
}

const many = (turn: Answer, count: number): Answer[] => Array(count).fill(turn);

describe('the same call with the same result', () => {
  it('is told to the model the third and the fifth time, and ends the run with the eighth', async () => {
    const { counts, finishReason, result } = await told(many(turnOf('a'), 8));
    expect(counts).toEqual([0, 0, 3, 0, 5, 0, 0, 8]);
    expect([finishReason, result.text]).toEqual(['repeating', 'done']);
    expect(result.messages.at(-2)!.content).toMatch(/made the same call 8 times .* That leads nowhere/);
    expect(result.steps[2]!.results[0]).toMatchObject({ output: 'result of a', repeats: 3 });
  });

  it('is counted from the start after something new', async () => {
    const { counts, finishReason } = await told([
      ...many(turnOf('a'), 4),
      turnOf('b'),
      ...many(turnOf('a'), 4),
    ]);
    expect(counts).toEqual([0, 0, 3, 0, 0, 0, 0, 3, 0]);
    expect(finishReason).toBe('stop');
  });

  it('is noticed also when two calls take turns', async () => {
    const { counts, finishReason } = await told(
      Array.from({ length: 40 }, (_, n) => turnOf(n % 2 ? 'b' : 'a')),
    );
    expect(finishReason).toBe('repeating');
    expect(counts.length).toBeLessThan(20);
    expect(counts.filter((count) => count === 3)).toHaveLength(2);
  });

  it('is noticed twice in one turn', async () => {
    const { counts, finishReason } = await told(many(turnOf('a', 'a'), 4));
    expect(finishReason).toBe('repeating');
    expect(counts).toHaveLength(8);
    expect(counts.some((count) => count > 0)).toBe(true);
  });

  it('is no matter while the results change, nor what is called beside it', async () => {
    expect(await told(many(turnOf('changing'), 12))).toMatchObject({
      counts: Array(12).fill(0),
      finishReason: 'stop',
    });
    // As one who waits and looks: that the waiting gives the same each time leads somewhere.
    expect(await told(many(turnOf('a', 'changing'), 12))).toMatchObject({ finishReason: 'stop' });
  });

  it('is noticed also when the call is refused each time', async () => {
    const { counts, finishReason } = await told(many(turnOf('nothing'), 8));
    expect(counts).toEqual([0, 0, 3, 0, 5, 0, 0, 8]);
    expect(finishReason).toBe('repeating');
  });

  it('is counted by the levels that are given, or not at all', async () => {
    expect((await told(many(turnOf('a'), 12), { repeats: false })).finishReason).toBe('stop');
    expect((await told(many(turnOf('a'), 12), { repeats: [] })).finishReason).toBe('stop');
    const two = await told(many(turnOf('a'), 2), { repeats: [2] });
    expect([two.counts, two.finishReason]).toEqual([[0, 2], 'repeating']);
  });

  it('is counted on by a run that is resumed', async () => {
    const same = tool({ description: '', inputSchema: INPUT, execute: () => 'same' });
    const model = () => scriptedModel([...many(turnOf('a'), 8), answers('done')]);
    const tape = newTape();
    const whole = await agent({ model: model(), tools: { a: same } }).run('go', { session: sessionOn(tape) });
    for (const records of [4, 7, 10, 13, 16]) {
      const at = inOtherProcess(cutTape(tape, records));
      const turns = at.records.filter(({ name }) => name.endsWith('/turn')).length;
      const rest = scriptedModel([...many(turnOf('a'), 8 - turns), answers('done')]);
      const result = await agent({ model: rest, tools: { a: same } }).resume({ session: sessionOn(at) });
      // The intent of a call without its result: that one is lost, and its result is another.
      if (result.steps.some(({ results }) => results.some((one) => one.unverified))) continue;
      expect([records, result.messages]).toEqual([records, whole.messages]);
    }
  });
});
