import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type Model,
  type ModelRequest,
  modelStream,
  type Note,
  type StreamEvent,
} from '../../src/core/index.ts';
import { type RoutingOptions, routed, type Upstream } from '../../src/upstream/index.ts';
import {
  type Answer,
  CALL,
  CALLED,
  clock,
  error,
  failing,
  fake,
  reasoning,
  STOP,
  says,
  text,
  USAGE,
} from './models.ts';
import { failure, outcome } from './server.ts';

const request: ModelRequest = { messages: [{ role: 'user', content: 'hi' }] };
const PRICES = { input: 1, cachedInput: 0.1, output: 2 };

function named(models: { readonly [name: string]: Upstream['model'] }): Upstream[] {
  return Object.entries(models).map(([name, model]) => ({ name, model }));
}

function router(upstreams: readonly Upstream[], options: RoutingOptions = {}) {
  const time = clock();
  const model = routed('kimi', upstreams, { now: time.now, sleep: time.sleep, random: () => 1, ...options });
  return { model, time };
}

async function noted(model: Upstream['model'], asked = request) {
  const notes: Note[] = [];
  const result = await outcome(model.stream(asked, { onNote: (note) => notes.push(note) }));
  return { ...result, notes, actions: notes.map(({ action, upstream }) => `${action} ${upstream ?? ''}`) };
}

describe('without failures', () => {
  test('the first upstream answers, its batches pass as they are', async () => {
    const [a, b] = [fake(says('Hel', 'lo')), fake(says('no'))];
    const { model } = router([{ name: 'a', model: { ...a, prices: PRICES } }, ...named({ b })]);
    const { turn, notes } = await noted(model);
    expect(turn).toMatchObject({ content: 'Hello', finishReason: 'stop', usage: USAGE });
    expect(notes).toEqual([
      { stage: 'route', action: 'served', upstream: 'a', prices: PRICES, text: 'a answers' },
    ]);
    expect(b.requests).toEqual([]);
  });

  test('the model is known by its own name, the smallest window and a price', () => {
    const model = fake(says('x'));
    const { model: both } = router([
      { name: 'a', model: { ...model, contextWindow: 200_000, prices: PRICES } },
      { name: 'b', model: { ...model, contextWindow: 128_000 } },
    ]);
    expect(both).toMatchObject({ id: 'kimi', contextWindow: 128_000, prices: PRICES });
  });

  test('options that cannot work are refused at once', () => {
    const model = fake(says('x'));
    expect(() => routed('m', [])).toThrow('m has no upstreams');
    expect(() =>
      routed('m', [
        { name: 'a', model },
        { name: 'a', model },
      ]),
    ).toThrow('two upstreams named a');
    expect(() => routed('m', [{ name: 'a', model, weight: -1 }])).toThrow('weight of a is -1');
    expect(() => routed('m', [{ name: 'a', model, concurrency: 0 }])).toThrow('concurrency of a is 0');
    expect(() => routed('m', [{ name: 'a', model }], { retries: Number.NaN })).toThrow('retries is NaN');
  });
});

