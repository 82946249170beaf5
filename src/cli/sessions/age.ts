import { InvalidArgumentError } from 'commander';

const UNITS: { readonly [unit: string]: number } = { h: 3_600_000, d: 86_400_000, w: 604_800_000 };

/** Milliseconds of an age: `12h`, `30d`, `2w`. Throws `InvalidArgumentError`. */
export function readAge(text: string): number {
  const [, number = '', unit = ''] = /^(\d{1,6})([hdw])$/.exec(text.trim()) ?? [];
  if (number !== '') return Number(number) * UNITS[unit]!;
  throw new InvalidArgumentError('It must be a number of hours, days or weeks, as in 12h, 30d or 2w.');
}

/** Bytes as people read them: `0 B`, `812 kB`, `16.4 MB`. */
export function sizeText(bytes: number): string {
  let value = bytes;
  for (const unit of ['B', 'kB', 'MB', 'GB']) {
    if (value < 999.5) return `${value < 10 && unit !== 'B' ? value.toFixed(1) : Math.round(value)} ${unit}`;
    value /= 1_000;
  }
  return `${value.toFixed(1)} TB`;
}
