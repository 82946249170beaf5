import { randomBytes } from 'node:crypto';
import { idsBack, idsStage, type Target } from '../../conform/index.ts';
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
  const names = new Map(emitted.map(({ name }) => [plain(name), name]));
  const request: ModelRequest = {
    messages: history.map((id) => ({
      role: 'assistant',
      content: '',
      toolCalls: [{ id, name: nameInCanonicalCallId(id) ?? nameInPlainId(id, names), arguments: '{}' }],
    })),
    tools: [...names.values()].map((name) => ({ name })),
  };
  const target: Target = { modelId: '', protocol: 'openai-chat' };
  const stage = idsBack(
    request,
    idsStage(request, target, () => {}),
    target,
    () => {},
  );
  const out: StreamEvent[] = [];
  for (const event of emitted) stage?.push(event, out);
  return out.filter((event) => event.type === 'tool-call-start');
}

/** The tool of an id where a client made `functions_NAME_N` of it; '' where it names none. */
function nameInPlainId(id: string, names: ReadonlyMap<string, string>): string {
  const name = /^functions_(.+)_\d+$/s.exec(id)?.[1];
  return name === undefined ? '' : (names.get(plain(name)) ?? name);
}

function plain(name: string): string {
  return name.replace(/[^A-Za-z0-9]/g, '_');
}

function emittedOf(value: unknown): ToolCallStart[] {
  if (!Array.isArray(value)) throw new PerigeeError('invalid-request', 'emitted must be an array.');
  return value.map((call: unknown, index) => {
    if (isJsonObject(call) && typeof call['name'] === 'string') {
      return { type: 'tool-call-start', index, id: idOf(call['raw_id']), name: call['name'] };
    }
    throw new PerigeeError('invalid-request', `emitted[${index}] is not {raw_id, name}.`);
  });
}

/** A host may have sent no id, or a number. */
function idOf(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}

function textsOf(value: unknown): string[] {
  if (Array.isArray(value ?? [])) return ((value ?? []) as unknown[]).map(idOf);
  throw new PerigeeError('invalid-request', 'history_ids must be an array.');
}
