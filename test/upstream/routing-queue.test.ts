import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Message, ModelRequest, Note } from '../../src/core/index.ts';
import { type RoutingOptions, routed, type Upstream, withCacheKey } from '../../src/upstream/index.ts';
import { type Answer, CALL, CALLED, error, failing, fake, STOP, says, text } from './models.ts';
import { failure, outcome } from './server.ts';

const request: ModelRequest = { messages: [{ role: 'user', content: 'hi' }] };
const never = () => new Promise<void>(() => {});
const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

/** An answer that waits to be let go. */
function gated(content: string): Answer & { open(): void } {
  let open = () => {};
  const after = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { ...says(content), after, open: () => open() };
}

function limited(model: Upstream['model'], concurrency: number, options: RoutingOptions = {}) {
  return routed('kimi', [{ name: 'a', model, concurrency }], { sleep: never, ...options });
}

describe('the limit of an upstream', () => {
  test('sends further requests to the next one while it is full', async () => {
    const first = gated('a');
    const model = routed('kimi', [
      { name: 'a', model: fake(first), concurrency: 1 },
      { name: 'b', model: fake(says('b')) },
    ]);
    const waiting = outcome(model.stream(request));
    await turn();
    expect((await outcome(model.stream(request))).turn.content).toBe('b');
    first.open();
    expect((await waiting).turn.content).toBe('a');
  });

  test('lets requests wait in the order in which they came', async () => {
    const gates = ['1', '2', '3'].map(gated);
    const model = limited(fake(...gates), 1);
    const notes: Note[] = [];
    const answers: string[] = [];
    const all = gates.map(async () => {
      const { turn } = await outcome(model.stream(request, { onNote: (note) => notes.push(note) }));
      answers.push(turn.content);
    });
    await turn();
    expect([model.waiting(), model.upstreams()[0]?.active]).toEqual([2, 1]);
    for (const gate of gates) {
      gate.open();
      await turn();
    }
    await Promise.all(all);
    expect(answers).toEqual(['1', '2', '3']);
    expect(notes.filter(({ action }) => action === 'queued')).toHaveLength(2);
    expect([model.waiting(), model.upstreams()[0]?.active]).toEqual([0, 0]);
  });

  test('is kept also by a model that throws where it should fail', async () => {
    const broken = error('server-error');
    const answers = [
      () => {
        throw broken;
      },
      () => fake(says('x')).stream(request),
    ];
    const model = limited({ id: 'm', stream: () => answers.shift()!() }, 1, { retries: 0 });
    expect((await outcome(model.stream(request))).error).toBe(broken);
    expect(model.upstreams()[0]?.active).toBe(0);
    expect((await outcome(model.stream(request))).turn.content).toBe('x');
  });

  test('refuses at once when too many wait', async () => {
    const gate = gated('x');
    const model = limited(fake(gate, says('y')), 1, { queue: { size: 1 } });
    const both = [outcome(model.stream(request)), outcome(model.stream(request))];
    await turn();
    expect(model.ready()).toBe(false);
    expect(await failure(model.stream(request))).toMatchObject({
      code: 'gateway-overloaded',
      status: 503,
      retryable: true,
      retryAfterMs: 1000,
    });
    gate.open();
    expect((await Promise.all(both)).map(({ error }) => error)).toEqual([undefined, undefined]);
  });

  test('refuses whoever waited too long, and gives the place to nobody who is gone', async () => {
    const gate = gated('x');
    let elapse = () => {};
    const sleep = () =>
      new Promise<void>((resolve) => {
        elapse = resolve;
      });
    const model = limited(fake(gate, says('y')), 1, { sleep, queue: { waitMs: 100 } });
    const first = outcome(model.stream(request));
    const second = failure(model.stream(request));
    await turn();
    elapse();
    expect((await second).message).toBe('kimi takes no more requests now: no place got free in 100 ms.');
    gate.open();
    expect((await first).turn.content).toBe('x');
    expect([model.waiting(), model.upstreams()[0]?.active]).toEqual([0, 0]);
  });

  test('whoever cancels while waiting leaves at once', async () => {
    const gate = gated('x');
    const model = limited(fake(gate), 1);
    const first = outcome(model.stream(request));
    const controller = new AbortController();
    const second = failure(model.stream(request, { signal: controller.signal }));
    await turn();
    controller.abort('gone');
    expect(model.waiting()).toBe(0);
    expect(await second).toMatchObject({ code: 'aborted', cause: 'gone' });
    gate.open();
    await first;
  });

  test('whoever waits is told when nobody is left to answer', async () => {
    const gate = gated('x');
    const dead: Answer = { after: gate.after!, error: error('server-error') };
    const model = limited(fake(dead), 1, { retries: 0, breaker: { failures: 1 } });
    const both = [failure(model.stream(request)), failure(model.stream(request))];
    await turn();
    expect(model.waiting()).toBe(1);
    gate.open();
    expect((await Promise.all(both)).map(({ code }) => code)).toEqual(['server-error', 'server-error']);
  });

  test('a loop that is left early gives its place back', async () => {
    const a = fake(says('one', 'two'));
    const model = limited(a, 1);
    for await (const event of model.stream(request)) {
      expect(event).toEqual(text('one'));
      break;
    }
    expect([model.upstreams()[0]?.active, a.active]).toEqual([0, 0]);
    expect((await outcome(model.stream(request))).turn.content).toBe('onetwo');
  });

  test('no place is ever lost or given twice, whatever thousands of requests do', async () => {
    const kinds: Answer[] = [
      says('a', 'b', 'c'),
      failing('server-error'),
      failing('rate-limited', { retryAfterMs: 0 }),
      { batches: [[text('a')]], error: error('stream-cut') },
      { batches: [[text('a')], CALL.slice(0, 2)], error: error('stream-cut') },
      { batches: [CALL, [CALLED]] },
      { batches: [[STOP]] },
      { hangs: true },
    ];
    const act = fc.record({
      abortAfter: fc.option(fc.nat(12), { nil: undefined }),
      leaveAfter: fc.option(fc.nat(3), { nil: undefined }),
    });
    let requests = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.constantFrom(...kinds), { minLength: 1, maxLength: 30 }),
        fc.array(act, { minLength: 20, maxLength: 80 }),
        fc.integer({ min: 1, max: 4 }),
        async (answers, acts, concurrency) => {
          const [a, b] = [fake(...answers), fake(...[...answers].reverse())];
          const upstreams = [
            { name: 'a', model: a, concurrency },
            { name: 'b', model: b, concurrency: 1 },
          ];
          const model = routed('kimi', upstreams, {
            sleep: turn,
            queue: { size: 30 },
            breaker: { openMs: 0 },
          });
          const all = acts.map(async ({ abortAfter, leaveAfter }) => {
            requests++;
            const controller = new AbortController();
            const stopped = (async () => {
              // A hanging answer must end some time.
              for (let count = abortAfter ?? 60; count > 0; count--) await turn();
              controller.abort();
            })();
            let seen = 0;
            try {
              for await (const _ of model.stream(request, { signal: controller.signal })) {
                if (seen++ === leaveAfter) break;
              }
            } catch (caught) {
              expect(caught).toHaveProperty('code');
            }
            await stopped;
          });
          await Promise.all(all);
          expect(model.waiting()).toBe(0);
          expect(model.upstreams().map(({ active }) => active)).toEqual([0, 0]);
          expect([a.active, b.active]).toEqual([0, 0]);
          expect(a.mostActive).toBeLessThanOrEqual(concurrency);
          expect(b.mostActive).toBeLessThanOrEqual(1);
        },
      ),
      { numRuns: 60 },
    );
    expect(requests).toBeGreaterThan(1000);
  });
});