describe('an upstream that fails before the first event', () => {
  test.each([
    'connection-refused',
    'dns',
    'tls',
    'connection-lost',
    'silence',
    'overloaded',
    'server-error',
    'not-json',
    'rate-limited',
    'quota-exceeded',
    'wrong-api-key',
    'forbidden',
    'model-not-found',
    'endpoint-not-found',
  ] as const)('with %s is followed by the next', async (code) => {
    const [a, b] = [fake(failing(code)), fake(says('from b'))];
    const { model, time } = router(named({ a, b }));
    const { turn, actions } = await noted(model);
    expect(turn.content).toBe('from b');
    expect(actions.filter((action) => !action.startsWith('rested'))).toEqual(['failed a', 'served b']);
    expect(time.waits).toEqual([]);
  });

  test.each(['bad-request', 'context-too-long', 'content-filter', 'invalid-request'] as const)(
    'with %s is believed at once',
    async (code) => {
      const [a, b] = [fake(failing(code)), fake(says('no'))];
      const { error: thrown } = await noted(router(named({ a, b })).model);
      expect(thrown).toMatchObject({ code, remedy: `mend ${code}` });
      expect([a.requests.length, b.requests.length]).toEqual([1, 0]);
    },
  );

  test('is asked again after all others, with waits that grow', async () => {
    const [a, b] = [fake(failing('server-error')), fake(failing('overloaded'))];
    const { model, time } = router(named({ a, b }));
    const { error: thrown } = await noted(model);
    expect(thrown?.code).toBe('server-error');
    expect([a.requests.length, b.requests.length]).toEqual([3, 3]);
    expect(time.waits).toEqual([500, 1000]);
  });

  test('is not asked again where that cannot help', async () => {
    const a = fake(failing('wrong-api-key'));
    const { model, time } = router(named({ a }));
    expect((await noted(model)).error).toMatchObject({ code: 'wrong-api-key', remedy: 'mend wrong-api-key' });
    expect([a.requests.length, time.waits]).toEqual([1, []]);
  });

  test('the limit that is over first is the error that says most', async () => {
    const { model } = router(
      named({
        a: fake(failing('server-error')),
        b: fake(failing('rate-limited', { retryAfterMs: 90_000 })),
        c: fake(failing('rate-limited', { retryAfterMs: 50_000 })),
      }),
      { retries: 0 },
    );
    expect((await noted(model)).error).toMatchObject({ code: 'rate-limited', retryAfterMs: 50_000 });
  });

  test('an error that is none of ours is passed on as it is', async () => {
    const { model } = router(named({ a: fake({ error: new TypeError('bug') }), b: fake(says('no')) }));
    await expect(noted(model)).rejects.toThrow(new TypeError('bug'));
    expect(model.upstreams()[0]).toMatchObject({ active: 0, breaker: 'closed' });
  });

  test('wire text of an attempt that does not count is not shown', async () => {
    const dies: StreamEvent = { type: 'tool-call-invalid', reason: 'unresolved', rawId: 'x', arguments: '' };
    const chunks: string[] = [];
    const { model } = router(
      named({ a: fake({ batches: [[dies]], error: error('dns') }), b: fake(says('x')) }),
    );
    await outcome(model.stream(request, { onRawChunk: (chunk) => chunks.push(chunk) }));
    expect(chunks).toHaveLength(2);
  });
});

