const BARS = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'] as const;

/** Values as a row of bars, from 0 to `most`; where there is none, a space. */
export function sparkline(values: readonly (number | undefined)[], most: number): string {
  return values
    .map((value) => {
      if (value === undefined || !Number.isFinite(value)) return ' ';
      const share = most > 0 ? Math.min(1, Math.max(0, value / most)) : 0;
      return BARS[Math.min(BARS.length - 1, Math.floor(share * BARS.length))];
    })
    .join('');
}

/** Items in so many groups at most, neighbours together, all groups of nearly the same size. */
export function buckets<T>(items: readonly T[], most: number): T[][] {
  const number = Math.min(items.length, Math.max(1, most));
  const at = (group: number) => Math.floor((group * items.length) / number);
  return Array.from({ length: number }, (_, group) => items.slice(at(group), at(group + 1)));
}
