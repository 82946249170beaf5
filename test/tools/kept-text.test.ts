import fc from 'fast-check';
import { expect, test } from 'vitest';
import { KeptText } from '../../src/tools/process/kept-text.ts';

function keep(limit: number, chunks: readonly Buffer[]): KeptText {
  const kept = new KeptText(limit);
  for (const chunk of chunks) kept.push(chunk);
  return kept;
}

test('however an output arrives, the same is kept of it', () => {
  const outputs = fc.tuple(
    fc.string({ unit: 'grapheme', maxLength: 60 }),
    fc.integer({ min: 1, max: 40 }),
    fc.integer({ min: 1, max: 9 }),
  );
  fc.assert(
    fc.property(outputs, ([text, limit, size]) => {
      const bytes = Buffer.from(text);
      const chunks = Array.from({ length: Math.ceil(bytes.length / size) }, (_, at) =>
        bytes.subarray(at * size, (at + 1) * size),
      );
      const whole = keep(limit, [bytes]);
      const parts = keep(limit, chunks);
      expect(parts.text).toBe(whole.text);
      expect(parts.leftOut).toBe(Math.max(0, bytes.length - limit));
      if (bytes.length <= limit) {
        expect(whole.text).toBe(text);
        return;
      }
      const [head, tail] = whole.text.split(`\n[… ${bytes.length - limit} bytes left out …]\n`) as [
        string,
        string,
      ];
      expect([text.startsWith(head), text.endsWith(tail)]).toEqual([true, true]);
      expect(Buffer.byteLength(head) + Buffer.byteLength(tail)).toBeLessThanOrEqual(limit);
    }),
  );
});
