import { expect, test } from 'vitest';
import { answerStream, closedPort, HELLO, serve } from '../upstream/server.ts';
import { perigee } from './command.ts';

const FAR = ['run', '-q', '--base-url', 'http://model.invalid/v1', '--model', 'm', 'hi'];

/** A proxy for plain HTTP: it is asked for whole addresses, and answers itself. */
async function proxy() {
  const { baseUrl, seen } = await serve((response) => answerStream(response, HELLO));
  return { url: new URL(baseUrl).origin, seen };
}

test.each(['HTTP_PROXY', 'http_proxy'])('%s is honoured', async (name) => {
  const { url, seen } = await proxy();
  expect(await perigee(FAR, { env: { [name]: url } })).toEqual({ code: 0, stdout: 'Hello\n', stderr: '' });
  expect(seen.map(({ method, path }) => [method, path])).toEqual([
    ['POST', 'http://model.invalid/v1/chat/completions'],
  ]);
});

test('an address without http:// is one', async () => {
  const { url, seen } = await proxy();
  await perigee(FAR, { env: { HTTP_PROXY: new URL(url).host } });
  expect(seen).toHaveLength(1);
});

test('NO_PROXY excepts a host', async () => {
  const { url, seen } = await proxy();
  const { code, stderr } = await perigee(FAR, { env: { HTTP_PROXY: url, NO_PROXY: '.invalid' } });
  expect(code).toBe(1);
  expect(stderr).toContain('the host name');
  expect(seen).toEqual([]);
});

test('this machine is never asked by way of a proxy', async () => {
  const { url, seen } = await proxy();
  const { baseUrl } = await serve((response) => answerStream(response, HELLO));
  const args = ['run', '-q', '--base-url', baseUrl, '--model', 'm', 'hi'];
  expect(await perigee(args, { env: { HTTP_PROXY: url } })).toMatchObject({ code: 0, stdout: 'Hello\n' });
  expect(seen).toEqual([]);
});

test('a proxy that does not run is named, its password is not', async () => {
  const host = `127.0.0.1:${await closedPort()}`;
  const args = FAR.filter((word) => !['--model', 'm'].includes(word));
  const { code, stderr } = await perigee(args, { env: { HTTP_PROXY: `http://me:secret@${host}` } });
  expect(code).toBe(1);
  expect(stderr).toContain(`HTTP_PROXY (${host})`);
  expect(stderr).toContain('NO_PROXY');
  expect(stderr).not.toContain('secret');
});

test('a proxy that is no address', async () => {
  const { code, stderr } = await perigee(FAR, { env: { HTTP_PROXY: 'http://' } });
  expect(code).toBe(2);
  expect(stderr).toContain('HTTP_PROXY is not a URL');
});

test('a password with a % that stands for itself is refused with what to write, and not shown', async () => {
  const { code, stderr } = await perigee(FAR, { env: { HTTP_PROXY: 'http://me:50%off@127.0.0.1:1' } });
  expect(code).toBe(2);
  expect(stderr).toContain('HTTP_PROXY');
  expect(stderr).toContain('Write % as %25');
  expect(stderr).not.toContain('50%off');
});
