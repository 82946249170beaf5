import fc from 'fast-check';
import type { RequestStage, Target } from '../../src/conform/index.ts';
import type {
  AssistantMessage,
  Message,
  ModelRequest,
  Note,
  ToolCall,
  ToolMessage,
} from '../../src/core/index.ts';
import { hostProfile, modelProfile } from '../../src/profiles/index.ts';

export const user = (content: Message['content'] = 'a'): Message => ({ role: 'user', content });

export const call = (id: string, name = 'run', args = '{}'): ToolCall => ({ id, name, arguments: args });

export const turn = (...toolCalls: ToolCall[]): AssistantMessage => ({
  role: 'assistant',
  content: '',
  toolCalls,
});

export const result = (toolCallId: string, content: Message['content'] = 'ok'): ToolMessage => ({
  role: 'tool',
  toolCallId,
  content,
});

/** A target by the ids of its profiles. */
export function target(host?: string, model?: string, rest: Partial<Target> = {}): Target {
  return {
    modelId: model ?? 'm',
    protocol: 'openai-chat',
    ...(host !== undefined && { host: hostProfile(host)! }),
    ...(model !== undefined && { model: modelProfile(model)! }),
    ...rest,
  };
}

/** What a stage makes of a request, and its notes as `action: text`. */
export function applied(stage: RequestStage, request: Partial<ModelRequest>, to: Target = target()) {
  const notes: Note[] = [];
  const given: ModelRequest = { messages: [user()], ...request };
  const sent = stage(given, to, (note) => notes.push(note));
  return {
    sent,
    notes,
    actions: notes.map(({ action }) => action),
    untouched: sent === given,
  };
}

const ids = fc.constantFrom(
  '',
  'call_1',
  'call_2',
  'functions.run:0',
  'functions.run:1',
  'functions_run_0',
  'functions_run_0_1',
  'functions.read:0',
  'functions.read:007',
  '__proto__',
);
const texts = fc.constantFrom('', ' ', '\n', 'text', 'two\nlines', '\u0000', '\ud800');
const contents = fc.oneof(
  texts,
  fc.array(
    fc.oneof(
      texts.map((text) => ({ type: 'text' as const, text })),
      fc.constant({ type: 'image' as const, url: 'data:image/png;base64,AAAA' }),
    ),
    { maxLength: 3 },
  ),
);
const args = fc.constantFrom(
  '{}',
  '{"a":1}',
  '',
  ' ',
  '{"a":',
  '[1]',
  '"{\\"a\\":1}"',
  'null',
  '{"__proto__":1}',
);
const calls = fc.record({ id: ids, name: fc.constantFrom('run', 'read'), arguments: args });

/** Any messages in any order, most of them broken. */
export const anyMessages: fc.Arbitrary<Message[]> = fc.array(
  fc.oneof(
    fc.record({ role: fc.constantFrom('system' as const, 'user' as const), content: contents }),
    fc.record(
      {
        role: fc.constant('assistant' as const),
        content: contents,
        reasoning: texts,
        toolCalls: fc.array(calls, { maxLength: 3 }),
      },
      { requiredKeys: ['role', 'content'] },
    ),
    fc.record(
      {
        role: fc.constant('tool' as const),
        toolCallId: ids,
        content: contents,
        name: fc.constantFrom('run', 'read'),
      },
      { requiredKeys: ['role', 'toolCallId', 'content'] },
    ),
  ) as fc.Arbitrary<Message>,
  { maxLength: 12 },
);
