import type { Colors } from 'picocolors/types.js';

/** Where a run is shown. */
export interface Screen {
  write(text: string): void;
  readonly columns: number;
  readonly rows: number;
  /** Lines can be drawn over. */
  readonly live: boolean;
  readonly colors: Colors;
}

/** Milliseconds as people read them: `431 ms`, `2.4 s`, `3 min 5 s`, `11 h 20 min`, `2 d 3 h`. */
export function duration(ms: number): string {
  if (ms < 999.5) return `${Math.round(ms)} ms`;
  if (ms < 119_950) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 48 * 60) return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
  const hours = Math.round(minutes / 60);
  return `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

/** US dollars as people read them: small sums with the digits that matter. */
export function dollars(cost: number): string {
  return `${cost < 0 ? '-' : ''}$${Math.abs(cost).toFixed(Math.abs(cost) < 1 ? 4 : 2)}`;
}

/** A whole number as people read it: `1,536`. */
export function count(value: number): string {
  return value.toLocaleString('en-US');
}

/** `1 call`, `2 calls`. */
export function plural(value: number, noun: string): string {
  return `${count(value)} ${noun}${value === 1 ? '' : 's'}`;
}
