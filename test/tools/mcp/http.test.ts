import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { describe, expect, it, vi } from 'vitest';
import { mcpTools } from '../../../src/tools/index.ts';
import { call, connected } from './calls.ts';
import { httpServer, sseServer } from './http-server.ts';

describe('an MCP server behind a URL', () => {
  it('is called by its tools, with the headers that are given', async () => {
    const { url, seen } = await httpServer();
    const server = await connected({ url, headers: { authorization: 'Bearer key' } });
    expect(await call(server, 'echo', { say: 'ü' })).toBe('{"say":"ü"}');
    await expect(call(server, 'fail')).rejects.toThrow('there is no such file');
    expect(seen.length).toBeGreaterThan(3);
    expect(seen.filter((line) => !line.endsWith('/mcp Bearer key'))).toEqual([]);
  });

  it('may know only the older HTTP+SSE', async () => {
    const { url } = await sseServer();
    const server = await connected(url);
    expect(await call(server, 'echo', { say: 'a' })).toBe('{"say":"a"}');
  });

  it('that has forgotten the session is given a new one, and the call is made there', async () => {
    const http = await httpServer();
    const server = await connected(http.url);
    expect(await call(server, 'cancelled')).toBe('0');
    http.forgetSessions();
    expect(await call(server, 'cancelled')).toBe('0');
  });

  it('that breaks the connection in the middle of a call says so, and is asked again by the next one', async () => {
    const http = await httpServer();
    const server = await connected(http.url);
    const waiting = call(server, 'wait');
    const refused = expect(waiting).rejects.toThrow(
      /could not be asked: .*The connection broke.*effect is not known/,
    );
    await call(server, 'echo', { say: 'it has arrived' });
    http.breakConnections();
    await refused;
    expect(await call(server, 'echo', { say: 'a' })).toBe('{"say":"a"}');
  });

  it('that floods is cut off', async () => {
    const http = await httpServer();
    const server = await connected(http.url, { maxMessageBytes: 1_000_000 });
    await expect(call(server, 'huge')).rejects.toThrow('it sent a message of more than 1000000 bytes');
    expect(await call(server, 'echo', { say: 'a' })).toBe('{"say":"a"}');
  });

  it('is told when a call is given up', async () => {
    const { url } = await httpServer();
    const server = await connected(url);
    const control = new AbortController();
    const before = await call(server, 'cancelled');
    const refused = expect(call(server, 'wait', {}, control.signal)).rejects.toThrow();
    await call(server, 'echo', { say: 'it has arrived' });
    control.abort();
    await refused;
    await vi.waitFor(
      async () => expect(Number(await call(server, 'cancelled'))).toBeGreaterThan(Number(before)),
      30_000,
    );
  });

  it('is no longer asked once it is closed', async () => {
    const { url, seen } = await httpServer();
    const server = await mcpTools(url);
    await server.close();
    expect(seen.at(-1)).toBe('DELETE /mcp');
    const before = seen.length;
    await expect(call(server, 'echo', { say: 'a' })).rejects.toThrow('was closed');
    expect(seen).toHaveLength(before);
  });
});

describe('a URL that leads to no MCP server', () => {
  it.each([
    [401, 'wrong-api-key', 'HTTP 401'],
    [403, 'forbidden', 'HTTP 403'],
    [404, 'endpoint-not-found', 'HTTP 404'],
    [500, 'server-error', 'HTTP 500'],
  ])('because it answers with %i', async (status, code, message) => {
    const { url } = await httpServer((_, response) => void response.writeHead(status).end('go away'));
    const failing = mcpTools(url);
    await expect(failing).rejects.toThrow(message);
    await expect(failing).rejects.toMatchObject({ code, remedy: expect.stringMatching(/./) as string });
  });

  it('because it answers with a page', async () => {
    const { url } = await httpServer((_, response) => {
      response.writeHead(200, { 'content-type': 'text/html' }).end('<h1>Welcome</h1>');
    });
    await expect(mcpTools(url)).rejects.toThrow('Unexpected content type: text/html');
  });

  it('because nobody listens, with the reason and without the secrets of the URL', async () => {
    const free = createServer().listen(0, '127.0.0.1');
    await once(free, 'listening');
    const { port } = free.address() as AddressInfo;
    free.close();
    const failing = mcpTools(`http://user:password@127.0.0.1:${port}/mcp?key=secret`);
    await expect(failing).rejects.toMatchObject({
      code: 'connection-refused',
      message: `The MCP server http://127.0.0.1:${port}/mcp cannot be reached: connect ECONNREFUSED 127.0.0.1:${port}.`,
    });
  });

  it('unless its name and password are in the URL', async () => {
    const { url, seen } = await httpServer();
    await connected(url.replace('//', '//us%20er:pass@'));
    expect(new Set(seen)).toEqual(
      new Set(['POST', 'GET'].map((method) => `${method} /mcp Basic dXMgZXI6cGFzcw==`)),
    );
  });

  it.each(['http://', 'ftp://host/mcp'])('because it is %s', async (url) => {
    await expect(mcpTools({ url })).rejects.toMatchObject({ code: 'invalid-options' });
  });
});
