import { PerigeeError } from '../../core/index.ts';
import type { RawSender } from '../../upstream/index.ts';
import type { CaseTool, Mode } from '../case.ts';
import type { Manner } from '../request.ts';
import { type Asked, askOnce } from '../wire/ask-once.ts';
import type { Observation, Side } from '../wire/seen.ts';
import { type Gate, pause } from './gate.ts';

/** Who is asked, and how. */
export interface AskedSide {
  readonly side: Side;
  readonly sender: RawSender;
  readonly manner: Manner;
}

/** How patient a run is. */
export interface Patience {
  /** Times that one request is sent again because the host said 429. Default 10. */
  readonly maxWaits?: number;
  /** Times that one request is sent again because the host failed. Default 2. */
  readonly maxFailures?: number;
  /** Milliseconds that one answer may take. Default 600_000. */
  readonly answerMs?: number;
  /** Milliseconds of the first wait where the host names none; each further one is twice as long. Default 1000. */
  readonly backoffMs?: number;
}

const LONGEST_BACKOFF_MS = 60_000;
/** What may be gone in a moment. An answer that broke off is none of these: it is what is to be measured. */
const PASSING = new Set(['overloaded', 'server-error', 'connection-refused', 'connection-lost', 'dns']);

export interface AskSurroundings {
  readonly signal: AbortSignal;
  /** Milliseconds of a clock that only goes forward. */
  readonly now: () => number;
  /** Is told when the host wants to be left alone. */
  readonly onWait?: () => void;
}

type Came = Pick<Observation, 'waits' | 'waitedMs' | 'failures' | 'problem' | 'answer' | 'times'>;

/** Asks one question, waits where the host wants that, tries again where it failed, and counts both. */
export async function ask(
  { sender }: AskedSide,
  body: unknown,
  mode: Mode,
  tools: readonly CaseTool[],
  gate: Gate,
  patience: Patience,
  { signal, now, onWait }: AskSurroundings,
): Promise<Came> {
  const { maxWaits = 10, maxFailures = 2, answerMs = 600_000, backoffMs = 1000 } = patience;
  const failures: string[] = [];
  let waits = 0;
  let waitedMs = 0;
  for (;;) {
    await gate.pass(signal);
    const asked = await askInTime(sender, body, mode, tools, answerMs, { signal, now });
    const code = asked.problem?.code;
    const wait =
      asked.retryAfterMs ?? Math.min(LONGEST_BACKOFF_MS, backoffMs * 2 ** (waits + failures.length));
    if (code === 'rate-limited' && waits < maxWaits) {
      waits++;
      waitedMs += wait;
      gate.closeFor(wait);
      onWait?.();
    } else if (code !== undefined && PASSING.has(code) && !asked.answer && failures.length < maxFailures) {
      failures.push(code);
      await pause(wait, signal);
    } else {
      const { answer, problem, times } = asked;
      return { waits, waitedMs, failures, times, ...(problem && { problem }), ...(answer && { answer }) };
    }
  }
}

async function askInTime(
  sender: RawSender,
  body: unknown,
  mode: Mode,
  tools: readonly CaseTool[],
  answerMs: number,
  { signal, now }: { readonly signal: AbortSignal; readonly now: () => number },
): Promise<Asked> {
  const start = now();
  const limit = new AbortController();
  const timer = setTimeout(() => limit.abort(), answerMs);
  try {
    return await askOnce(sender, body, mode, tools, { now, signal: AbortSignal.any([signal, limit.signal]) });
  } catch (error) {
    if (signal.aborted || !(error instanceof PerigeeError) || !limit.signal.aborted) throw error;
    const total = now() - start;
    const problem = { code: 'timed-out', message: `There was no whole answer after ${answerMs} ms.` };
    return { problem, times: { total, longestSilence: total } };
  } finally {
    clearTimeout(timer);
  }
}
