/** What a check came to. */
export type Status = 'ok' | 'warn' | 'fail';

export interface Finding {
  /** What was looked at, as in `key` or `certificate`. */
  readonly check: string;
  /** The host that it is about, where there are several. */
  readonly host?: string;
  readonly status: Status;
  /** What was found, one sentence without its full stop. Never a key. */
  readonly found: string;
  /** What to do about it. */
  readonly advice?: string;
}

/** Findings of one check. */
export function finder(check: string, host?: string) {
  const make = (status: Status, found: string, advice?: string): Finding => ({
    check,
    ...(host !== undefined && { host }),
    status,
    found,
    ...(advice !== undefined && { advice }),
  });
  return {
    ok: (found: string) => make('ok', found),
    warn: (found: string, advice: string) => make('warn', found, advice),
    fail: (found: string, advice: string) => make('fail', found, advice),
  };
}
