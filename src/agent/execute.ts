import type { Cancellation } from './cancellation.ts';
import type { Clock } from './clock.ts';
import { refusal } from './refusal.ts';
import { errorText, resultText, thrownMessage } from './result-text.ts';
import type { ReadyTool } from './toolbox.ts';

/** What a tool gave back, as the model reads it. */
export interface Executed {
  readonly output: string;
  readonly isError: boolean;
  readonly ms: number;
}

/**
 * Runs a tool once. Never rejects: whatever happens is a result. It waits for the tool no longer than its
 * time-out or the run's end, whether the tool heeds its signal or not.
 */
export async function execute(
  { name, tool }: ReadyTool,
  input: unknown,
  toolCallId: string,
  { cancellation, clock }: { cancellation: Cancellation; clock: Clock },
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
    undo.push(cancellation.onAbort(() => giveUp(refusal.abortedDuring(), cancellation.reason)));
    if (timeoutMs === undefined) return;
    const message = refusal.timedOut(name, timeoutMs);
    undo.push(clock.after(timeoutMs, () => giveUp(message, new DOMException(message, 'TimeoutError'))));
  });
  const work = outcome(() =>
    tool.execute(input, { signal: controller.signal, toolCallId, idempotencyKey: toolCallId }),
  );
  const first = await Promise.race([work, cutShort.then((output) => ({ output, isError: true }))]);
  for (const off of undo) off();
  return { ...first, ms: clock.now() - started };
}

async function outcome(work: () => unknown): Promise<{ output: string; isError: boolean }> {
  try {
    return { output: resultText(await work()), isError: false };
  } catch (thrown) {
    // thrownMessage gives a string whatever was thrown: nothing may get out of here, or the results of the
    // calls beside this one would be lost with it.
    return { output: errorText(thrownMessage(thrown)), isError: true };
  }
}
