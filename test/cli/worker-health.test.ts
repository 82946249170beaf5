import { expect, onTestFinished, test } from 'vitest';
import { readHealthPort, startHealthServer, type WorkerHealth } from '../../src/cli/worker/health-server.ts';

test('probes are answered by how the worker is', async () => {
  let state: WorkerHealth['state'] = 'working';
  const server = await startHealthServer({ host: '127.0.0.1', port: 0 }, () => ({
    state,
    name: 'a',
    running: 2,
  }));
  onTestFinished(() => server.close());
  const ask = async (path: string) => {
    const response = await fetch(`http://127.0.0.1:${server.port}${path}`);
    return [response.status, await response.json()];
  };
  expect(await ask('/healthz')).toEqual([200, { state: 'working', name: 'a', running: 2 }]);
  expect(await ask('/readyz?x=1')).toEqual([200, { state: 'working', name: 'a', running: 2 }]);
  state = 'stopping';
  expect([(await ask('/healthz'))[0], (await ask('/readyz'))[0]]).toEqual([200, 503]);
  state = 'lost';
  expect([(await ask('/healthz'))[0], (await ask('/readyz'))[0]]).toEqual([503, 503]);
  expect((await ask('/'))[0]).toBe(404);
});

test('a port that is taken is said to be', async () => {
  const health = () => ({ state: 'working', name: 'a', running: 0 }) as const;
  const server = await startHealthServer({ host: '127.0.0.1', port: 0 }, health);
  onTestFinished(() => server.close());
  await expect(startHealthServer({ host: '127.0.0.1', port: server.port }, health)).rejects.toThrow(
    /--health-port: port \d+ at 127\.0\.0\.1 is taken by .*--health-port \d+\./,
  );
});

test.each([
  ['8080', { port: 8080 }],
  ['127.0.0.1:8080', { host: '127.0.0.1', port: 8080 }],
  ['[::1]:8080', { host: '::1', port: 8080 }],
  ['localhost:0', { host: 'localhost', port: 0 }],
])('%s is a port', (text, port) => {
  expect(readHealthPort(text)).toEqual(port);
});

test.each(['', 'x', '70000', ':80', '1:2:3', '-1', '80 80'])('%j is none', (text) => {
  expect(() => readHealthPort(text)).toThrow(/is no port: give one as 8080/);
});
