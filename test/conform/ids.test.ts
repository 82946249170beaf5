import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { historyStage, idsBack, idsStage } from '../../src/conform/index.ts';
import type { Message, ModelRequest, StreamEvent, ToolCallStart } from '../../src/core/index.ts';
import { anyMessages, applied, call, result, target, turn, user } from './fixtures.ts';

const callIds = (messages: readonly Message[]) =>
  messages.flatMap((m) => (m.role === 'assistant' ? (m.toolCalls ?? []).map(({ id }) => id) : []));
const resultIds = (messages: readonly Message[]) =>
  messages.flatMap((m) => (m.role === 'tool' ? [m.toolCallId] : []));

describe('ids of the history', () => {
  test('that repeat across turns become unique, results with their own turn', () => {
    const messages = [
      turn(call('functions.run:0')),
      result('functions.run:0'),
      turn(call('functions.run:0'), call('x', 'read')),
      result('functions.run:0'),
      result('x'),
    ];
    const { sent, actions } = applied(idsStage, { messages });
    const ids = ['functions.run:0', 'functions.run:1', 'functions.read:2'];
    expect(callIds(sent.messages)).toEqual(ids);
    expect(resultIds(sent.messages)).toEqual(ids);
    expect(actions).toEqual(['renumbered']);
  });

  test('that are canonical and unique stay the same object, also with gaps', () => {
    const messages = [
      turn(call('functions.run:7')),
      result('functions.run:7'),
      turn(call('functions.run:3')),
    ];
    expect(applied(idsStage, { messages }).untouched).toBe(true);
  });

  test('stay for a host that renames them itself, unless they cannot be told apart', () => {
    const moonshot = target('moonshot');
    expect(applied(idsStage, { messages: [turn(call('call_1'))] }, moonshot).untouched).toBe(true);
    for (const messages of [[turn(call(''))], [turn(call('a'), call('a'))]]) {
      expect(applied(idsStage, { messages }, moonshot).actions).toEqual(['renumbered']);
    }
  });

  test('laws, for any history: unique, each result behind its call, and done once', () => {
    fc.assert(
      fc.property(anyMessages, (given) => {
        const { sent } = applied(historyStage, { messages: given });
        const { messages } = applied(idsStage, sent).sent;
        const ids = callIds(messages);
        expect(new Set(ids).size).toBe(ids.length);
        expect(resultIds(messages)).toEqual(ids);
        expect(applied(idsStage, { messages }).untouched).toBe(true);
      }),
      { numRuns: 500 },
    );
  });
});

function given(messages: Message[], emitted: [id: string, name: string][], host = target()) {
  const request: ModelRequest = { messages, tools: [{ name: 'run' }, { name: 'read' }] };
  const { sent } = applied(idsStage, request, host);
  const stage = idsBack(request, sent, host, () => {});
  const out: StreamEvent[] = [];
  for (const [index, [id, name]] of emitted.entries()) {
    stage?.push({ type: 'tool-call-start', index, id, name }, out);
  }
  return out as ToolCallStart[];
}

describe('ids of the answer', () => {
  test('a canonical unused one is kept, a foreign one becomes the next and is told', () => {
    const out = given(
      [turn(call('functions.run:0'))],
      [
        ['functions.run:1', 'run'],
        ['call_7', 'read'],
      ],
    );
    expect(out.map(({ id, rawId }) => [id, rawId])).toEqual([
      ['functions.run:1', undefined],
      ['functions.read:2', 'call_7'],
    ]);
  });

  test('never repeat one that the client has, even where another was sent, or the client wrote it in its own way', () => {
    expect(given([turn(call('functions.run:1')), turn(call('x'))], [['functions.run:1', 'run']])[0]!.id).toBe(
      'functions.run:2',
    );
    expect(given([turn(call('functions_run_1'))], [['functions.run:1', 'run']])[0]!.id).toBe(
      'functions.run:2',
    );
  });

  test('repeat none that was given out before the client put ids of its own in their places', () => {
    const messages = [
      turn(call('mine-a', 'run'), call('mine-b', 'read')),
      result('mine-a'),
      result('mine-b'),
    ];
    // The first answer may have had the first of these: nothing that the client sends tells.
    const emitted: [string, string][] = [
      ['functions.read:0', 'read'],
      ['functions.read:9', 'read'],
    ];
    for (const host of [target('moonshot'), target('vllm')]) {
      const ids = given(messages, emitted, host).map(({ id }) => id);
      expect(ids).toEqual(['functions.read:2', 'functions.read:9']);
    }
  });

  test('other events pass as they are, and without tools and calls there is no stage', () => {
    const events: StreamEvent[] = [
      { type: 'text-delta', delta: 'a' },
      { type: 'finish', reason: 'stop' },
    ];
    const request = { messages: [user()], tools: [{ name: 'run' }] };
    const out: StreamEvent[] = [];
    for (const event of events) idsBack(request, request, target(), () => {})!.push(event, out);
    expect(out[0]).toBe(events[0]);
    expect(idsBack({ messages: [user()] }, { messages: [user()] }, target(), () => {})).toBeUndefined();
  });

  test('law, for any history and any ids: none is given twice', () => {
    const names = fc.constantFrom('run', 'read');
    const ids = fc.constantFrom('', 'call_1', 'functions.run:0', 'functions.run:1', 'functions.read:2', 'x');
    fc.assert(
      fc.property(anyMessages, fc.array(fc.tuple(ids, names), { maxLength: 6 }), (messages, emitted) => {
        const all = given(messages, emitted).map(({ id }) => id);
        expect(all).toHaveLength(emitted.length);
        const known = new Set(callIds(messages));
        expect(new Set(all).size).toBe(all.length);
        expect(all.filter((id) => known.has(id))).toEqual([]);
      }),
    );
  });
});
