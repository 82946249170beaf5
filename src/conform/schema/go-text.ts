import { isDictionary } from './rules.ts';

/** A JSON value as Go prints it with `%v`, which is how Moonshot's validator words its complaints. */
export function goText(value: unknown, depth = 0): string {
  if (value === null || value === undefined) return '<nil>';
  if (typeof value === 'number') return goNumber(value);
  if (typeof value !== 'object' || depth > 8) return String(value);
  if (Array.isArray(value)) return `[${value.map((item) => goText(item, depth + 1)).join(' ')}]`;
  if (!isDictionary(value)) return '';
  const keys = Object.keys(value).sort();
  return `map[${keys.map((key) => `${key}:${goText(value[key], depth + 1)}`).join(' ')}]`;
}

function goNumber(value: number): string {
  const [digits = '', exponent = ''] = value.toExponential().split('e');
  const power = Number(exponent);
  if (value === 0 || (power >= -4 && power < 6)) return `${value}`;
  const sign = power < 0 ? '-' : '+';
  return `${digits}e${sign}${`${Math.abs(power)}`.padStart(2, '0')}`;
}
