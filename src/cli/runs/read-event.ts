import { type AgentEvent, RunError, type RunResult } from '../../agent/index.ts';
import { type ErrorCode, isJsonObject, NO_USAGE, PerigeeError } from '../../core/index.ts';

/** An event of a run elsewhere: one of the run's own, or the failure that it ended with. */
export type Seen =
  | { readonly kind: 'event'; readonly event: AgentEvent }
  | { readonly kind: 'failure'; readonly error: PerigeeError };

/** An event as it was told in the database; undefined for what is none that is known here. */
export function readEvent(json: unknown): Seen | undefined {
  if (!isJsonObject(json) || typeof json['type'] !== 'string') return undefined;
  if (json['type'] === 'error') return { kind: 'failure', error: failureOf(json) };
  if (json['type'] === 'end')
    return { kind: 'event', event: { type: 'end', result: resultOf(json['result']) } };
  return { kind: 'event', event: json as unknown as AgentEvent };
}

function failureOf({ error, result }: Record<string, unknown>): PerigeeError {
  const fields = isJsonObject(error) ? error : {};
  const { code, message, remedy, status, retryable, retryAfterMs } = fields;
  const failure = new PerigeeError(
    (typeof code === 'string' ? code : 'server-error') as ErrorCode,
    typeof message === 'string' ? message : 'The run failed.',
    {
      ...(typeof remedy === 'string' && { remedy }),
      ...(typeof status === 'number' && { status }),
      ...(typeof retryable === 'boolean' && { retryable }),
      ...(typeof retryAfterMs === 'number' && { retryAfterMs }),
    },
  );
  return isJsonObject(result) ? new RunError(failure, resultOf(result)) : failure;
}

/** The history is left out of what is too long to be sent whole. */
function resultOf(json: unknown): RunResult {
  const result = (isJsonObject(json) ? json : {}) as Partial<RunResult>;
  return {
    text: '',
    finishReason: 'error',
    explanation: 'The run ended.',
    messages: [],
    newMessages: [],
    steps: [],
    approvals: [],
    usage: NO_USAGE,
    usageIsEstimated: false,
    bill: { cuts: 0, saved: undefined, keptReasoning: { cost: undefined } } as unknown as RunResult['bill'],
    cost: undefined,
    durationMs: 0,
    ...result,
  };
}
