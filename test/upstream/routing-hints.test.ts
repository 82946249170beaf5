import { expect, test } from 'vitest';
import type { ModelRequest, UpstreamHint, UpstreamHints } from '../../src/core/index.ts';
import { type RoutingOptions, routed } from '../../src/upstream/index.ts';
import { type Answer, clock, failing, fake, says, text } from './models.ts';
import { failure, outcome } from './server.ts';

const request: ModelRequest = { messages: [{ role: 'user', content: 'hi' }] };
const BAD = failing('connection-refused');
const A = '["kimi","a"]';

/** One wire between gateways: what one tells, all others hear. */
function wire() {
  const told: string[] = [];
  const ends: Map<string, (hint: UpstreamHint) => void>[] = [];
  const end = (): UpstreamHints => {
    const watched = new Map<string, (hint: UpstreamHint) => void>();
    ends.push(watched);
    return {
      tell(upstream, hint) {
        told.push(`${upstream} ${hint.state}${hint.state === 'open' ? ` ${hint.forMs}` : ''}`);
        for (const other of ends) if (other !== watched) other.get(upstream)?.(hint);
      },
      watch: (upstream, heard) => watched.set(upstream, heard),
    };
  };
  return { end, told };
}

function replicas(answers: { readonly [name: string]: readonly Answer[] }[], options: RoutingOptions = {}) {
  const time = clock();
  const { end, told } = wire();
  const all = answers.map((each) => {
    const models = Object.entries(each).map(([name, given]) => ({ name, model: fake(...given) }));
    const model = routed('kimi', models, {
      now: time.now,
      sleep: time.sleep,
      random: () => 0.5,
      retries: 0,
      breaker: { failures: 2, openMs: 1000 },
      hints: end(),
      ...options,
    });
    const asked = () => models.map(({ model: { requests } }) => requests.length);
    return { model, asked, breaker: () => model.upstreams()[0]!.breaker };
  });
  return { time, told, all };
}

function deferred() {
  let resolve = () => {};
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve: () => resolve() };
}

const ask = async (model: ReturnType<typeof routed>) => (await outcome(model.stream(request))).turn.content;

test('an upstream that one gateway leaves alone is left alone by all, until the same time, and then tried by each', async () => {
  const { all, time, told } = replicas([
    { a: [BAD, BAD, says('back')] },
    { a: [says('back')], b: [says('other')] },
  ]);
  const [first, second] = [all[0]!, all[1]!];
  await failure(first.model.stream(request));
  time.pass(10);
  await failure(first.model.stream(request));
  expect(told).toEqual([`${A} open 1000`]);
  expect(second.breaker()).toBe('open');
  expect(await ask(second.model)).toBe('other');
  expect(second.asked()).toEqual([0, 1]);
  time.pass(1000);
  expect(second.breaker()).toBe('half-open');
  expect(await ask(second.model)).toBe('back');
  expect(second.breaker()).toBe('closed');
});

test('when one is answered again the others try it at once, with one request', async () => {
  const open = deferred();
  const slow: Answer = { after: open.promise, ...says('back') };
  const { all, time, told } = replicas([
    { a: [BAD, BAD, BAD, says('back')] },
    { a: [slow], b: [says('other')] },
  ]);
  const [first, second] = [all[0]!, all[1]!];
  await failure(first.model.stream(request));
  await failure(first.model.stream(request));
  time.pass(1000);
  await failure(first.model.stream(request));
  expect(told.at(-1)).toBe(`${A} open 2000`);
  time.pass(1999);
  // Its own time was over: it heard that the other tried, and waits as long.
  expect(second.breaker()).toBe('open');
  time.pass(1);
  expect(await ask(first.model)).toBe('back');
  expect(told.at(-1)).toBe(`${A} closed`);
  expect(second.breaker()).toBe('half-open');
  const probe = ask(second.model);
  expect(await ask(second.model)).toBe('other');
  open.resolve();
  expect(await probe).toBe('back');
  expect(second.breaker()).toBe('closed');
  expect(second.asked()).toEqual([1, 1]);
});

test('an own success of a moment ago counts for more than what others found out', async () => {
  const { all, time } = replicas([{ a: [BAD, BAD, BAD, BAD] }, { a: [says('fine')] }]);
  const [first, second] = [all[0]!, all[1]!];
  await ask(second.model);
  time.pass(999);
  await failure(first.model.stream(request));
  await failure(first.model.stream(request));
  expect(second.breaker()).toBe('closed');
  time.pass(1500);
  await failure(first.model.stream(request));
  expect(second.breaker()).toBe('open');
});

test('a hint is not told on, and what comes of the own try is', async () => {
  const { all, time, told } = replicas([{ a: [BAD, BAD] }, { a: [BAD] }, { a: [says('x')] }]);
  const [first, second, third] = [all[0]!, all[1]!, all[2]!];
  await failure(first.model.stream(request));
  await failure(first.model.stream(request));
  expect(told).toHaveLength(1);
  time.pass(1000);
  await failure(second.model.stream(request));
  expect(told).toEqual([`${A} open 1000`, `${A} open 1000`]);
  // It heard of the second try, and waits as long.
  expect(third.breaker()).toBe('open');
});

test('what others say cannot leave an upstream alone for longer than this one would', async () => {
  const { end } = wire();
  const time = clock();
  const model = routed('kimi', [{ name: 'a', model: fake(says('x')) }], {
    now: time.now,
    breaker: { maxOpenMs: 4000 },
    hints: end(),
  });
  end().tell(A, { state: 'open', forMs: 1e9 });
  expect(model.upstreams()[0]!.breaker).toBe('open');
  time.pass(5000);
  expect(model.upstreams()[0]!.breaker).toBe('half-open');
});

test('whoever is waiting goes on when others find that an upstream answers again', async () => {
  const { end } = wire();
  const time = clock();
  const b = deferred();
  const other = end();
  const busy: Answer = { after: b.promise, ...says('late') };
  const model = routed(
    'kimi',
    [
      { name: 'a', model: fake({ batches: [[text('from a'), { type: 'finish', reason: 'stop' }]] }) },
      { name: 'b', model: fake(busy), concurrency: 1 },
    ],
    { now: time.now, hints: end(), sleep: () => new Promise(() => {}) },
  );
  other.tell(A, { state: 'open', forMs: 10_000 });
  const first = ask(model);
  const second = ask(model);
  while (model.waiting() < 1) await new Promise((resolve) => setImmediate(resolve));
  other.tell(A, { state: 'closed' });
  expect(await second).toBe('from a');
  b.resolve();
  expect(await first).toBe('late');
});