describe('weights', () => {
  const conversations = Array.from({ length: 2000 }, (_, count) => ({ ...request, cacheKey: `c${count}` }));
  const served = async (upstreams: readonly Upstream[], asked: ModelRequest) => {
    let name = '';
    const model = routed('kimi', upstreams);
    await outcome(model.stream(asked, { onNote: ({ upstream = '' }) => void (name = upstream) }));
    return name;
  };
  const upstream = (name: string, weight?: number): Upstream => ({
    name,
    model: fake(says(name)),
    ...(weight !== undefined && { weight }),
  });

  test('share the conversations, each of which stays where it is', async () => {
    const counts: Record<string, number> = { a: 0, b: 0, c: 0 };
    const three = () => [upstream('a', 3), upstream('b', 1), upstream('c')];
    for (const conversation of conversations) {
      const name = await served(three(), conversation);
      counts[name]!++;
      if (counts[name]! % 50 === 0) expect(await served(three(), conversation)).toBe(name);
    }
    expect(counts['c']).toBe(0);
    expect(counts['a']! / conversations.length).toBeCloseTo(0.75, 1);
  });

  test('when one upstream is gone, only its conversations move', async () => {
    for (const conversation of conversations.slice(0, 200)) {
      const before = await served([upstream('a', 1), upstream('b', 1), upstream('c', 1)], conversation);
      const after = await served([upstream('a', 1), upstream('b', 1)], conversation);
      if (before !== 'c') expect(after).toBe(before);
    }
  });

  test('a weight of 0 means only when nobody else answers', async () => {
    const down = { name: 'a', model: fake(failing('dns')), weight: 1 };
    expect(await served([upstream('b', 0), upstream('a', 1)], request)).toBe('a');
    expect(await served([upstream('b', 0), down], request)).toBe('b');
  });

  test('without a key a conversation is known by how it begins', async () => {
    const grown: Message[] = [
      { role: 'assistant', content: 'x' },
      { role: 'user', content: 'more' },
    ];
    for (let count = 0; count < 20; count++) {
      const begun: ModelRequest = {
        messages: [
          { role: 'system', content: 's' },
          { role: 'user', content: `${count}` },
        ],
      };
      const both = () => [upstream('a', 1), upstream('b', 1)];
      const name = await served(both(), begun);
      expect(await served(both(), { messages: [...begun.messages, ...grown] })).toBe(name);
    }
  });
});

describe('withCacheKey', () => {
  const key = (...messages: Message[]) => withCacheKey({ messages }).cacheKey;
  const system: Message = { role: 'system', content: 'You help.' };
  const user: Message = { role: 'user', content: 'My secret plan' };

  test('keeps the key that is there', () => {
    const asked = { ...request, cacheKey: 'k' };
    expect(withCacheKey(asked)).toBe(asked);
  });

  test('derives the same one as the conversation grows, and shows nothing of it', () => {
    const begun = key(system, user);
    expect(key(system, user, { role: 'assistant', content: 'Well' }, { role: 'user', content: 'more' })).toBe(
      begun,
    );
    expect(key(system, { role: 'user', content: [{ type: 'text', text: 'My secret plan' }] })).toBe(begun);
    expect(begun).toMatch(/^perigee-[\w-]{32}$/);
  });

  test('tells conversations apart', () => {
    const keys = [
      key(system, user),
      key(user),
      key({ role: 'system', content: 'You help.M' }, { role: 'user', content: 'y secret plan' }),
      key({ role: 'user', content: 'You help.' }, user),
      key({ role: 'user', content: '\ud800' }),
      key(),
    ];
    expect(new Set(keys).size).toBe(keys.length);
  });
});
