import { randomBytes } from 'node:crypto';
import { idsBack } from '../../conform/index.ts';
import {
  isJsonObject,
  type ModelRequest,
  nameInCanonicalCallId,
  PerigeeError,
  type StreamEvent,
  type ToolCallStart,
} from '../../core/index.ts';
import { clientCallId, modelCallId } from '../../protocols/index.ts';

/** What Anthropic's clients take as an id. */
const PATTERN = /^[a-zA-Z0-9_-]{1,64}$/;

/**
 * The ids that a client is given for what a model emitted: `{history_ids, emitted: [{raw_id, name}], target?}`. Throws
 * `invalid-request` for anything else.
 */
export function responseIds(json: unknown): object {
  if (!isJsonObject(json)) throw new PerigeeError('invalid-request', 'raw is not a JSON object.');
  const history = textsOf(json['history_ids']);
  const emitted = emittedOf(json['emitted']);
  const calls = givenOut(history, emitted);
  if (json['target'] !== 'anthropic') return { ids: calls.map(({ id }) => id) };
  const answerId = randomBytes(12).toString('hex');
  const ids = calls.map((call) => clientCallId('toolu', answerId, call));
  return {
    ids,
    pattern: ids.every((id) => PATTERN.test(id)) && PATTERN.source,
    unique: new Set([...history, ...ids]).size === new Set(history).size + ids.length,
    roundtrip: ids.every((id, position) => {
      const call = calls[position]!;
      return modelCallId(id, call.name) === call.id;
    }),
  };
}

function givenOut(history: readonly string[], emitted: readonly ToolCallStart[]): ToolCallStart[] {
  const request: ModelRequest = {
    messages: history.map((id) => ({
      role: 'assistant',
      content: '',
      toolCalls: [{ id, name: nameInCanonicalCallId(id) ?? '', arguments: '{}' }],
    })),
    tools: emitted.map(({ name }) => ({ name })),
  };
  const target = { modelId: '', protocol: 'openai-chat' } as const;
  const stage = idsBack(request, request, target, () => {});
  const out: StreamEvent[] = [];
  for (const event of emitted) stage?.push(event, out);
  return out.filter((event) => event.type === 'tool-call-start');
}

function emittedOf(value: unknown): ToolCallStart[] {
  if (!Array.isArray(value)) throw new PerigeeError('invalid-request', 'emitted must be an array.');
  return value.map((call: unknown, index) => {
    if (isJsonObject(call) && typeof call['raw_id'] === 'string' && typeof call['name'] === 'string') {
      return { type: 'tool-call-start', index, id: call['raw_id'], name: call['name'] };
    }
    throw new PerigeeError('invalid-request', `emitted[${index}] is not {raw_id, name}.`);
  });
}

function textsOf(value: unknown): string[] {
  const list = value ?? [];
  if (Array.isArray(list) && list.every((id) => typeof id === 'string')) return list;
  throw new PerigeeError('invalid-request', 'history_ids must be an array of strings.');
}
