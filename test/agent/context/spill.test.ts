import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { READ_RESULT, readResultTool, spill } from '../../../src/agent/context/index.ts';
import type { ToolContext } from '../../../src/agent/index.ts';
import { PerigeeError } from '../../../src/core/index.ts';

const ID = 'functions.read_file:3';
const CONTEXT: ToolContext = {
  signal: new AbortController().signal,
  toolCallId: 'functions.read_result:9',
  idempotencyKey: 'k',
};

function reader(text: string) {
  const store = new Map<string, string>();
  store.set(ID, text);
  const { execute } = readResultTool(store);
  return async (input: {
    id?: string;
    fromLine?: number;
    lines?: number;
    fromCharacter?: number;
    search?: string;
  }) => String(await execute({ id: ID, ...input }, CONTEXT));
}

/** What stands under the first line, which says where the part is. */
const bodyOf = (part: string) => part.slice(part.indexOf('\n') + 1);
const LOG = Array.from({ length: 3_000 }, (_, line) => `line ${line + 1} of the log`).join('\n');

describe('spill', () => {
  test('a text that is short enough is left alone', () => {
    expect(spill('x'.repeat(24_000), ID)).toBeUndefined();
    expect(spill('x'.repeat(1_001), ID, 1_000)).toBeDefined();
  });

  test('of a long one the head and the tail stay, with the way to the rest between them', () => {
    const { kept, whole } = spill(LOG, ID) ?? { kept: '', whole: '' };
    expect(whole).toBe(LOG);
    expect(kept.length).toBeLessThan(12_300);
    expect(kept.startsWith('line 1 of the log\n')).toBe(true);
    expect(kept.endsWith('\nline 3000 of the log')).toBe(true);
    expect(kept).toMatch(
      /\n\[[\d,]+ of 61,892 characters in 3,000 lines left out here; read_result\(\{"id": "functions\.read_file:3", "fromLine": \d+\}\) reads them\]\n/,
    );
  });

  test('the line that it names is the first that was left out', async () => {
    const { kept } = spill(LOG, ID) ?? { kept: '' };
    const fromLine = Number(/"fromLine": (\d+)/.exec(kept)?.[1]);
    expect(kept).toContain(`line ${fromLine - 1} of the log\n[`);
    expect(await reader(LOG)({ fromLine, lines: 1 })).toContain(`\nline ${fromLine} of the log\n`);
  });

  test('in a text of one line it names the character', async () => {
    const whole = Array.from({ length: 9_000 }, (_, index) => `"item ${index}"`).join(',');
    const { kept } = spill(whole, ID) ?? { kept: '' };
    const fromCharacter = Number(/"fromCharacter": (\d+)/.exec(kept)?.[1]);
    expect(kept.startsWith(`${whole.slice(0, fromCharacter)}\n[`)).toBe(true);
    expect(
      bodyOf(await reader(whole)({ fromCharacter })).startsWith(
        whole.slice(fromCharacter, fromCharacter + 1_000),
      ),
    ).toBe(true);
  });

  test('what is read back is never spilled again', async () => {
    for (const spillOver of [1_000, 5_000, 24_000, 100_000]) {
      const store = new Map<string, string>();
      store.set(ID, `${LOG}${'z'.repeat(50_000)}`);
      const { execute } = readResultTool(store, spillOver);
      for (const input of [{ lines: 3_000 }, { fromCharacter: 0 }, { search: 'line' }, { search: 'z' }]) {
        expect(spill(String(await execute({ id: ID, ...input }, CONTEXT)), ID, spillOver)).toBeUndefined();
      }
    }
  });

  test('what stays is always shorter, well-formed, and made of what was there', () => {
    const text = fc.string({
      unit: fc.constantFrom('a', '\n', '😀', 'ä'),
      minLength: 1_001,
      maxLength: 5_000,
      size: 'max',
    });
    fc.assert(
      fc.property(text, (whole) => {
        const { kept } = spill(whole, ID, 1_000) ?? { kept: '' };
        const [head = '', tail = ''] = kept.split(/\n?\[[\d,]+ of .* reads them\]\n/);
        expect(kept.length).toBeLessThan(750);
        expect(kept.isWellFormed()).toBe(true);
        expect(whole.startsWith(head)).toBe(true);
        expect(whole.endsWith(tail)).toBe(true);
        expect(head.length + tail.length).toBeGreaterThan(350);
      }),
    );
  });
});

