import { expect, test } from 'vitest';
import { PerigeeError } from '../../src/core/index.ts';
import { routed } from '../../src/upstream/index.ts';
import { ASK, directory, generating, post, running } from './fixtures.ts';

test('metrics say which upstream is left alone, which rests, and what each has to do', async () => {
  let began: (() => void) | undefined;
  let go: (() => void) | undefined;
  const hasBegun = new Promise<void>((resolve) => {
    began = resolve;
  });
  const mayEnd = new Promise<void>((resolve) => {
    go = resolve;
  });
  const fails = (error: PerigeeError) =>
    generating(async function* () {
      yield* [];
      throw error;
    });
  const upstreams = [
    { name: 'down', model: fails(new PerigeeError('connection-refused', 'No.', { retryable: true })) },
    {
      name: 'full',
      model: fails(new PerigeeError('rate-limited', 'No.', { retryable: true, retryAfterMs: 600_000 })),
    },
    {
      name: 'slow',
      concurrency: 1,
      model: generating(async function* () {
        began?.();
        await mayEnd;
        yield [
          { type: 'text-delta', delta: 'Hi' },
          { type: 'finish', reason: 'stop' },
        ];
      }),
    },
  ];
  const model = routed('kimi', upstreams, { retries: 0, breaker: { failures: 1, openMs: 60_000 } });
  const { baseURL, gateway } = await running({
    models: directory({
      name: 'kimi',
      model,
      routing: () => ({ waiting: model.waiting(), upstreams: model.upstreams() }),
    }),
  });
  const first = post(`${baseURL}/chat/completions`, ASK);
  await hasBegun;
  const second = post(`${baseURL}/chat/completions`, ASK);
  await expect.poll(() => model.waiting()).toBe(1);
  const lines = (await gateway.metrics()).split('\n');
  const at = (name: string, upstream: string) => `${name}{model="kimi",upstream="${upstream}"}`;
  expect(lines).toContain(`${at('perigee_upstream_open', 'down')} 1`);
  expect(lines).toContain(`${at('perigee_upstream_open', 'full')} 0`);
  expect(lines).toContain(`${at('perigee_upstream_open', 'slow')} 0`);
  expect(lines).toContain(`${at('perigee_upstream_running_requests', 'slow')} 1`);
  expect(lines).toContain('perigee_waiting_requests{model="kimi"} 1');
  const rest = lines.find((line) => line.startsWith(at('perigee_upstream_rest_seconds', 'full')));
  expect(Number(rest?.split(' ')[1])).toBeCloseTo(600, -2);
  go?.();
  for (const reply of [await first, await second]) expect(reply.status).toBe(200);
  expect(await gateway.metrics()).toContain('perigee_waiting_requests{model="kimi"} 0\n');
});