describe('Retry-After', () => {
  test('is respected: the upstream rests, others answer meanwhile', async () => {
    const a = fake(failing('rate-limited', { retryAfterMs: 20_000 }), says('a again'));
    const b = fake(says('b'));
    const { model, time } = router(named({ a, b }));
    expect((await noted(model)).actions).toEqual(['failed a', 'rested a', 'served b']);
    time.pass(19_999);
    expect((await noted(model)).actions).toEqual(['served b']);
    expect(model.upstreams()[0]).toMatchObject({ restsMs: 1, lastError: 'rate-limited' });
    time.pass(1);
    expect((await noted(model)).turn.content).toBe('a again');
    expect(model.upstreams()[0]).toEqual({ name: 'a', breaker: 'closed', active: 0 });
  });

  test('is waited for where there is no other, if it is short', async () => {
    const a = fake(failing('rate-limited', { retryAfterMs: 5000 }), says('late'));
    const { model, time } = router(named({ a }));
    expect((await noted(model)).turn.content).toBe('late');
    expect(time.now()).toBeGreaterThanOrEqual(5000);
    expect(a.requests).toHaveLength(2);
  });

  test('is told at once where it is too long, also to those who ask meanwhile', async () => {
    const a = fake(failing('rate-limited', { retryAfterMs: 50_000 }));
    const { model, time } = router(named({ a }));
    expect(await failure(model.stream(request))).toMatchObject({
      code: 'rate-limited',
      retryAfterMs: 50_000,
    });
    expect(model.ready()).toBe(false);
    time.pass(10_000);
    expect(await failure(model.stream(request))).toMatchObject({
      code: 'rate-limited',
      retryAfterMs: 40_000,
      remedy: 'mend rate-limited',
    });
    expect(a.requests).toHaveLength(1);
  });

  test('is chosen here where the host does not say, longer each time, once for all who meet the limit', async () => {
    const a = fake(failing('rate-limited'));
    const { model, time } = router(named({ a, b: fake(says('b')) }), { retries: 0 });
    const rests: (number | undefined)[] = [];
    for (let count = 0; count < 8; count++) {
      await Promise.all([noted(model), noted(model), noted(model)]);
      rests.push(model.upstreams()[0]?.restsMs);
      time.pass(70_000);
    }
    expect(rests).toEqual([1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000]);
  });

  test('an upstream that refused its key is asked last for a while, and alone still asked', async () => {
    const a = fake(failing('wrong-api-key'), failing('wrong-api-key'), says('mended'));
    const b = fake(says('b'), failing('bad-request'));
    const { model, time } = router(named({ a, b }));
    expect((await noted(model)).turn.content).toBe('b');
    expect((await noted(model)).error?.code).toBe('bad-request');
    expect(a.requests).toHaveLength(1);
    time.pass(60_000);
    expect((await noted(model)).error?.code).toBe('bad-request');
    expect(a.requests).toHaveLength(2);
    const alone = router(named({ a: fake(failing('quota-exceeded')) })).model;
    for (let time = 0; time < 3; time++)
      expect((await failure(alone.stream(request))).code).toBe('quota-exceeded');
    expect(alone.ready()).toBe(true);
  });
});

