import { type ErrorCode, PerigeeError, type Turn, type TurnAssembler } from '../../core/index.ts';
import type { EagerCalls } from '../calls/eager.ts';
import type { LoopLimits } from '../limits/limits.ts';
import { ask } from './ask.ts';
import { addBill, type Bill, billFor, NOTHING_SPENT } from './bill.ts';
import { judge } from './judge.ts';
import type { StepPlan } from './plan.ts';
import { tokensOf } from './prompt-context.ts';
import type { RunState } from './run-state.ts';

/** At the first turn these mean a wrong address, which waiting does not put right; later, a host that restarts. */
const NEVER_THERE: ReadonlySet<ErrorCode> = new Set(['connection-refused', 'dns', 'tls']);

export interface Taken {
  readonly turn: Turn;
  readonly bill: Bill;
  readonly calls: EagerCalls;
}

/**
 * One turn of the model, asked for again while it fails in a way that may pass or comes back empty. What was begun of an
 * attempt that broke off may be run again by its tool's own word, so nothing of it is left behind but its bill.
 */
export async function takeTurn(
  plan: StepPlan,
  state: RunState,
  step: number,
  { turnRetries: retries, maxRetryAfterMs }: LoopLimits,
  eager: (writing: TurnAssembler) => EagerCalls,
): Promise<Taken> {
  let bill = NOTHING_SPENT;
  for (let attempt = 1; ; attempt++) {
    let error: PerigeeError;
    try {
      const { turn, calls } = await ask(plan, state, step, eager);
      const spent = billFor(turn.usage, plan.model);
      bill = addBill(bill, spent);
      state.addToBill(spent);
      if (turn.finishReason === 'error') {
        calls.drop();
        throw new PerigeeError('stream-error', 'The host ended the answer with an error.', {
          retryable: true,
        });
      }
      if (judge(turn) !== 'empty' || attempt > retries) return { turn, bill, calls };
      error = new PerigeeError('empty-turns', 'The model answered nothing.', { retryable: true });
    } catch (thrown) {
      error = thrown as PerigeeError;
      if (state.cancellation.aborted || state.halted) {
        estimate(plan, state);
        throw error;
      }
      if (!error.retryable || attempt > retries) throw error;
      if ((error.retryAfterMs ?? 0) > maxRetryAfterMs) throw error;
      if (step === 0 && NEVER_THERE.has(error.code)) throw error;
    }
    const waitMs = error.code === 'empty-turns' ? 0 : (error.retryAfterMs ?? backoff(attempt));
    state.writing = undefined;
    state.emit({ type: 'retry', step, attempt, error, waitMs });
    if (waitMs > 0) await state.untilPaused(state.cancellation.sleep(waitMs, state.clock));
    if (state.halted) throw error;
  }
}

/** Milliseconds: 1, 2, 4 … seconds, half a minute at most. */
function backoff(attempt: number): number {
  return Math.min(30_000, 1000 * 2 ** (attempt - 1));
}

/** An answer that was let go has been paid for, as far as it came, and no host says how much that is. */
function estimate({ model }: StepPlan, state: RunState): void {
  const { writing } = state;
  if (!writing || writing.length === 0) return;
  const { usage } = writing.turn();
  const inputTokens = state.context.tokens;
  const outputTokens = tokensOf(writing.length);
  state.billIsEstimated ||= usage === undefined;
  state.addToBill(billFor(usage ?? { inputTokens, cachedInputTokens: 0, outputTokens }, model));
}
