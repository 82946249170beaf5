import fc from 'fast-check';
import { expect, test } from 'vitest';
import { askingAgain, conformed } from '../../src/conform/index.ts';
import {
  type Model,
  type ModelRequest,
  modelStream,
  parseJsonObject,
  type StreamEvent,
} from '../../src/core/index.ts';
import { target, user } from './fixtures.ts';

const NAMES = ['run', 'a.b', '9x', 'a_b'];
const parameters = { type: 'object', properties: { n: { type: 'integer' } }, required: ['n'] };

interface Written {
  readonly tool: number;
  readonly id: string;
  readonly text: string;
}

const written: fc.Arbitrary<Written> = fc.record({
  tool: fc.nat(NAMES.length - 1),
  id: fc.constantFrom('', 'x', 'call_1', 'functions.run:0', 'functions.a_b:1'),
  text: fc.constantFrom('{"n":1}', '{"n":"1"}', '{}', '', '{"n":', 'nope', "{'n':1}", '```{"n":1}```'),
});
const asked = fc.record({
  choice: fc.constantFrom<ModelRequest['toolChoice']>(undefined, 'auto', 'none', 'required', { name: 'a.b' }),
  single: fc.boolean(),
  host: fc.constantFrom(undefined, 'moonshot', 'vllm', 'together'),
  argumentRetries: fc.nat(1),
  whole: fc.boolean(),
  outputTokens: fc.constantFrom(undefined, 10, 16_000),
  size: fc.integer({ min: 1, max: 9 }),
});

/** A model that makes these calls, by the names that it was given, in batches of some size. */
function calling(calls: readonly Written[], outputTokens: number | undefined, size: number): Model {
  return {
    id: 'm',
    stream: ({ tools = [] }) =>
      modelStream(async function* () {
        const events: StreamEvent[] = [{ type: 'text-delta', delta: 't' }];
        calls.forEach(({ tool, id, text }, index) => {
          const name = tools[tool]?.name ?? NAMES[tool]!;
          events.push({ type: 'tool-call-start', index, id, name });
          for (const delta of text.match(/.{1,3}/gs) ?? [])
            events.push({ type: 'tool-call-delta', index, delta });
          const isObject = parseJsonObject(text) !== undefined;
          const invalid = { type: 'tool-call-invalid', reason: 'invalid-arguments', rawId: id } as const;
          events.push(
            isObject ? { type: 'tool-call-end', index } : { ...invalid, index, name, arguments: text },
          );
        });
        const usage =
          outputTokens === undefined ? {} : { usage: { inputTokens: 5, cachedInputTokens: 0, outputTokens } };
        events.push({ type: 'finish', reason: calls.length > 0 ? 'tool-calls' : 'stop', ...usage });
        for (let at = 0; at < events.length; at += size) yield events.slice(at, at + size);
      }),
  };
}

test('laws of any answer: calls counted and closed, ids that are new, what was asked, one finish that fits', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(written, { maxLength: 3 }), asked, async (calls, options) => {
      const { choice, single, host, argumentRetries, whole, outputTokens, size } = options;
      const request: ModelRequest = {
        messages: [
          user(),
          {
            role: 'assistant',
            content: '',
            toolCalls: [{ id: 'functions.run:0', name: 'run', arguments: '{}' }],
          },
          { role: 'tool', toolCallId: 'functions.run:0', content: 'ok' },
        ],
        tools: NAMES.map((name) => ({ name, parameters })),
        maxTokens: 16_000,
        ...(choice !== undefined && { toolChoice: choice }),
        ...(single && { parallelToolCalls: false }),
      };
      const to = target(host, 'kimi-k2.6');
      const model = askingAgain(conformed(calling(calls, outputTokens, size), to), to, { argumentRetries });
      const events: StreamEvent[] = [];
      for await (const event of model.stream(request, { whole })) events.push(event);

      const open = new Map<number, string>();
      const ids = new Set(['functions.run:0']);
      let started = 0;
      for (const event of events) {
        if (event.type === 'tool-call-start') {
          expect(event.index).toBe(started++);
          expect(ids.has(event.id)).toBe(false);
          expect(typeof choice === 'object' ? [choice.name] : NAMES).toContain(event.name);
          ids.add(event.id);
          open.set(event.index, '');
        } else if ('index' in event && event.index !== undefined) {
          const text = open.get(event.index);
          expect(text).toBeDefined();
          if (event.type === 'tool-call-delta') open.set(event.index, text + event.delta);
          else open.delete(event.index);
          if (event.type === 'tool-call-end') expect(parseJsonObject(text!)).toBeDefined();
        }
      }
      expect(open.size).toBe(0);
      expect(started).toBeLessThanOrEqual(choice === 'none' ? 0 : single ? 1 : 3);
      expect(events.filter(({ type }) => type === 'finish')).toEqual(events.slice(-1));
      const isCut = events.some((event) => event.type === 'tool-call-invalid' && event.reason === 'cut');
      // Where all calls were dropped, the budget may still have ended inside of one.
      const reasons = isCut ? ['length'] : started > 0 ? ['tool-calls'] : ['stop', 'length'];
      const last = events.at(-1);
      expect(reasons).toContain(last?.type === 'finish' && last.reason);
    }),
    { numRuns: 1500 },
  );
});