describe('the breaker', () => {
  const options = { retries: 0, breaker: { failures: 3, openMs: 1000, maxOpenMs: 3000 } };

  test('opens after failures in a row, lets one request try, closes when that is answered', async () => {
    const bad = failing('connection-refused');
    const a = fake(bad, bad, bad, bad, bad, says('back'));
    const { model, time } = router(named({ a }), { ...options, random: () => 0.5 });
    for (let count = 0; count < 3; count++) await failure(model.stream(request));
    expect(model.upstreams()[0]).toMatchObject({ breaker: 'open', lastError: 'connection-refused' });
    expect(model.ready()).toBe(false);
    expect(await failure(model.stream(request))).toMatchObject({
      code: 'connection-refused',
      message: expect.stringMatching(/ this one was not sent, since a is left alone for another second\.$/),
      retryAfterMs: 1000,
    });
    expect(a.requests).toHaveLength(3);
    time.pass(1000);
    expect(model.upstreams()[0]?.breaker).toBe('half-open');
    await failure(model.stream(request));
    time.pass(1999);
    await failure(model.stream(request));
    expect(a.requests).toHaveLength(4);
    time.pass(1);
    await failure(model.stream(request));
    time.pass(2999);
    await failure(model.stream(request));
    expect(a.requests).toHaveLength(5);
    time.pass(1);
    expect((await noted(model)).turn.content).toBe('back');
    expect(model.upstreams()[0]).toEqual({ name: 'a', breaker: 'closed', active: 0 });
  });

  test('that a request itself opened is no reason to tell it that it was not sent', async () => {
    const a = fake(failing('overloaded'));
    const { model } = router(named({ a }), { ...options, retries: 5 });
    const thrown = await failure(model.stream(request));
    expect(thrown).toMatchObject({ code: 'overloaded', retryAfterMs: expect.any(Number) });
    expect([thrown.message.includes('not sent'), a.requests.length]).toEqual([false, 3]);
  });

  test('opens when too many of the last requests failed', async () => {
    const answers = Array.from({ length: 10 }, (_, at) =>
      at % 3 === 0 ? says('x') : failing('server-error'),
    );
    const a = fake(...answers);
    const { model } = router(named({ a }), { retries: 0, breaker: { rate: 0.5, window: 10 } });
    for (let count = 0; count < 10; count++) {
      expect(model.upstreams()[0]?.breaker).toBe('closed');
      await noted(model);
    }
    const { model: other } = router(named({ a: fake(...answers, failing('server-error')) }), {
      retries: 0,
      breaker: { rate: 0.5, window: 10 },
    });
    for (let count = 0; count < 12; count++) await noted(other);
    expect(other.upstreams()[0]?.breaker).toBe('open');
  });

  test.each(['bad-request', 'context-too-long', 'wrong-api-key', 'rate-limited'] as const)(
    'does not count %s',
    async (code) => {
      const { model } = router(named({ a: fake(failing(code, { retryAfterMs: 0 })) }), options);
      for (let count = 0; count < 9; count++) await failure(model.stream(request));
      expect(model.upstreams()[0]?.breaker).toBe('closed');
    },
  );

  test('does not count what the client cancelled, and gives the try back that it cancelled', async () => {
    const bad = failing('server-error');
    const a = fake(bad, bad, bad, { hangs: true }, says('back'));
    const { model, time } = router(named({ a }), options);
    for (let count = 0; count < 3; count++) await failure(model.stream(request));
    time.pass(2000);
    const controller = new AbortController();
    const cancelled = failure(model.stream(request, { signal: controller.signal }));
    await undefined;
    controller.abort();
    expect((await cancelled).code).toBe('aborted');
    expect(model.upstreams()[0]).toMatchObject({ breaker: 'half-open', active: 0 });
    expect((await noted(model)).turn.content).toBe('back');
  });

  test('lets only one request try at a time; the others wait for what comes of it', async () => {
    const bad = failing('server-error');
    let answered = () => {};
    const after = new Promise<void>((resolve) => {
      answered = resolve;
    });
    const a = fake(bad, bad, bad, { after, ...says('back') }, says('next'));
    const { model, time } = router(named({ a }), { ...options, sleep: () => new Promise(() => {}) });
    for (let count = 0; count < 3; count++) await failure(model.stream(request));
    time.pass(2000);
    const both = [noted(model), noted(model)];
    await new Promise(setImmediate);
    expect(a.requests).toHaveLength(4);
    expect(model.waiting()).toBe(1);
    answered();
    expect((await Promise.all(both)).map(({ turn }) => turn.content)).toEqual(['back', 'next']);
  });
});

