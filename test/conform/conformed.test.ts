import { describe, expect, test } from 'vitest';
import { conform, conformed, type EventStageMaker, type RequestStage } from '../../src/conform/index.ts';
import {
  type Model,
  type ModelRequest,
  modelStream,
  type Note,
  PerigeeError,
  type StreamEvent,
} from '../../src/core/index.ts';
import { call, result, target, turn, user } from './fixtures.ts';

const text = (delta: string): StreamEvent => ({ type: 'text-delta', delta });
const finish: StreamEvent = { type: 'finish', reason: 'stop' };

/** A model that answers in these batches, and what it was asked. */
function answering(...batches: StreamEvent[][]) {
  const asked: ModelRequest[] = [];
  const model: Model = {
    id: 'm',
    prices: { input: 1, cachedInput: 1, output: 1 },
    contextWindow: 10,
    stream: (request) =>
      modelStream(async function* () {
        asked.push(request);
        yield* batches;
      }),
  };
  return { model, asked };
}

async function batchesOf(model: Model, request: ModelRequest, onNote?: (note: Note) => void) {
  const batches: (readonly StreamEvent[])[] = [];
  const stream = model.stream(request, onNote ? { onNote } : {});
  for await (const batch of stream.batches()) batches.push(batch);
  return batches;
}

const appending =
  (mark: string): EventStageMaker =>
  () => ({
    push(event, out) {
      out.push(event.type === 'text-delta' ? text(event.delta + mark) : event);
    },
  });
const doubling: EventStageMaker = () => ({
  push(event, out) {
    if (event.type === 'text-delta') out.push(event);
    out.push(event);
  },
});
const onlyFinish: EventStageMaker = () => ({
  push(event, out) {
    if (event.type === 'finish') out.push(event);
  },
});
const nothing: EventStageMaker = () => undefined;
const request = { messages: [user()] };

describe('conform', () => {
  test('without anything to do gives the same request and no stage', () => {
    const fitted = conform(request, target('moonshot', 'kimi-k2.6'), () => {});
    expect(fitted.request).toBe(request);
    expect(fitted.stage()).toBeUndefined();
  });

  test('request stages act one after the other, each on what the one before made', () => {
    const adding =
      (mark: string): RequestStage =>
      (given) => ({ ...given, messages: [...given.messages, user(mark)] });
    const requestStages = [adding('1'), adding('2')];
    const { messages } = conform(request, target(), () => {}, { requestStages }).request;
    expect(messages).toEqual([user(), user('1'), user('2')]);
  });

  test('event stages act in their order, also where one makes several events of one, or none', () => {
    const out: StreamEvent[] = [];
    const eventStages = [appending('1'), nothing, doubling, appending('2')];
    const stage = conform(request, target(), () => {}, { eventStages }).stage()!;
    for (const event of [text('a'), text('b'), finish]) stage.push(event, out);
    expect(out).toEqual([text('a12'), text('a12'), text('b12'), text('b12'), finish]);
  });

  test('each answer gets stages of its own, made from what was asked and what was sent', () => {
    const seen: unknown[] = [];
    const sent = { messages: [user('sent')] };
    const fitted = conform(request, target(), () => {}, {
      requestStages: [() => sent],
      eventStages: [(original, changed) => void seen.push(original, changed)],
    });
    fitted.stage();
    fitted.stage();
    expect(seen).toEqual([request, sent, request, sent]);
  });
});

describe('a conformed model', () => {
  test('is the model with the window of its target', () => {
    const { model } = answering();
    const { stream: _, ...rest } = conformed(model, target());
    expect(rest).toEqual({ id: 'm', prices: model.prices, contextWindow: 10 });
    expect(conformed(model, target(undefined, undefined, { contextWindow: 5 })).contextWindow).toBe(5);
  });

  test('is asked what its target takes, and the notes are told', async () => {
    const { model, asked } = answering([finish]);
    const notes: Note[] = [];
    const messages = [user(), turn(call('call_1')), result('call_1')];
    await batchesOf(conformed(model, target()), { messages }, (note) => notes.push(note));
    expect(asked).toEqual([
      {
        messages: [user(), { ...turn(call('functions.run:0')), reasoning: '' }, result('functions.run:0')],
      },
    ]);
    expect(notes.map(({ stage }) => stage)).toEqual(['reasoning', 'ids']);
  });

  test('passes batches as they are where there is no event stage', async () => {
    const batches = [[text('a'), text('b')], [], [finish]];
    const out = await batchesOf(conformed(answering(...batches).model, target()), request);
    expect(out).toHaveLength(3);
    out.forEach((batch, at) => {
      expect(batch).toBe(batches[at]);
    });
  });

  test('makes one batch of each batch, and none of nothing but for the first, as a sign of life', async () => {
    const { model } = answering([text('a'), text('b')], [text('c'), finish]);
    const eventStages = [appending('!')];
    expect(await batchesOf(conformed(model, target(), { eventStages }), request)).toEqual([
      [text('a!'), text('b!')],
      [text('c!'), finish],
    ]);
    const held = answering([text('a')], [text('b')], [finish]).model;
    expect(await batchesOf(conformed(held, target(), { eventStages: [onlyFinish] }), request)).toEqual([
      [],
      [finish],
    ]);
  });

  test('does nothing before the first event is asked for', () => {
    const { model, asked } = answering([finish]);
    const stages: string[] = [];
    const telling: RequestStage = (given) => {
      stages.push('ran');
      return given;
    };
    conformed(model, target(), { requestStages: [telling] })
      .stream(request)
      .batches();
    expect([stages, asked]).toEqual([[], []]);
  });

  test.each<[string, Parameters<typeof conformed>[2]]>([
    ['request', { requestStages: [failing] }],
    ['making', { eventStages: [failing] }],
    ['event', { eventStages: [() => ({ push: failing })] }],
  ])('what a stage throws comes out of the stream: %s', async (_, options) => {
    const stream = conformed(answering([text('a')]).model, target(), options).stream(request);
    await expect(stream.batches()[Symbol.asyncIterator]().next()).rejects.toMatchObject({
      code: 'invalid-request',
    });
  });

  test.each<[string, EventStageMaker[]]>([
    ['with event stages', [appending('!')]],
    ['without', []],
  ])('whoever leaves the loop early closes the stream behind it, %s', async (_, eventStages) => {
    let closed = false;
    const model: Model = {
      id: 'm',
      stream: () =>
        modelStream(async function* () {
          try {
            yield [text('a')];
            yield [finish];
          } finally {
            closed = true;
          }
        }),
    };
    for await (const event of conformed(model, target(), { eventStages }).stream(request)) {
      expect(event.type).toBe('text-delta');
      break;
    }
    expect(closed).toBe(true);
  });
});

function failing(): never {
  throw new PerigeeError('invalid-request', 'It does not fit.');
}
