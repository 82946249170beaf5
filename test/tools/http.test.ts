import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, LookupFunction } from 'node:net';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { PerigeeError } from '../../src/core/index.ts';
import {
  type FetchedText,
  type HttpFetchInput,
  type HttpToolOptions,
  httpTool,
} from '../../src/tools/index.ts';

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

let server: Server;
let port: number;
let seen: string[];
const routes = new Map<string, Handler>();

beforeAll(async () => {
  server = createServer((request, response) => {
    const path = request.url!.split('?')[0]!;
    seen.push(`${request.method} ${request.headers.host} ${request.url}`);
    const handler = routes.get(path);
    if (handler) handler(request, response);
    else response.writeHead(404, { 'content-type': 'text/plain' }).end('no such page');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  port = (server.address() as AddressInfo).port;
});

afterEach(() => void vi.unstubAllEnvs());
afterAll(() => server.close());

/** Every name is this machine. */
const toLoopback: LookupFunction = (_name, options, callback) => {
  if (options.all) callback(null, [{ address: '127.0.0.1', family: 4 }] as never);
  else callback(null, '127.0.0.1', 4);
};

async function get(
  path: string,
  options: HttpToolOptions = {},
  input: Partial<HttpFetchInput> = {},
  signal?: AbortSignal,
) {
  seen = [];
  const url = path.startsWith('/') ? `http://127.0.0.1:${port}${path}` : path;
  const tool = httpTool({ allow: [`127.0.0.1:${port}`], ...options });
  const context = {
    signal: signal ?? new AbortController().signal,
    toolCallId: 'x',
    idempotencyKey: 'key 1',
  };
  return (await tool.execute({ url, ...input }, context)) as FetchedText;
}

function serve(
  path: string,
  contentType: string | undefined,
  body: string | Buffer,
  headers: object = {},
): void {
  routes.set(path, (_, response) =>
    response.writeHead(200, { ...(contentType && { 'content-type': contentType }), ...headers }).end(body),
  );
}

describe('http_fetch', () => {
  it('gives text as it is, JSON indented, and HTML as readable text or raw', async () => {
    serve('/text', 'text/plain; charset=utf-8', 'é\n<b>');
    serve('/json', 'application/problem+json', '{"a":[1]}');
    serve('/html', 'text/html', '<title>T</title><h1>Hello</h1><a href="../x">y</a>');
    expect(await get('/text')).toEqual({
      url: `http://127.0.0.1:${port}/text`,
      status: 200,
      content_type: 'text/plain; charset=utf-8',
      text: 'é\n<b>',
    });
    expect((await get('/json')).text).toBe('{\n  "a": [\n    1\n  ]\n}');
    expect((await get('/json', {}, { raw: true })).text).toBe('{"a":[1]}');
    expect(await get('/html')).toMatchObject({
      title: 'T',
      text: `# Hello\n\n[y](http://127.0.0.1:${port}/x)`,
    });
    expect((await get('/html', {}, { raw: true })).text).toContain('<h1>Hello</h1>');
  });

  it('gives the status and the text of answers that are errors', async () => {
    expect(await get('/none')).toMatchObject({ status: 404, text: 'no such page' });
  });

  it.each([
    ['iso-8859-1 in the header', 'text/plain; charset="iso-8859-1"', Buffer.from([0xe9]), 'é'],
    [
      'shift_jis in the page',
      'text/html',
      Buffer.concat([Buffer.from('<meta charset=shift_jis>'), Buffer.from([0x82, 0xa0])]),
      'あ',
    ],
    [
      'windows-1252 in the XML',
      'text/xml',
      Buffer.concat([Buffer.from('<?xml version="1.0" encoding="windows-1252"?>'), Buffer.from([0x80])]),
      '<?xml version="1.0" encoding="windows-1252"?>€',
    ],
    ['UTF-16 by its mark', 'text/plain', Buffer.from('\uFEFFab', 'utf16le'), 'ab'],
    ['a set that does not exist', 'text/plain; charset=nonsense', Buffer.from('é'), 'é'],
    ['no type at all', undefined, Buffer.from('é'), 'é'],
  ])('reads %s', async (_, type, body, text) => {
    serve('/charset', type, body);
    expect((await get('/charset')).text).toBe(text);
  });

  it('refuses what is no text, without reading it', async () => {
    let closed: Promise<unknown> | undefined;
    routes.set('/image', (_, response) => {
      closed = once(response, 'close');
      response.writeHead(200, { 'content-type': 'image/png', 'content-length': '100000000' });
      response.write('x');
    });
    await expect(get('/image')).rejects.toThrow(
      '/image" is image/png of 100000000 bytes, which is no text (status 200).',
    );
    await closed;
    serve('/untyped', undefined, Buffer.from([1, 0, 255]));
    await expect(get('/untyped')).rejects.toThrow('names no content type and is no text');
  });

  it('shows a long text in parts', async () => {
    serve('/long', 'text/plain', 'x'.repeat(100) + 'y'.repeat(50));
    const first = await get('/long', { maxCharacters: 100 });
    expect(first).toMatchObject({
      text: 'x'.repeat(100),
      truncated: 'The text has 150 characters; go on with start 100.',
    });
    const second = await get('/long', { maxCharacters: 100 }, { start: 100 });
    expect(second.text).toBe('y'.repeat(50));
    expect(second.truncated).toBeUndefined();
    expect((await get('/long', {}, { start: 500 })).truncated).toBe('The text has 150 characters.');
  });

  it.each([
    ['gzip', gzipSync],
    ['deflate', deflateSync],
    ['br', brotliCompressSync],
  ])('reads %s', async (encoding, compress) => {
    serve('/packed', 'text/plain', compress('packed'), { 'content-encoding': encoding });
    expect((await get('/packed')).text).toBe('packed');
  });

  it('unpacks no more of a bomb than it shows', async () => {
    serve('/bomb', 'text/plain', gzipSync(Buffer.alloc(100_000_000, 'a')), { 'content-encoding': 'gzip' });
    const before = process.memoryUsage().arrayBuffers;
    const bomb = await get('/bomb', { maxBytes: 100_000, maxCharacters: 10 });
    expect(bomb).toMatchObject({
      text: 'a'.repeat(10),
      truncated: expect.stringContaining('Only the first 100000 bytes'),
    });
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(20_000_000);
  });

  it.each([
    ['layers of compression', 'gzip, gzip', 'content-encoding "gzip, gzip", which is not read'],
    ['an unknown compression', 'zstd', 'content-encoding "zstd", which is not read'],
    ['a compression that is none', 'gzip', 'cannot be decompressed'],
  ])('refuses %s', async (_, encoding, message) => {
    serve('/odd', 'text/plain', 'not compressed at all', { 'content-encoding': encoding });
    await expect(get('/odd')).rejects.toThrow(message);
  });

  it('stops reading a body that never ends, and closes the connection', async () => {
    let closed: Promise<unknown> | undefined;
    routes.set('/endless', (_, response) => {
      closed = once(response, 'close');
      response.writeHead(200, { 'content-type': 'text/plain' });
      const more = (): void => {
        while (!response.destroyed && response.write('x'.repeat(10_000)));
      };
      response.on('drain', more);
      more();
    });
    expect((await get('/endless')).truncated).toContain('Only the first 2097152 bytes');
    await closed;
  });

  it.each(['/mute', '/stuck'])('gives up when its time is over: %s', async (path) => {
    routes.set('/mute', () => {});
    routes.set(
      '/stuck',
      (_, response) => void response.writeHead(200, { 'content-type': 'text/plain' }).write('x'),
    );
    await expect(get(path, { timeoutMs: 300 })).rejects.toThrow(`${path}" took longer than 0.3 seconds.`);
  });

  it('ends with the run, also while a name is looked up', async () => {
    const controller = new AbortController();
    const lookup: LookupFunction = () => controller.abort(new Error('the run ended'));
    await expect(get('http://slow.example/', { lookup }, {}, controller.signal)).rejects.toThrow(
      'the run ended',
    );
    await expect(get('/text', {}, {}, AbortSignal.abort(new Error('early')))).rejects.toThrow('early');
    expect(seen).toEqual([]);
  });

  it('says why a server could not be read', async () => {
    routes.set('/cut', (request) => request.socket.destroy());
    await expect(get('/cut')).rejects.toThrow(
      `127.0.0.1:${port} could not be read: the server closed the connection`,
    );
    const closed = createServer().listen(0, '127.0.0.1');
    await once(closed, 'listening');
    const address = `127.0.0.1:${(closed.address() as AddressInfo).port}`;
    await new Promise((resolve) => closed.close(resolve));
    await expect(get(`http://${address}/`, { allow: [address] })).rejects.toThrow(
      'nothing listens there (ECONNREFUSED)',
    );
    const lookup: LookupFunction = (_name, _options, callback) =>
      callback(Object.assign(new Error('getaddrinfo'), { code: 'ENOTFOUND' }), '');
    await expect(get('http://none.example/', { lookup })).rejects.toThrow(
      'none.example:80 could not be read: the host name is unknown',
    );
    await expect(get(`https://127.0.0.1:${port}/text`)).rejects.toThrow('could not be read');
  });
});

describe('http_fetch refuses', () => {
  it.each([
    ['http://127.0.0.1/', 'loopback'],
    ['http://localhost/', 'loopback'],
    ['http://2130706433/', 'loopback'],
    ['http://0x7f.0.0.1/', 'loopback'],
    ['http://0177.1/', 'loopback'],
    ['http://127.1/', 'loopback'],
    ['http://①②⑦.⓪.⓪.①/', 'loopback'],
    ['http://%31%32%37.0.0.1/', 'loopback'],
    ['http://0/', 'unspecified'],
    ['http://10.0.0.1/', 'private'],
    ['http://192.168.0.1/', 'private'],
    ['http://172.20.0.1/', 'private'],
    ['http://100.64.0.1/', 'carrier'],
    ['http://169.254.169.254/latest/meta-data/', 'metadata'],
    ['http://0xA9FEA9FE/', 'metadata'],
    ['http://224.0.0.1/', 'multicast'],
    ['http://[::1]/', 'loopback'],
    ['http://[::]/', 'unspecified'],
    ['http://[::ffff:127.0.0.1]/', 'loopback'],
    ['http://[::ffff:169.254.169.254]/', 'metadata'],
    ['http://[64:ff9b::a00:1]/', 'private'],
    ['http://[2002:a00:1::]/', 'tunnel'],
    ['http://[fe80::1]/', 'link-local'],
    ['http://[fd00:ec2::254]/', 'private'],
    ['https://127.0.0.1/', 'loopback'],
  ])('the address of %s', async (url, why) => {
    await expect(get(url)).rejects.toThrow(
      new RegExp(`was refused: it (is|leads to .*) not a public address \\(.*${why}`),
    );
  });

  it.each([
    ['file:///etc/passwd', 'only http and https are allowed, not file:'],
    ['ftp://example.com/', 'not ftp:'],
    ['data:text/plain,x', 'not data:'],
    ['javascript:1', 'not javascript:'],
    ['http://user:secret@example.com/', 'user name or password'],
    ['http://user@example.com/', 'user name or password'],
    ['http://example.com:22/', 'port 22 is not allowed, only 80, 443'],
    ['https://example.com:6379/', 'port 6379 is not allowed'],
    ['example.com', 'is no URL'],
    ['http://', 'is no URL'],
    ['http://[fe80::1%25eth0]/', 'is no URL'],
    ['http://1.2.3.4.5/', 'is no URL'],
    [`http://example.com/${'x'.repeat(5000)}`, 'longer than 4096'],
  ])('the URL %s', async (url, message) => {
    await expect(get(url)).rejects.toThrow(message);
  });

  it('a name that leads to a private address, without connecting', async () => {
    const options = { lookup: toLoopback, ports: [port] };
    await expect(get(`http://inner.example:${port}/text`, options)).rejects.toThrow(
      '"inner.example" was refused: it leads to 127.0.0.1, which is not a public address (loopback).',
    );
    expect(seen).toEqual([]);
  });

  it('every name whose addresses are all of that kind, whichever family', async () => {
    const lookup: LookupFunction = (_name, _options, callback) =>
      callback(null, [
        { address: '::ffff:127.0.0.1', family: 6 },
        { address: 'fe80::1%1', family: 6 },
        { address: '10.0.0.1', family: 4 },
      ] as never);
    await expect(get('http://inner.example/', { lookup })).rejects.toThrow('"inner.example" was refused');
    const nothing: LookupFunction = (_name, _options, callback) => callback(null, [] as never);
    await expect(get('http://inner.example/', { lookup: nothing })).rejects.toThrow('no address');
  });

  it('a name that means something else at each look: it is looked up once for each connection, and that counts', async () => {
    let looks = 0;
    // Safe at the first look and at every second one: whoever looks twice is deceived.
    const lookup: LookupFunction = (_name, _options, callback) => {
      looks++;
      callback(null, [
        looks % 2 ? { address: '127.0.0.1', family: 4 } : { address: '8.8.8.8', family: 4 },
      ] as never);
    };
    await expect(get(`http://rebind.example:${port}/text`, { lookup, ports: [port] })).rejects.toThrow(
      'loopback',
    );
    expect(looks).toBe(1);
    expect(seen).toEqual([]);
  });

  it.each([
    ['http://169.254.169.254/latest', 'metadata'],
    ['http://[::ffff:10.0.0.1]/', 'private'],
    ['//localhost/x', 'loopback'],
    ['file:///etc/passwd', 'only http and https'],
    ['http://user:secret@example.com/', 'user name or password'],
    ['http://example.com:22/', 'port 22'],
    ['http://', 'is no URL'],
  ])('a redirect to %s', async (location, message) => {
    routes.set('/away', (_, response) => response.writeHead(302, { location }).end());
    await expect(get('/away')).rejects.toThrow(message);
    expect(seen).toHaveLength(1);
  });

  it('a redirect to a name that is private, and one of its own host on another port', async () => {
    routes.set('/away', (_, response) =>
      response.writeHead(302, { location: `http://inner.example:${port}/text` }).end(),
    );
    await expect(get('/away', { lookup: toLoopback, ports: [port] })).rejects.toThrow(
      '"inner.example" was refused',
    );
    routes.set('/away', (_, response) => response.writeHead(302, { location: 'http://127.0.0.1/' }).end());
    await expect(get('/away')).rejects.toThrow('loopback');
  });

  it('redirects without end', async () => {
    routes.set('/circle', (_, response) => response.writeHead(302, { location: '/circle' }).end());
    await expect(get('/circle')).rejects.toThrow('Stopped after 5 redirects');
    expect(seen).toHaveLength(6);
  });

  it('the same where the environment names a proxy, and asks no proxy', async () => {
    const proxied: string[] = [];
    const proxy = createServer((request, response) => {
      proxied.push(request.url!);
      response.end('from the proxy');
    }).listen(0, '127.0.0.1');
    proxy.on('connect', (request, socket) => {
      proxied.push(request.url!);
      socket.end();
    });
    await once(proxy, 'listening');
    const address = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
    for (const name of ['HTTP_PROXY', 'HTTPS_PROXY', 'ALL_PROXY', 'http_proxy', 'https_proxy', 'all_proxy'])
      vi.stubEnv(name, address);
    vi.stubEnv('NODE_USE_ENV_PROXY', '1');
    serve('/text', 'text/plain', 'direct');
    expect((await get('/text')).text).toBe('direct');
    await expect(get('http://inner.example/', { lookup: toLoopback })).rejects.toThrow(
      '"inner.example" was refused',
    );
    await expect(get('http://169.254.169.254/')).rejects.toThrow('metadata');
    expect(proxied).toEqual([]);
    await new Promise((resolve) => proxy.close(resolve));
  });
});

describe('http_fetch, where it is told that it may', () => {
  it('reaches a private host by its name, port and spelling', async () => {
    serve('/text', 'text/plain', 'inside');
    const options = { allow: [`Inner.example:${port}`], lookup: toLoopback };
    expect((await get(`http://inner.example:${port}/text`, options)).text).toBe('inside');
    expect((await get(`http://0x7f.1:${port}/text`)).text).toBe('inside');
    await expect(get(`http://inner.example:${port + 1}/text`, options)).rejects.toThrow('port');
  });

  it('follows redirects inside, and tells where the text is from', async () => {
    routes.set('/old', (_, response) => response.writeHead(301, { location: '/text?new' }).end('moved'));
    serve('/text', 'text/plain', 'here');
    expect(await get('/old')).toMatchObject({ url: `http://127.0.0.1:${port}/text?new`, text: 'here' });
  });

  it('sends with other methods, with a key that a service can recognise repeats by', async () => {
    routes.set('/echo', (request, response) => {
      let body = '';
      request.on('data', (part) => (body += part));
      request.on('end', () => {
        const { 'content-type': type, 'idempotency-key': key, 'user-agent': agent } = request.headers;
        response
          .setHeader('content-type', 'text/plain')
          .end(`${request.method} ${type} ${key} ${agent} ${body}`);
      });
    });
    const options: HttpToolOptions = { methods: ['GET', 'POST'], userAgent: 'tester' };
    expect((await get('/echo', options)).text).toBe('GET undefined undefined tester ');
    const posted = await get('/echo', options, { method: 'POST', body: '{"a":1}' });
    expect(posted.text).toBe('POST application/json key_1 tester {"a":1}');
    await expect(get('/echo', options, { body: 'x' })).rejects.toThrow('A GET has no body');
    await expect(
      get('/echo', options, { method: 'POST', body: 'x', content_type: 'a\r\nb: c' }),
    ).rejects.toThrow('content_type');

    routes.set('/see', (_, response) => response.writeHead(303, { location: '/echo' }).end());
    expect((await get('/see', options, { method: 'POST', body: 'x' })).text).toBe(
      'GET undefined undefined tester ',
    );
    routes.set('/same', (_, response) => response.writeHead(307, { location: '/echo' }).end());
    expect((await get('/same', options, { method: 'POST', body: 'x' })).text).toContain(
      'POST application/json key_1 tester x',
    );
    routes.set('/other', (_, response) => response.writeHead(307, { location: 'http://example.com/' }).end());
    await expect(get('/other', options, { method: 'POST', body: 'x' })).rejects.toThrow(
      'sent to another host',
    );
  });

  it('reads only the head of an answer to HEAD', async () => {
    serve('/text', 'image/png', 'x');
    expect(await get('/text', { methods: ['HEAD'] })).toMatchObject({
      status: 200,
      content_type: 'image/png',
      text: '',
    });
  });

  it('is read-only as long as it only reads', () => {
    expect(httpTool().readOnly).toBe(true);
    expect(httpTool({ methods: ['GET', 'HEAD'] }).readOnly).toBe(true);
    expect(httpTool({ methods: ['GET', 'POST'] }).readOnly).toBe(false);
    expect(Object.keys((httpTool().inputSchema as { properties: object }).properties)).toEqual([
      'url',
      'raw',
      'start',
    ]);
  });

  it.each<[HttpToolOptions, string]>([
    [{ allow: ['localhost'] }, 'allow entry "localhost"'],
    [{ allow: ['http://localhost:80'] }, 'allow entry'],
    [{ allow: ['localhost:99999'] }, 'allow entry'],
    [{ ports: [0] }, 'port 0'],
    [{ timeoutMs: 0 }, 'timeoutMs is 0'],
    [{ maxRedirects: -1 }, 'maxRedirects is -1'],
    [{ methods: [] }, 'methods are []'],
    [{ methods: ['TRACE' as 'GET'] }, 'methods are ["TRACE"]'],
  ])('refuses the options %j', (options, message) => {
    expect(() => httpTool(options)).toThrow(PerigeeError);
    expect(() => httpTool(options)).toThrow(message);
  });
});
