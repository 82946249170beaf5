import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { clash, wavesOf } from '../../src/agent/calls/waves.ts';
import { type Access, agent, type Tool, tool } from '../../src/agent/index.ts';
import { answers, calls, finish, scriptedModel } from './fixtures.ts';

const access = fc.record({
  resource: fc.constantFrom('a', 'b', 'c'),
  mode: fc.constantFrom('read', 'write'),
});
const call = fc.record({ accesses: fc.array(access, { maxLength: 3 }), waits: fc.boolean() });

describe('calls of a turn that touch the same', () => {
  it('run in the order of the turn, each once, and wait for a person only when they must', () => {
    fc.assert(
      fc.property(fc.array(call, { maxLength: 8 }), (list) => {
        const { first, second } = wavesOf(list);
        const place = new Map(
          [...first, ...second].flatMap((wave, at) => wave.map((one) => [one, at] as const)),
        );
        expect(place.size).toBe(list.length);
        expect([...first, ...second].flat()).toHaveLength(list.length);
        for (const [at, one] of list.entries()) {
          const before = list.slice(0, at).filter((other) => clash(other.accesses, one.accesses));
          for (const other of before) expect(place.get(other)!).toBeLessThan(place.get(one)!);
          const isLate = place.get(one)! >= first.length;
          const mustWait = one.waits || before.some((other) => place.get(other)! >= first.length);
          expect(isLate).toBe(mustWait);
        }
        expect([...first, ...second].every((wave) => wave.length > 0)).toBe(true);
      }),
    );
  });

  it('are told by what they say of their arguments', async () => {
    const log: string[] = [];
    const accesses = ({ file, mode }: { file?: string; mode?: Access['mode'] }): readonly Access[] => {
      if (file === undefined) throw new Error('What it touches is not known.');
      return [{ resource: file, mode: mode ?? 'read' }];
    };
    const act: Tool = tool({
      description: '',
      inputSchema: { type: 'object' },
      accesses,
      execute: async ({ name }: { name: string }) => {
        log.push(`${name} begins`);
        await new Promise((resolve) => setImmediate(resolve));
        log.push(`${name} ends`);
      },
    });
    const inputs = [
      { name: 'w1', file: 'a', mode: 'write' },
      { name: 'r1', file: 'a' },
      { name: 'r2', file: 'a' },
      { name: 'w2', file: 'b', mode: 'write' },
      { name: 'unknown' },
    ];
    const turn = [...inputs.flatMap((input, index) => calls(index, 'act', input)), finish('tool-calls')];
    const result = await agent({ model: scriptedModel([turn, answers('done')]), tools: { act } }).run('go');
    expect(log).toEqual([
      ...['w1 begins', 'w2 begins', 'unknown begins', 'w1 ends', 'w2 ends', 'unknown ends'],
      ...['r1 begins', 'r2 begins', 'r1 ends', 'r2 ends'],
    ]);
    expect(result.steps[0]!.results.map(({ index }) => index)).toEqual([0, 1, 2, 3, 4]);
  });
});
