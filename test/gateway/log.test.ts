import { expect, onTestFinished, test } from 'vitest';
import { createGateway } from '../../src/gateway/index.ts';
import { ASK, kimi, post } from './fixtures.ts';

test('a log that throws costs nobody an answer, and is told of once', async () => {
  let entries = 0;
  const gateway = createGateway({
    models: kimi(['Hello']).models,
    log: () => {
      entries++;
      throw new Error('The disk is full.');
    },
  });
  const { url } = await gateway.listen({ port: 0 });
  onTestFinished(() => gateway.drain());
  const warnings: Error[] = [];
  const warn = (warning: Error & { code?: string }) => {
    if (warning.code === 'PERIGEE_LOG') warnings.push(warning);
  };
  process.on('warning', warn);
  onTestFinished(() => void process.off('warning', warn));
  const whole = await post(`${url}/v1/chat/completions`, ASK);
  expect(await whole.json()).toMatchObject({ choices: [{ message: { content: 'Hello' } }] });
  const streamed = await post(`${url}/v1/chat/completions`, { ...ASK, stream: true });
  expect(await streamed.text()).toMatch(/"Hell"[\s\S]*data: \[DONE\]\n\n$/);
  expect((await post(`${url}/v1/chat/completions`, '{')).status).toBe(400);
  expect([entries, warnings.length, warnings[0]?.message]).toEqual([
    3,
    1,
    expect.stringContaining('The disk is full.'),
  ]);
});
