import { argumentsStage } from '../../src/conform/index.ts';
import type { JsonSchema, Note, StreamEvent, ToolCallInvalid } from '../../src/core/index.ts';

/** The tool's schema, unless a test gives another. */
export const SCHEMA: JsonSchema = {
  type: 'object',
  properties: {
    n: { type: 'integer' },
    x: { type: 'number' },
    list: { type: 'array', items: { type: 'number' } },
    nested: { $ref: '#/$defs/nested' },
    text: { type: 'string' },
    both: { type: ['string', 'integer'] },
    maybe: { anyOf: [{ type: 'integer' }, { type: 'null' }] },
    any: {},
  },
  $defs: {
    nested: { type: 'object', properties: { flag: { type: 'boolean' }, deeper: { $ref: '#/$defs/nested' } } },
  },
};

/** What came of one call. */
export interface Answer {
  readonly text: string;
  readonly events: readonly StreamEvent[];
  readonly notes: readonly Note[];
  readonly input: readonly StreamEvent[];
}

/** Sends the pieces of one call's arguments through the stage; how it is closed is what a parser would say. */
export function send(pieces: readonly string[], schema: JsonSchema | undefined = SCHEMA): Answer {
  const tools = [{ name: 'tool', ...(schema && { parameters: schema }) }];
  const notes: Note[] = [];
  const request = { messages: [], tools };
  const target = { modelId: 'm', protocol: 'openai-chat' } as const;
  const stage = argumentsStage(request, request, target, (note) => notes.push(note))!;
  const raw = pieces.join('');
  const input: StreamEvent[] = [
    { type: 'tool-call-start', index: 0, id: 'functions.tool:0', name: 'tool' },
    ...pieces.map((delta) => ({ type: 'tool-call-delta', index: 0, delta }) as const),
    isObject(raw) ? { type: 'tool-call-end', index: 0 } : invalid(raw),
    { type: 'finish', reason: 'tool-calls' },
  ];
  const events: StreamEvent[] = [];
  for (const event of input) stage.push(event, events);
  const text = events.map((event) => (event.type === 'tool-call-delta' ? event.delta : '')).join('');
  return { text, events, notes, input };
}

/** How a parser closes a call that is wrong. */
export function invalid(
  text: string,
  reason: ToolCallInvalid['reason'] = 'invalid-arguments',
): ToolCallInvalid {
  return { type: 'tool-call-invalid', reason, index: 0, rawId: '', name: 'tool', arguments: text };
}

/** Whether a text is a JSON object. */
export function isObject(text: string): boolean {
  try {
    const value = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}

/** The type of the event that closed the call. */
export const closing = ({ events }: Answer) => events.at(-2)!.type;
/** What was noted. */
export const actions = ({ notes }: Answer) => notes.map(({ action }) => action);
