const UNITS: ReadonlyMap<string, number> = new Map([
  ['ms', 1],
  ['s', 1000],
  ['m', 60_000],
  ['h', 3_600_000],
  ['d', 86_400_000],
]);

/** A month: the longest period that quotas have. What is longer is no time to wait, but a fault of the host. */
const LONGEST_MS = 31 * 86_400_000;

/** How HTTP and ISO dates begin and go on; `Date.parse` alone takes `-5` and `soon, 5` for dates. */
const DATE = /^(?:(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*,? .*\d\d:\d\d:\d\d|\d{4}-\d\d-\d\d(?:[T ]|$))/i;
const NUMBER = /^\d+(?:\.\d+)?$/;

/** A response header by its lower-case name. */
export type ReadHeader = (name: string) => string | undefined;

/**
 * How long a host asks to wait, in milliseconds from `now`: `Retry-After-Ms`, `Retry-After` in seconds or as an
 * HTTP date, else `X-RateLimit-Reset` as seconds, a duration such as `1m30s`, or a Unix time. Undefined where
 * it does not say, or says more than a month.
 */
export function decodeRetryAfter(header: ReadHeader, now = Date.now()): number | undefined {
  const wait = askedWait(header, now);
  return wait !== undefined && wait <= LONGEST_MS ? wait : undefined;
}

function askedWait(header: ReadHeader, now: number): number | undefined {
  const exact = header('retry-after-ms')?.trim();
  if (exact && NUMBER.test(exact)) return Number(exact);
  const asked = header('retry-after')?.trim();
  if (asked) {
    if (NUMBER.test(asked)) return Number(asked) * 1000;
    const date = untilDate(asked, now);
    if (date !== undefined) return date;
  }
  const reset = header('x-ratelimit-reset')?.trim();
  return reset ? resetTime(reset, now) : undefined;
}

function resetTime(text: string, now: number): number | undefined {
  if (NUMBER.test(text)) {
    const value = Number(text);
    if (value > 1e11) return Math.max(0, value - now);
    if (value > 1e9) return Math.max(0, value * 1000 - now);
    return value * 1000;
  }
  if (/^(\d+(\.\d+)?(ms|[smhd]))+$/.test(text)) {
    let sum = 0;
    for (const [, amount, unit] of text.matchAll(/(\d+(?:\.\d+)?)(ms|[smhd])/g)) {
      sum += Number(amount) * (UNITS.get(unit ?? '') ?? 0);
    }
    return sum;
  }
  return untilDate(text, now);
}

function untilDate(text: string, now: number): number | undefined {
  const date = DATE.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}
