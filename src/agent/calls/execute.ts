import type { Cancellation } from '../cancellation.ts';
import type { Clock } from '../clock.ts';
import type { LoopLimits } from '../limits/limits.ts';
import type { Within } from '../telemetry/traced.ts';
import type { ReadyTool } from '../toolbox.ts';
import { refusal } from './refusal.ts';
import { errorText, resultText, thrownMessage } from './result-text.ts';

/** What a tool gave back, as the model reads it. */
export interface Executed {
  readonly output: string;
  readonly isError: boolean;
  readonly ms: number;
}

/** What bounds an execution from outside. */
export interface Bounds {
  readonly cancellation: Cancellation;
  readonly clock: Clock;
  readonly within: Within;
  /** Milliseconds of the run that are left; default: no end. */
  readonly leftMs?: number;
}

/** What bounds an execution that begins now. */
export function boundsOf(state: Bounds & { readonly elapsedMs: number }, limits: LoopLimits): Bounds {
  const { cancellation, clock, within } = state;
  const leftMs = limits.timeMs - state.elapsedMs;
  return { cancellation, clock, within, ...(Number.isFinite(leftMs) && { leftMs }) };
}

/**
 * The same for a call in every process. What was written is part of it: an answer that broke off is asked for again, and
 * then another call may stand in the same place as one that has begun already.
 */
export function idempotencyKey(
  runId: string,
  step: number,
  index: number,
  name: string,
  written: string,
): string {
  return `${runId}/step-${step}/call-${index}/${textHash(`${name} ${written}`)}`;
}

/** FNV-1a: it only tells apart what was written in one place. */
function textHash(text: string): string {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return (hash >>> 0).toString(16).padStart(8, '0');
}

/**
 * Runs a tool once. Never rejects: whatever happens is a result. It waits for the tool no longer than its
 * time-out or the run's end, whether the tool heeds its signal or not. `dropped`: nobody wants the result any more.
 */
export async function execute(
  { name, tool }: ReadyTool,
  input: unknown,
  toolCallId: string,
  idempotencyKey: string,
  { cancellation, clock, within, leftMs }: Bounds,
  dropped?: AbortSignal,
): Promise<Executed> {
  const started = clock.now();
  const controller = new AbortController();
  const { timeoutMs } = tool;
  const undo: (() => void)[] = [];
  const cutShort = new Promise<string>((resolve) => {
    const giveUp = (message: string, reason: unknown) => {
      controller.abort(reason);
      resolve(errorText(message));
    };
    const giveUpAfter = (milliseconds: number, message: string) =>
      undo.push(clock.after(milliseconds, () => giveUp(message, new DOMException(message, 'TimeoutError'))));
    undo.push(cancellation.onAbort(() => giveUp(refusal.abortedDuring(), cancellation.reason)));
    if (dropped) {
      const drop = () => giveUp(refusal.abortedDuring(), dropped.reason);
      dropped.addEventListener('abort', drop, { once: true });
      undo.push(() => dropped.removeEventListener('abort', drop));
    }
    if (timeoutMs !== undefined) giveUpAfter(timeoutMs, refusal.timedOut(name, timeoutMs));
    if (leftMs !== undefined && leftMs < (timeoutMs ?? Number.POSITIVE_INFINITY)) {
      giveUpAfter(Math.max(0, leftMs), refusal.outOfTime(name));
    }
  });
  const context = { signal: controller.signal, toolCallId, idempotencyKey };
  const work = outcome(() => within(toolCallId, () => tool.execute(input, context)));
  const first = await Promise.race([work, cutShort.then((output) => ({ output, isError: true }))]);
  for (const off of undo) off();
  return { ...first, ms: clock.now() - started };
}

async function outcome(work: () => unknown): Promise<{ output: string; isError: boolean }> {
  try {
    return read(await work());
  } catch (thrown) {
    // thrownMessage gives a string whatever was thrown: nothing may get out of here, or the results of the
    // calls beside this one would be lost with it.
    return { output: errorText(thrownMessage(thrown)), isError: true };
  }
}

/** What the tool gave. Where that cannot be written down the call was made all the same, and the model must know. */
function read(output: unknown): { output: string; isError: boolean } {
  try {
    return { output: resultText(output), isError: false };
  } catch (thrown) {
    return { output: errorText(refusal.unreadable(thrownMessage(thrown))), isError: true };
  }
}
