import { expect, test } from 'vitest';
import { answerStream, chunk, HELLO, serve, sse } from '../upstream/server.ts';
import { jsonLines, perigee, start } from './command.ts';

/** A host that begins an answer and then says nothing more. */
function stalling() {
  return serve((response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write(sse(chunk({ content: 'Once upon' })));
  });
}

test('Ctrl-C ends a run in order: what it was doing, the summary, exit code 130', async () => {
  const { baseUrl, server } = await stalling();
  const running = start(['run', '--base-url', baseUrl, '--model', 'm', 'hi']);
  await running.printed('Once upon');
  running.child.kill('SIGINT');
  const { code, stdout, stderr } = await running.done;
  expect([code, stderr]).toEqual([130, '']);
  expect(stdout).toMatch(/Once upon\n\nPausing: [^\n]*\n\nPaused\.\n\n0 steps · 0 calls · /);
  expect(stdout).toContain('the unfinished answer estimated');
  await new Promise<void>((resolve) => server.close(() => resolve()));
});

test('Ctrl-C with --json: the last line is the end of the run', async () => {
  const { baseUrl } = await stalling();
  const running = start(['run', '--json', '--base-url', baseUrl, '--model', 'm', 'hi']);
  await running.printed('Once upon');
  running.child.kill('SIGINT');
  const { code, stdout, stderr } = await running.done;
  expect(code).toBe(130);
  expect(jsonLines(stdout).at(-1)).toMatchObject({
    type: 'end',
    result: { finishReason: 'paused', text: 'Once upon', usageIsEstimated: true },
  });
  expect(stderr).toContain('Paused.');
});

test('the reader of the output may leave: the run ends without an error', async () => {
  let goOn: (() => void) | undefined;
  const { baseUrl } = await serve((response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write(sse(chunk({ content: 'Once upon' })));
    goOn = () => response.write(sse(chunk({ content: ' a time' })));
  });
  const running = start(['run', '--json', '--base-url', baseUrl, '--model', 'm', 'hi']);
  await running.printed('Once upon');
  running.child.stdout.destroy();
  goOn?.();
  expect(await running.done).toMatchObject({ code: 0, stderr: expect.stringMatching(/^m at 127[^\n]*\n$/) });
});

test('what was streamed of an attempt that failed is void, and said to be', async () => {
  const { baseUrl } = await serve((response, _, count) => {
    if (count > 0) return answerStream(response, HELLO);
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write(sse(chunk({ content: 'Half of ' })), () => response.destroy());
  });
  const { code, stdout } = await perigee(['run', '--base-url', baseUrl, '--model', 'm', 'hi']);
  expect(code).toBe(0);
  expect(stdout).toMatch(
    /Half of \n\n! .*the connection broke\. What it wrote of this answer is void\. Asking again in [\d.]+ m?s\.\n\nHello\n/,
  );
  const quiet = await perigee(['run', '-q', '--base-url', baseUrl, '--model', 'm', 'hi']);
  expect(quiet.stdout).toBe('Hello\n');
});