describe('an answer that dies on the way', () => {
  const cut = error('stream-cut');

  test('in the reasoning goes on with the new reasoning, without a proof for the patched one', async () => {
    const a = fake({ batches: [[reasoning('First I')]], error: cut });
    const signed: StreamEvent = { type: 'reasoning-delta', delta: '', signature: 'proof' };
    const b = fake({ batches: [[reasoning('Well')], [signed], [text('Hi')], [STOP]] });
    const { turn, actions } = await noted(router(named({ a, b })).model);
    expect(turn).toMatchObject({ reasoning: 'First I\n\nWell', content: 'Hi', finishReason: 'stop' });
    expect(turn.reasoningSignature).toBeUndefined();
    expect(actions).toEqual(['served a', 'failed a', 'served b']);
  });

  test('in the text goes on where it was, if the new one says the same', async () => {
    const a = fake({ batches: [[text('Hello, wo')]], error: cut });
    const { turn, actions } = await noted(router(named({ a, b: fake(says('Hel', 'lo, world', '!')) })).model);
    expect(turn.content).toBe('Hello, world!');
    expect(actions).toEqual(['served a', 'failed a', 'served b', 'swallowed b']);
  });

  test('in the text goes on after a paragraph break, if the new one says something else', async () => {
    const a = fake({ batches: [[text('Hello, wo')]], error: cut });
    const { turn } = await noted(router(named({ a, b: fake(says('Hel', 'lo there')) })).model);
    expect(turn.content).toBe('Hello, wo\n\nHello there');
  });

  test('paragraphs that agree are not said twice', async () => {
    const a = fake({ batches: [[text('One.\n\nTwo is')]], error: cut });
    const { turn } = await noted(router(named({ a, b: fake(says('One.\n\nTwo was', ' it.')) })).model);
    expect(turn.content).toBe('One.\n\nTwo is\n\nTwo was it.');
  });

  test('in the text may be followed by calls, which are counted from 0', async () => {
    const a = fake({ batches: [[text('Let me look. Th')]], error: cut });
    const b = fake({ batches: [[text('Let me look.')], CALL, [CALLED]] });
    const { turn, events } = await noted(router(named({ a, b })).model);
    expect(turn).toMatchObject({ content: 'Let me look. Th', finishReason: 'tool-calls' });
    expect(turn.calls).toEqual([{ index: 0, id: 'functions.f:0', name: 'f', arguments: '{"x":1}' }]);
    expect(events.filter(({ type }) => type === 'finish')).toHaveLength(1);
  });

  test('in a call is not begun again', async () => {
    const a = fake({ batches: [[text('x')], CALL.slice(0, 2)], error: cut });
    const b = fake(says('no'));
    const { error: thrown, turn } = await noted(router(named({ a, b })).model);
    expect(thrown).toBe(cut);
    expect([turn.content, b.requests.length]).toEqual(['x', 0]);
  });

  test('in a call is begun again where nothing is shown before the end', async () => {
    const a = fake({ batches: [[text('x')], CALL.slice(0, 2)], error: cut });
    const b = fake({ batches: [[text('y')], CALL, [CALLED]] });
    const { turn } = await outcome(router(named({ a, b })).model.stream(request, { whole: true }));
    expect(turn).toMatchObject({ content: 'y', finishReason: 'tool-calls', usage: USAGE });
    expect(turn.calls).toHaveLength(1);
  });

  test('is begun again as often as upstreams may be asked where nothing is shown before the end', async () => {
    const a = fake({ batches: [[text('a')]], error: cut });
    const b = fake(...Array<Answer>(2).fill({ batches: [[text('b')]], error: cut }), says('whole'));
    const { turn, error: thrown } = await outcome(
      router(named({ a, b })).model.stream(request, { whole: true }),
    );
    expect([turn.content, thrown, a.requests.length, b.requests.length]).toEqual(['whole', undefined, 3, 3]);
  });

  test('is told where nothing was to be shown and no other answer came: what was written is paid for', async () => {
    const a = fake({ batches: [[text('long')], CALL.slice(0, 2)], error: cut });
    const { model } = router(named({ a, b: fake(failing('overloaded')) }), { retries: 0 });
    const { turn, error: thrown, events } = await outcome(model.stream(request, { whole: true }));
    expect([turn.content, thrown, events.length]).toEqual(['long', cut, 3]);
    const good = router(named({ a, b: fake(says('short')) })).model;
    expect((await outcome(good.stream(request, { whole: true }))).turn.content).toBe('short');
  });

  test('because its reader left is told just so', async () => {
    const leaving = new AbortController();
    const a = fake({ batches: [[text('long')]], hangs: true });
    const asked = router(named({ a })).model.stream(request, {
      whole: true,
      signal: leaving.signal,
    });
    // By then all that does not wait for anything has come.
    setImmediate(() => leaving.abort());
    const { turn, error: thrown } = await outcome(asked);
    expect([turn.content, thrown?.code]).toEqual(['long', 'aborted']);
  });

  test('as JSON is not patched with a second beginning', async () => {
    const a = fake({ batches: [[text('{"a": 1,')]], error: cut });
    const json = { ...request, responseFormat: { type: 'json' } as const };
    const same = router(named({ a, b: fake(says('{"a": 1, "b": 2}')) })).model;
    expect((await noted(same, json)).turn.content).toBe('{"a": 1, "b": 2}');
    const other = router(named({ a, b: fake(says('{"b": 2}')) })).model;
    const { error: thrown, turn } = await noted(other, json);
    expect([thrown, turn.content]).toEqual([cut, '{"a": 1,']);
  });

  test('again and again is given up', async () => {
    const a = fake({ batches: [[text('Hello')]], error: cut });
    const { model } = router(named({ a }), { retries: 99, restarts: 4 });
    const { error: thrown, turn } = await noted(model);
    expect([thrown, turn.content, a.requests.length]).toEqual([cut, 'Hello', 5]);
  });

  test('whatever breaks where, no text is lost or said twice if all upstreams say the same', async () => {
    const words = fc.array(fc.constantFrom('a', 'b ', '\n\n', 'word', '.'), { minLength: 1, maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(
        words,
        fc.array(fc.nat(12), { maxLength: 3 }),
        fc.nat(40),
        async (pieces, breaks, cutAt) => {
          const dead = breaks.map((at) => ({
            batches: pieces.slice(0, at).map((piece) => [text(piece)]),
            error: cut,
          }));
          const whole = pieces.join('');
          const again = [whole.slice(0, cutAt), whole.slice(cutAt)].filter((piece) => piece !== '');
          const { model } = router(named({ a: fake(...dead, says(...again)) }), { retries: 9, restarts: 9 });
          const { turn, error: thrown } = await noted(model);
          if (whole.trim() !== '') expect([turn.content, thrown]).toEqual([whole, undefined]);
        },
      ),
    );
  });
});

describe('an empty answer', () => {
  const empty = { batches: [[reasoning('hm')], [STOP]] };

  test('is asked for again once, its tokens are counted', async () => {
    const [a, b] = [fake(empty), fake(says('Hi'))];
    const { turn, actions, events } = await noted(router(named({ a, b })).model);
    expect(turn).toMatchObject({ reasoning: 'hm', content: 'Hi', finishReason: 'stop' });
    expect(turn.usage).toEqual({ inputTokens: 20, cachedInputTokens: 8, outputTokens: 4 });
    expect(actions).toEqual(['served a', 'failed a', 'served b']);
    expect(events.filter(({ type }) => type === 'finish')).toHaveLength(1);
  });

  test('is what it is when it comes twice, and does not count against the host', async () => {
    const a = fake(empty);
    const { model } = router(named({ a }), { breaker: { failures: 1 } });
    const { turn, error: thrown } = await noted(model);
    expect(thrown).toBeUndefined();
    expect(turn).toMatchObject({ reasoning: 'hm\n\nhm', content: '', finishReason: 'stop' });
    expect(a.requests).toHaveLength(2);
    expect(model.upstreams()[0]?.breaker).toBe('closed');
  });

  test('is better than the error of whoever is asked after it', async () => {
    const { model } = router(named({ a: fake(empty, failing('dns')), b: fake(failing('server-error')) }), {
      retries: 0,
    });
    const { turn, error: thrown } = await noted(model);
    expect(thrown).toBeUndefined();
    expect(turn).toMatchObject({ reasoning: 'hm', finishReason: 'stop', usage: USAGE });
  });

  test('may hold calls that cannot be named: they are not shown unless they stay', async () => {
    const lost: StreamEvent = {
      type: 'tool-call-invalid',
      reason: 'unresolved',
      rawId: 'x',
      arguments: '{}',
    };
    const unresolved = { batches: [[lost], [STOP]] };
    const { turn } = await noted(router(named({ a: fake(unresolved, says('Hi')) })).model);
    expect(turn).toMatchObject({ content: 'Hi', unresolved: [] });
    const { turn: stays } = await noted(router(named({ a: fake(unresolved) })).model);
    expect(stays.unresolved).toEqual([{ rawId: 'x', arguments: '{}' }]);
  });

  test('is not one where tokens ran out, a filter struck or a call was made', async () => {
    for (const reason of ['length', 'content-filter'] as const) {
      const a = fake({ batches: [[reasoning('hm')], [{ type: 'finish', reason }]] });
      expect((await noted(router(named({ a })).model)).turn.finishReason).toBe(reason);
      expect(a.requests).toHaveLength(1);
    }
    const a = fake({ batches: [CALL, [STOP]] });
    await noted(router(named({ a })).model);
    expect(a.requests).toHaveLength(1);
  });
});

describe('the first event', () => {
  test('must come in time, or the next upstream is asked', async () => {
    const [a, b] = [fake({ hangs: true }), fake(says('b'))];
    let count = 0;
    const sleep = () => (count++ === 0 ? Promise.resolve() : new Promise<void>(() => {}));
    const { model } = router(named({ a, b }), { firstEventMs: 10_000, sleep });
    const { turn, notes } = await noted(model);
    expect(turn.content).toBe('b');
    expect(notes[0]?.text).toBe('a failed with silence before its first event');
    expect(a.active).toBe(0);
  });

  test('once it came there is no limit', async () => {
    const a = fake({ batches: [[reasoning('hm')], [text('x')], [STOP]] });
    let elapse = () => {};
    const sleep = () =>
      new Promise<void>((resolve) => {
        elapse = resolve;
      });
    const { model } = router(named({ a }), { firstEventMs: 1, sleep });
    const seen: string[] = [];
    for await (const event of model.stream(request)) {
      seen.push(event.type);
      elapse();
      await new Promise(setImmediate);
    }
    expect(seen).toEqual(['reasoning-delta', 'text-delta', 'finish']);
  });

  test('has come, too, when it is held back', async () => {
    let elapse = () => {};
    const late = new Promise<void>((resolve) => {
      elapse = resolve;
    });
    const a: Model = {
      id: 'a',
      stream: () =>
        modelStream(async function* () {
          yield [];
          elapse();
          await new Promise(setImmediate);
          yield [text('x'), STOP];
        }),
    };
    const { model } = router(named({ a }), { firstEventMs: 1, sleep: () => late });
    expect((await outcome(model.stream(request, { whole: true }))).turn.content).toBe('x');
  });

  test('a client that leaves while it is waited for cancels the request', async () => {
    const a = fake({ hangs: true });
    const { model } = router(named({ a }), { firstEventMs: 10_000, sleep: () => new Promise(() => {}) });
    const controller = new AbortController();
    const stream = failure(model.stream(request, { signal: controller.signal }));
    await new Promise(setImmediate);
    controller.abort();
    expect((await stream).code).toBe('aborted');
    expect(a.active).toBe(0);
  });
});

describe('notes', () => {
  const note = { stage: 'truncation', action: 'cut', text: 'The output ended inside a call.' };
  const telling = (...answers: readonly Answer[]): Model => {
    const inner = fake(...answers);
    return {
      ...inner,
      stream(asked, options = {}) {
        options.onNote?.(note);
        return inner.stream(asked, options);
      },
    };
  };

  test('of what is done at an upstream bear its name', async () => {
    const { model } = router(named({ a: telling(failing('overloaded')), b: telling(says('b')) }));
    const { notes } = await noted(model);
    expect(notes.filter(({ stage }) => stage === 'truncation')).toEqual([
      { ...note, upstream: 'a' },
      { ...note, upstream: 'b' },
    ]);
  });

  test.each([
    ['comes twice', [fake(says()), fake(says())], 'b'],
    ['is all that there is', [fake(says()), fake(failing('overloaded'))], 'a'],
  ] as const)('name the upstream of an empty answer that %s', async (_, [a, b], upstream) => {
    const { model } = router(named({ a, b }), { retries: 0 });
    const { notes } = await noted(model);
    expect(notes.filter(({ action }) => action === 'served')).toMatchObject([{ upstream }]);
  });
});
