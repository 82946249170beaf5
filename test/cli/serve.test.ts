import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import net, { type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { listenError } from '../../src/cli/serve/listen-error.ts';
import { loadParts } from '../../src/cli/serve/load-parts.ts';
import type { RunningGateway } from '../../src/cli/serve/parts.ts';
import { requestLog } from '../../src/cli/serve/request-log.ts';
import { serve } from '../../src/cli/serve/serve.ts';
import { PerigeeError } from '../../src/core/index.ts';
import type { GatewayOptions } from '../../src/gateway/index.ts';
import { folderWith, perigee } from './command.ts';

const CONFIG = 'models: [{ name: kimi, upstreams: [{ url: "http://127.0.0.1:1/v1" }] }]\n';

/** A server that is driven by the test: what it was given, and when its last request ends. */
function running(flags: Parameters<typeof serve>[0], environment: NodeJS.ProcessEnv = {}) {
  const given: GatewayOptions[] = [];
  const drains: unknown[] = [];
  let [out, err] = ['', ''];
  const waiting: { until: RegExp; resolve: () => void }[] = [];
  const write = () => {
    for (const { until, resolve } of waiting) if (until.test(out + err)) resolve();
  };
  let endRequest = () => {};
  const drained = new Promise<void>((resolve) => {
    endRequest = resolve;
  });
  const gateway: RunningGateway = {
    open: 2,
    listen: ({ host, port }) => Promise.resolve({ url: `http://${host}:${port}`, port }),
    drain: (options) => {
      drains.push(options);
      return drained;
    },
    update: (options) => void given.push(options),
  };
  const createGateway = (options: GatewayOptions) => {
    given.push(options);
    return gateway;
  };
  const code = serve(flags, {
    environment,
    out: (text) => {
      out += text;
      write();
    },
    err: (text) => {
      err += text;
      write();
    },
    listModels: () => Promise.resolve([]),
    loadParts: async () => ({ ...(await loadParts()), createGateway }),
  });
  return {
    code,
    given,
    drains,
    endRequest,
    printed: () => ({ out, err }),
    says: (until: RegExp) =>
      new Promise<void>((resolve) => {
        waiting.push({ until, resolve });
        write();
      }),
  };
}

describe('a server', () => {
  test('says where it is reached, in each protocol, and a line to try', async () => {
    const server = running({ port: 9000 });
    await server.says(/curl/);
    expect(server.printed().out).toMatch(/OpenAI Chat +http:\/\/127\.0\.0\.1:9000\/v1\n/);
    expect(server.printed().out).toMatch(/OpenAI Responses +http:\/\/127\.0\.0\.1:9000\/v1\n/);
    expect(server.printed().out).toMatch(/Anthropic Messages +http:\/\/127\.0\.0\.1:9000\n/);
    expect(server.printed().out).toContain('the practice model, not Kimi');
    expect(server.printed().out).toContain(
      `curl http://127.0.0.1:9000/v1/chat/completions -H 'content-type: application/json' -d '{"model":"practice","messages":[{"role":"user","content":"Hello!"}]}'`,
    );
    expect(server.given[0]?.models.get('claude-sonnet-5')?.name).toBe('practice');
    process.emit('SIGTERM');
    server.endRequest();
    expect(await server.code).toBe(0);
  });

  test('with a key asks for it in that line, and does not show it', async () => {
    const server = running({ key: 'sk-secret' });
    await server.says(/curl/);
    const { out } = server.printed();
    expect(out).toContain('-H "authorization: Bearer $PERIGEE_KEY"');
    expect(out).toContain('PERIGEE_KEY is safer');
    expect(out).not.toContain('sk-secret');
    process.emit('SIGTERM');
    server.endRequest();
    await server.code;
  });

  test('ends when the open requests are answered, and says how many there are', async () => {
    const server = running({});
    await server.says(/curl/);
    process.emit('SIGINT');
    await server.says(/ends when 2 requests are answered; once more ends it at once/);
    server.endRequest();
    expect(await server.code).toBe(0);
    expect(process.listenerCount('SIGHUP')).toBe(0);
  });

  test('waits before it stops to listen, as a flag or else the file says', async () => {
    const config = join(
      folderWith({ 'perigee.yaml': `${CONFIG}server: { drain_delay_seconds: 5 }\n` }),
      'perigee.yaml',
    );
    for (const [flags, seconds] of [
      [{ drainDelay: 0.5 }, 0.5],
      [{ config }, 5],
      [{ config, drainDelay: 0 }, 0],
    ] as const) {
      const server = running(flags);
      await server.says(/curl/);
      process.emit('SIGTERM');
      await server.says(
        seconds > 0
          ? new RegExp(`takes requests for another ${seconds} s, then ends when 2 requests are answered`)
          : /perigee: ends when 2 requests/,
      );
      server.endRequest();
      expect(await server.code).toBe(0);
      expect(server.drains).toEqual([{ delayMs: seconds * 1000 }]);
    }
  });

  test('takes a changed file, keeps what it has when that is faulty, and says where', async () => {
    const config = join(folderWith({ 'perigee.yaml': CONFIG }), 'perigee.yaml');
    const server = running({ config });
    await server.says(/curl/);
    writeFileSync(config, CONFIG.replace('url:', 'ulr:'));
    await server.says(
      /perigee\.yaml:1:\d+: models\[0\]\.upstreams\[0\]\.ulr is no setting\.[\s\S]*stays in use/,
    );
    expect(server.given).toHaveLength(1);
    writeFileSync(
      config,
      `${CONFIG.replace('name: kimi', 'name: kimi, aliases: [other]')}server: { port: 1 }`,
    );
    await server.says(/was read again and is in use\. It still listens at 127\.0\.0\.1:8787/);
    expect(server.given[1]?.models.get('other')).toBe(server.given[0]?.models.get('kimi'));
    process.emit('SIGHUP');
    await server.says(/in use\.[\s\S]*is in use\./);
    expect(server.given).toHaveLength(3);
    process.emit('SIGTERM');
    server.endRequest();
    expect(await server.code).toBe(0);
  });

  test('with a log for programs leaves standard output to it', async () => {
    const server = running({ log: 'json' });
    await server.says(/curl/);
    server.given[0]?.log?.({ time: 't', id: 'r', method: 'GET', path: '/', status: 200, totalMs: 1 });
    expect(server.printed().out).toBe(
      '{"time":"t","id":"r","method":"GET","path":"/","status":200,"totalMs":1}\n',
    );
    process.emit('SIGTERM');
    server.endRequest();
    await server.code;
  });
});

test('a port that is taken is named, with what to do', async () => {
  const holder = net.createServer().listen(0, '127.0.0.1');
  onTestFinished(() => void holder.close());
  await once(holder, 'listening');
  const { port } = holder.address() as AddressInfo;
  const second = net.createServer().listen(port, '127.0.0.1');
  const [cause] = (await once(second, 'error')) as [Error];
  const wrapped = new PerigeeError('invalid-options', 'cannot listen', { cause });
  for (const error of [cause, wrapped]) {
    expect(String(listenError(error, '127.0.0.1', port))).toMatch(
      new RegExp(`port ${port} at 127\\.0\\.0\\.1 is taken by .*another port, as in --port ${port + 1}`),
    );
  }
  const other = new Error('other');
  expect(listenError(other, 'h', 1)).toBe(other);
});

test('a line of the log for people says who, what, how long and what was done', () => {
  const lines: string[] = [];
  requestLog('pretty', (line) => lines.push(line))?.({
    time: '2026-11-25T12:34:56.789Z',
    id: 'r',
    method: 'POST',
    path: '/v1/messages',
    status: 200,
    key: 'alice',
    model: 'kimi\u001b[2J',
    upstream: 'moonshot',
    firstEventMs: 321.4,
    totalMs: 12_345,
    usage: { inputTokens: 10, cachedInputTokens: 4, outputTokens: 5 },
    cost: 0.00123,
    finish: 'tool-calls',
    notes: { 'ids:renumbered': 1, 'arguments:repaired': 2 },
  });
  expect(lines).toEqual([
    '12:34:56  200  POST  /v1/messages  kimi at moonshot  for alice  first 321 ms  total 12.3 s  10 (4 cached) + 5 tokens  $0.00123  tool-calls  ids:renumbered arguments:repaired×2\n',
  ]);
  expect(requestLog('none', () => {})).toBeUndefined();
});

describe('the command', () => {
  test('check-config explains every fault by line', async () => {
    const cwd = folderWith({ 'perigee.yaml': `${CONFIG}lgo: json\nsecret: \${NO_SECRET}\n` });
    const { code, stdout, stderr } = await perigee(['check-config'], { cwd });
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toContain('perigee.yaml:2:1: lgo is no setting.\n     2 | lgo: json\n       | ^\n');
    expect(stderr).toContain('NO_SECRET, which is not set');
    expect(stderr).toMatch(/perigee: perigee\.yaml has 2 problems\. \(config-invalid\)\n$/);
  });

  test('check-config shows what a good file serves, and no key', async () => {
    const text =
      'models: [{ name: kimi-k2.6, aliases: ["*"], upstreams: [{ host: moonshot }, { host: fireworks }] }]';
    const cwd = folderWith({ 'gateway.yaml': text });
    const env = { MOONSHOT_API_KEY: 'sk-moonshot-key' };
    const { code, stdout, stderr } = await perigee(['check-config', 'gateway.yaml'], { cwd, env });
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/^MODEL +UPSTREAM +HOST +PROTOCOL +ID THERE +KEY$/m);
    expect(stdout).toMatch(
      /^kimi-k2\.6 +moonshot +api\.moonshot\.ai +openai-chat +kimi-k2\.6 +MOONSHOT_API_KEY, set$/m,
    );
    expect(stdout).toMatch(
      /^ +fireworks .*accounts\/fireworks\/models\/kimi-k2p6 +FIREWORKS_API_KEY is missing$/m,
    );
    expect(stdout).not.toContain('sk-moonshot-key');
  });

  test('serve does not start with a faulty file, nor check-config without one', async () => {
    const cwd = folderWith({ 'perigee.yaml': 'models: []' });
    const faulty = await perigee(['serve'], { cwd });
    expect(faulty.code).toBe(1);
    expect(faulty.stderr).toContain('perigee.yaml:1:9: models is an empty list.');
    const none = await perigee(['check-config'], { cwd: folderWith() });
    expect(none).toMatchObject({ code: 2, stderr: expect.stringContaining('there is no such file') });
  });

  test.each([
    [['serve', '--config', 'x.yaml', '--host', 'moonshot'], '--host and --config do not go together'],
    [['serve', '--port', '70000'], 'whole number from 0 to 65535'],
    [['serve', '--host', 'moonshto'], 'Did you mean moonshot?'],
  ])('%j is wrong usage', async (args, expected) => {
    const { code, stderr } = await perigee(args, { cwd: folderWith() });
    expect([code, stderr]).toEqual([2, expect.stringContaining(expected)]);
  });

  test('what a flag asks for is said where it is not what this folder says', async () => {
    const cwd = folderWith({ 'perigee.yaml': 'models: []' });
    const { code, stderr } = await perigee(['serve', '--host', 'openrouter'], { cwd });
    expect([code, stderr]).toEqual([1, expect.stringContaining('OPENROUTER_API_KEY is not set')]);
  });
});
