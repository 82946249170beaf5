import { once } from 'node:events';
import { expect, test } from 'vitest';
import { completions, openaiChat } from '../../src/upstream/index.ts';
import { answerJson, chunk, failure, serve, sse } from './server.ts';

const PIECE = 'x'.repeat(100_000);
const CALL = { function: { name: 'run', arguments: '{}' } };

/** What a host can send for ever. */
const ENDLESS: readonly (readonly [string, (count: number) => string])[] = [
  ['text', () => sse(chunk({ content: PIECE }))],
  ['reasoning', () => sse(chunk({ reasoning_content: PIECE }))],
  [
    'arguments',
    () => sse(chunk({ tool_calls: [{ index: 0, id: 'c', function: { name: 'run', arguments: PIECE } }] })),
  ],
  [
    'calls',
    (count) =>
      sse(
        chunk({
          tool_calls: Array.from({ length: 5000 }, (_, index) => ({ ...CALL, id: `${count}-${index}` })),
        }),
      ),
  ],
];

test.each(ENDLESS)('a host that sends %s for ever is hung up on, and not asked again', async (_, write) => {
  let gone: Promise<unknown> | undefined;
  const { baseUrl, seen } = await serve(async (response) => {
    gone = once(response, 'close');
    for (let count = 0; !response.destroyed; count++) {
      if (!response.write(write(count))) await Promise.race([once(response, 'drain'), gone]);
    }
  });
  const error = await failure(
    openaiChat({ baseUrl, model: 'm' }).stream({ messages: [], tools: [{ name: 'run' }] }),
  );
  expect(error).toMatchObject({ code: 'stream-cut', retryable: false });
  expect(error.message).toContain('it does not end');
  await gone;
  expect(seen).toHaveLength(1);
});

test('an answer that is too large in one piece is refused too', async () => {
  const text = 'x'.repeat(65 * 1024 * 1024);
  const { baseUrl } = await serve((response) => answerJson(response, 200, { choices: [{ text, index: 0 }] }));
  const model = completions({ baseUrl, model: 'kimi-k2.6', retries: 0 });
  expect(await failure(model.stream({ messages: [] }))).toMatchObject({
    code: 'stream-cut',
    retryable: false,
  });
});
