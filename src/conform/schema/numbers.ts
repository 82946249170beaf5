import { type Dictionary, own } from './rules.ts';

/** Two counts of a schema, without what is no count and without a pair that contradicts itself. */
export function counts(raw: Dictionary, low: string, high: string): { least?: number; most?: number } {
  const [least, most] = [own(raw, low), own(raw, high)].map((value) =>
    typeof value === 'number' && Number.isInteger(value) && value >= 0 ? value : undefined,
  );
  if (least !== undefined && most !== undefined && least > most) return {};
  return { ...(least !== undefined && { least }), ...(most !== undefined && { most }) };
}

/** A number that JSON can say. */
export function finite(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}