describe(READ_RESULT, () => {
  test('reads lines, says where they stand and how to go on', async () => {
    const read = reader(LOG);
    expect(await read({ fromLine: 2, lines: 2 })).toBe(
      '[lines 2 to 3 of 3,000; go on with fromLine 4]\nline 2 of the log\nline 3 of the log\n',
    );
    expect(await read({ fromLine: 3_000 })).toBe(
      '[lines 3,000 to 3,000 of 3,000, to the end]\nline 3000 of the log',
    );
    expect(await read({ fromLine: 3_001 })).toBe('[The result has only 3,000 lines.]');
    expect((await read({})).split('\n').length).toBe(202);
  });

  test('a result is read from end to end by going on as it says, whatever its lines are', async () => {
    const line = fc.oneof(
      { weight: 5, arbitrary: fc.string({ unit: fc.constantFrom('a', '😀', 'ä'), maxLength: 60 }) },
      { weight: 1, arbitrary: fc.integer({ min: 1, max: 30_000 }).map((length) => '😀b'.repeat(length)) },
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(line, { minLength: 1, maxLength: 60, size: 'max' }),
        fc.constantFrom('\n', '\n\n'),
        async (lines, between) => {
          const whole = lines.join(between);
          const read = reader(whole);
          let got = '';
          let next: Parameters<typeof read>[0] | undefined = {};
          for (let parts = 0; next && parts < 1_000; parts++) {
            const part = await read({ ...next, ...(next.fromCharacter === undefined && { lines: 7 }) });
            expect(part.length).toBeLessThan(12_200);
            expect(part.isWellFormed()).toBe(true);
            got += bodyOf(part);
            const on = /^\[.*; go on with (fromLine|fromCharacter) (\d+)\]/.exec(part);
            next = on ? { [on[1] as string]: Number(on[2]) } : undefined;
          }
          expect(got).toBe(whole);
        },
      ),
      { numRuns: 40 },
    );
  });

  test('finds lines that contain a text, and goes on where it stopped', async () => {
    const read = reader(LOG);
    expect(await read({ search: 'line 2999 ' })).toBe('2999: line 2999 of the log');
    expect(await read({ search: 'nowhere' })).toBe('[No line contains "nowhere".]');
    const many = (await read({ search: 'of the log' })).split('\n');
    expect(many.length).toBe(41);
    expect(many[39]).toBe('40: line 40 of the log');
    expect(many[40]).toBe('[more matches; go on with fromLine 41]');
    expect((await read({ search: 'of the log', fromLine: 41 })).split('\n')[0]).toBe(
      '41: line 41 of the log',
    );
    const long = reader(`${'a'.repeat(50_000)}needle${'b'.repeat(50_000)}\nneedle needle`);
    const [first = '', second] = (await long({ search: 'needle' })).split('\n');
    expect(first).toContain('needle');
    expect(first.length).toBeLessThan(210);
    expect(second).toBe('2: needle needle');
  });

  test('an empty result, a position behind the end and an unknown id are answers that say so', async () => {
    expect(bodyOf(await reader('')({}))).toBe('');
    expect(await reader('abc')({ fromCharacter: 7 })).toBe('[The result has only 3 characters.]');
    await expect(reader('abc')({ id: 'functions.x:1' })).rejects.toThrow(PerigeeError);
    await expect(reader('abc')({ id: 'functions.x:1' })).rejects.toThrow(
      'no result of a call "functions.x:1"',
    );
  });

  test('only reads, so it needs no approval and may run again', () => {
    expect(readResultTool(new Map<string, string>()).readOnly).toBe(true);
  });
});
