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
  return isShown(json['type'], json) ? { kind: 'event', event: json as unknown as AgentEvent } : undefined;
}

/** The texts that each kind of event must have to be shown, and those that it may have. */
const TEXTS: {
  readonly [type: string]: { readonly must: readonly string[]; readonly may?: readonly string[] };
} = {
  'reasoning-delta': { must: ['delta'] },
  'text-delta': { must: ['delta'] },
  'tool-call-start': { must: ['name'] },
  'tool-call-delta': { must: ['delta'] },
  'tool-call-invalid': { must: ['reason'], may: ['name', 'arguments'] },
  'tool-start': { must: ['name', 'arguments'] },
  'tool-result': { must: ['name', 'output'] },
  'approval-request': { must: ['id', 'name', 'arguments'], may: ['preview'] },
  approval: { must: ['id', 'name'], may: ['note'] },
  resumed: { must: ['session'] },
  limit: { must: ['explanation'] },
};

/** Whoever may write to the database may have told it. */
function isShown(type: string, json: Record<string, unknown>): boolean {
  const { must, may = [] } = (Object.hasOwn(TEXTS, type) && TEXTS[type]) || { must: [] };
  const isFit =
    must.every((field) => typeof json[field] === 'string') &&
    may.every((field) => json[field] === undefined || typeof json[field] === 'string');
  if (!isFit) return false;
  if (type === 'steered') return Array.isArray(json['messages']) && json['messages'].every(isJsonObject);
  return type === 'pruned' ? isJsonObject(json['cut']) : type !== 'retry' || isJsonObject(json['error']);
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

/** The history is left out of what is too long to be sent whole. What has another form than ours counts as left out. */
function resultOf(json: unknown): RunResult {
  const given = Object.entries(isJsonObject(json) ? json : {});
  const kept = Object.fromEntries(given.filter(([field, value]) => isLike(field, value)));
  return { ...NO_RESULT, ...kept } as unknown as RunResult;
}

const NO_RESULT = {
  text: '',
  finishReason: 'error',
  explanation: 'The run ended.',
  messages: [],
  newMessages: [],
  steps: [],
  approvals: [],
  usage: NO_USAGE,
  usageIsEstimated: false,
  bill: { cuts: 0, saved: undefined, keptReasoning: { cost: undefined } },
  cost: undefined,
  durationMs: 0,
};

const isNumber = (value: unknown) => typeof value === 'number';

function isLike(field: string, value: unknown): boolean {
  switch (field) {
    case 'usage':
      return isJsonObject(value) && Object.keys(NO_USAGE).every((name) => isNumber(value[name]));
    case 'bill':
      return isJsonObject(value) && isNumber(value['cuts']) && isJsonObject(value['keptReasoning']);
    case 'steps':
      return (
        Array.isArray(value) && value.every((step) => isJsonObject(step) && Array.isArray(step['results']))
      );
    case 'approvals':
      return (
        Array.isArray(value) && value.every((call) => isJsonObject(call) && isName(call['id'], call['name']))
      );
    case 'cost':
    case 'durationMs':
      return isNumber(value);
    case 'text':
    case 'finishReason':
    case 'explanation':
      return typeof value === 'string';
    default:
      return true;
  }
}

const isName = (...texts: unknown[]) => texts.every((text) => typeof text === 'string');
