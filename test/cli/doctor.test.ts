import { once } from 'node:events';
import { existsSync, writeFileSync } from 'node:fs';
import https from 'node:https';
import net, { type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { checkFileLimit, checkNode } from '../../src/cli/doctor/check-machine.ts';
import { type DoctorOptions, examine } from '../../src/cli/doctor/doctor.ts';
import type { Finding } from '../../src/cli/doctor/finding.ts';
import { practiceModel } from '../../src/replay/index.ts';
import { directory, running } from '../gateway/fixtures.ts';
import { EXPIRED, EXPIRED_AUTHORITY } from '../upstream/expired.ts';
import { answerJson, closedPort, serve } from '../upstream/server.ts';
import { folderWith, perigee } from './command.ts';

const KEY = 'sk-a-key-that-nobody-may-see';

/** The findings by their check, `status found → advice`, of a host or of all. */
async function findings(
  options: DoctorOptions,
  env: Record<string, string> = {},
): Promise<Record<string, string>> {
  const home = folderWith();
  const port = options.port ?? (await closedPort());
  const all = await examine({ ...options, port }, { HOME: home, ...env }, 'linux');
  expect(JSON.stringify(all)).not.toContain(KEY);
  return Object.fromEntries(all.map((finding) => [finding.check, said(finding)]));
}

function said({ status, found, advice }: Finding): string {
  return `${status} ${found}${advice === undefined ? '' : ` → ${advice}`}`;
}

function modelHost(ids: readonly string[], more: { status?: number; headers?: object } = {}) {
  return serve((response) =>
    answerJson(response, more.status ?? 200, { data: ids.map((id) => ({ id })) }, more.headers),
  );
}

describe('a host', () => {
  test('where all is well', async () => {
    const { baseUrl, seen } = await modelHost(['kimi-k2.6']);
    expect(await findings({ baseUrl, model: 'kimi-k2.6' })).toMatchObject({
      key: expect.stringMatching(/^ok none is set/),
      proxy: 'ok none is set',
      name: expect.stringMatching(/^ok 127\.0\.0\.1 is an address/),
      connection: expect.stringMatching(/^ok .* takes connections$/),
      answer: `ok ${baseUrl}/models answers`,
      model: 'ok kimi-k2.6 is among the 1 model that it lists',
      clock: expect.stringMatching(/^ok it agrees/),
    });
    expect(seen.map(({ method, path }) => `${method} ${path}`)).toEqual(['GET /v1/models']);
  });

  test('of whom nothing is known, with a key in a variable that is named', async () => {
    const { baseUrl, seen } = await serve((response, { headers }) =>
      answerJson(response, headers.authorization === `Bearer ${KEY}` ? 200 : 401, { data: [] }),
    );
    const open = await findings({ baseUrl });
    expect(open['answer']).toBe(
      `fail ${baseUrl}/models asks for a key (401) → Name the variable that holds it with --api-key-env.`,
    );
    const named = await findings(
      { baseUrl: `${baseUrl}/chat/completions`, apiKeyEnv: 'MINE' },
      { MINE: KEY },
    );
    expect(named['key']).toMatch(/^ok MINE is set, \d+ characters/);
    expect(named['answer']).toBe(`ok ${baseUrl}/models answers, and takes the key`);
    expect(seen.map(({ path }) => path)).toEqual(['/v1/models', '/v1/models']);
    expect((await findings({ baseUrl, apiKeyEnv: 'MINE' }))['key']).toMatch(/^fail MINE is not set/);
  });

  test('without the model, with the nearest name that it has', async () => {
    const { baseUrl } = await modelHost(['kimi-k2.6', 'glm-5']);
    const { model } = await findings({ baseUrl, model: 'kimi-k26-code' });
    expect(model).toMatch(
      /^fail kimi-k26-code is not among the 2 models that it lists → (Did you mean kimi-k2\.6\?|It has kimi-k2\.6)/,
    );
  });

  test.each([
    [401, /^fail .* asks for a key \(401\)/],
    [404, /^warn .* is not there \(404\) → .*\/v1/],
    [503, /^fail .* answers 503/],
  ])('that answers %d', async (status, expected) => {
    const { baseUrl } = await modelHost([], { status });
    expect((await findings({ baseUrl }))['answer']).toMatch(expected);
  });

  test('that refuses the key', async () => {
    const { baseUrl, seen } = await modelHost([], { status: 401 });
    const config = join(folderWith(), 'perigee.yaml');
    const upstream = `      - url: ${baseUrl}\n        model: m\n        api_key: \${MY_KEY}\n`;
    writeFileSync(config, `models:\n  - name: kimi\n    upstreams:\n${upstream}`);
    const { key, answer } = await findings({ config }, { MY_KEY: KEY });
    expect(key).toMatch(/^ok MY_KEY is set, 28 characters, for 127\.0\.0\.1/);
    expect(answer).toMatch(/^fail .* refuses the key \(401\) → Make a new one and set MY_KEY/);
    expect(seen[0]!.headers.authorization).toBe(`Bearer ${KEY}`);
  });

  test('is never sent the key of another one', async () => {
    const { baseUrl, seen } = await modelHost(['m']);
    await findings({ host: 'moonshot', baseUrl }, { MOONSHOT_API_KEY: KEY });
    expect(seen.map(({ headers }) => headers.authorization)).toEqual([undefined]);
  });

  test.each([
    [120_000, /^warn this machine is 2 min behind/],
    [-7_200_000, /^fail this machine is 2 h ahead of/],
    [86_400_000 * 40, /^fail this machine is 40 days behind/],
  ])('whose clock is %d ms ahead', async (ms, expected) => {
    const { baseUrl } = await modelHost(['m'], {
      headers: { date: new Date(Date.now() + ms).toUTCString() },
    });
    expect((await findings({ baseUrl }))['clock']).toMatch(expected);
  });

  test('that is not there', async () => {
    const found = await findings({ baseUrl: `http://127.0.0.1:${await closedPort()}/v1` });
    expect(found['connection']).toMatch(
      /^fail .* refuses connections: nothing listens there → Start the server/,
    );
    expect(found['answer']).toBeUndefined();
  });

  test('whose name is not known', async () => {
    const found = await findings({ baseUrl: 'https://no-such-host.invalid/v1' });
    expect(found['name']).toMatch(/^fail no-such-host\.invalid .* → Check the spelling/);
    expect(found['connection']).toBeUndefined();
  });

  test('whose certificate is signed by itself', async () => {
    const { baseUrl } = await serve((response) => answerJson(response, 200, {}), { tls: true });
    expect((await findings({ baseUrl }))['certificate']).toMatch(
      /^fail the certificate is signed by itself → .*NODE_EXTRA_CA_CERTS/,
    );
  });

  test('whose certificate has ended', async () => {
    const server = https.createServer(EXPIRED, (_, response) => response.end());
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    onTestFinished(() => void server.close());
    const { port } = server.address() as AddressInfo;
    const cwd = folderWith({ 'authority.pem': EXPIRED_AUTHORITY });
    const { code, stdout } = await perigee(['doctor', '--base-url', `https://127.0.0.1:${port}/v1`], {
      cwd,
      env: { HOME: cwd, NODE_EXTRA_CA_CERTS: join(cwd, 'authority.pem') },
    });
    expect(code).toBe(1);
    expect(stdout).toMatch(
      /✗ certificate +the certificate ended on Feb .*2020[\s\S]*→ If that is wrong, set the clock/,
    );
  });

  test('that does not speak TLS', async () => {
    const { baseUrl } = await modelHost([]);
    const found = await findings({ baseUrl: baseUrl.replace('http:', 'https:') });
    expect(found['certificate']).toMatch(/^fail .* does not speak TLS .* → Write http:\/\//);
  });
});

describe('a key', () => {
  test.each([
    ['', /^fail MOONSHOT_API_KEY is not set → Set MOONSHOT_API_KEY \(a key from https:/],
    [`"${KEY}"`, /^fail MOONSHOT_API_KEY stands in quotes/],
    [`Bearer ${KEY}`, /^fail MOONSHOT_API_KEY begins with "Bearer"/],
    [`${KEY.slice(0, 9)} ${KEY.slice(9)}`, /^fail MOONSHOT_API_KEY has white space in it/],
    [`${KEY}\n`, /^warn MOONSHOT_API_KEY has white space around it/],
    ['sk-схема-0123456789', /^fail MOONSHOT_API_KEY has characters that no key has/],
    ['sk-your-key-here-0123456789', /^fail MOONSHOT_API_KEY is an example/],
    ['sk-short', /^warn MOONSHOT_API_KEY has 8 characters only/],
    [
      'sk-or-v1-0123456789abcdef',
      /^warn MOONSHOT_API_KEY looks like a key of OpenRouter, and goes to Moonshot AI/,
    ],
  ])('%j', async (value, expected) => {
    // A proxy that is not there keeps the test on this machine.
    const env = { MOONSHOT_API_KEY: value, HTTPS_PROXY: `http://127.0.0.1:${await closedPort()}` };
    expect((await findings({ host: 'moonshot' }, env))['key']).toMatch(expected);
  });

  test('is missed where no host is named', async () => {
    expect((await findings({}))['key']).toMatch(
      /^warn .*the practice model, which is not Kimi, would answer/,
    );
  });
});

describe('a proxy', () => {
  const FAR = 'http://model.invalid/v1';

  test('that does not run is named, without its password', async () => {
    const host = `127.0.0.1:${await closedPort()}`;
    const found = await findings({ baseUrl: FAR }, { HTTP_PROXY: `http://me:${KEY}@${host}` });
    expect(found['proxy']).toMatch(new RegExp(`^fail HTTP_PROXY \\(${host}\\) refuses connections`));
    expect(found['name']).toBeUndefined();
  });

  test('that runs is asked instead of the host', async () => {
    const { baseUrl, seen } = await modelHost(['m']);
    const found = await findings({ baseUrl: FAR, model: 'm' }, { http_proxy: new URL(baseUrl).origin });
    expect(found['proxy']).toMatch(/^ok http_proxy \(.*\) is on the way, and takes connections/);
    expect(found['answer']).toMatch(/^ok /);
    expect(seen.map(({ path }) => path)).toEqual([`${FAR}/models`]);
  });

  test('does not count for hosts that NO_PROXY excepts, nor for this machine', async () => {
    const env = { HTTP_PROXY: `http://127.0.0.1:${await closedPort()}`, NO_PROXY: '.invalid' };
    expect((await findings({ baseUrl: FAR }, env))['proxy']).toMatch(/^ok NO_PROXY excepts model\.invalid/);
    const { baseUrl } = await modelHost(['m']);
    expect((await findings({ baseUrl }, env))['proxy']).toMatch(
      /^ok HTTP_PROXY is set, but not for 127\.0\.0\.1/,
    );
  });

  test('that is no address', async () => {
    expect((await findings({ baseUrl: FAR }, { HTTP_PROXY: 'http://' }))['proxy']).toMatch(
      /^fail HTTP_PROXY is not a URL/,
    );
  });
});

describe('the machine', () => {
  test('the version of Node', () => {
    expect(said(checkNode('v20.19.0'))).toBe('ok v20.19.0');
    expect(said(checkNode('v20.18.3'))).toBe('fail v20.18.3 is too old → Install Node 20.19 or newer.');
    expect(checkNode('v18.20.0').status).toBe('fail');
    expect(checkNode('v23.1.0').status).toBe('warn');
  });

  test('open files', () => {
    expect(checkFileLimit().found).toMatch(/^\d+ may be open at once/);
  });

  test('a port that is free, one that another program has, and one that a gateway has', async () => {
    expect((await findings({}))['port']).toMatch(/^ok \d+ is free$/);
    const server = net.createServer((socket) => socket.destroy()).listen(0, '127.0.0.1');
    await once(server, 'listening');
    onTestFinished(() => void server.close());
    const { port } = server.address() as AddressInfo;
    expect((await findings({ port }))['port']).toMatch(
      new RegExp(
        `^fail ${port} is taken by .* → End that, or give another: {2}perigee serve --port ${port + 1}`,
      ),
    );
    const gateway = await running({ models: directory({ name: 'practice', model: practiceModel() }) });
    expect((await findings({ port: gateway.port }))['port']).toMatch(
      /^ok .*a perigee gateway listens there already/,
    );
  });

  test('a data folder that can be made, and one that cannot; neither is made', async () => {
    const folder = folderWith({ file: 'x' });
    const fresh = join(folder, 'a', 'b');
    expect((await findings({}, { PERIGEE_DATA_DIR: fresh }))['data folder']).toBe(
      `ok ${fresh} is not there yet and can be made`,
    );
    expect(existsSync(join(folder, 'a'))).toBe(false);
    expect((await findings({}, { PERIGEE_DATA_DIR: join(folder, 'file', 'x') }))['data folder']).toMatch(
      /^fail .* is no folder/,
    );
  });
});

describe('a configuration', () => {
  test('that is in order names the hosts to look at', async () => {
    const { baseUrl } = await modelHost(['served-kimi']);
    const folder = folderWith();
    const config = join(folder, 'perigee.yaml');
    writeFileSync(
      config,
      `models:\n  - name: kimi\n    upstreams:\n      - url: ${baseUrl}\n        model: served-kimi\n`,
    );
    const found = await findings({ config });
    expect(found['configuration']).toBe(`ok ${config} is in order`);
    expect(found['model']).toBe('ok served-kimi is among the 1 model that it lists');
  });

  test('that is faulty is told with its line', async () => {
    const config = join(folderWith(), 'perigee.yaml');
    writeFileSync(config, 'modells: []\n');
    expect((await findings({ config }))['configuration']).toMatch(
      /^fail .* has .*problem.*: line 1: .* → perigee check-config /,
    );
  });

  test('that is not there', async () => {
    expect((await findings({ config: '/no/such/file' }))['configuration']).toMatch(
      /^fail cannot read \/no\/such\/file/,
    );
  });
});

describe('the command', () => {
  test('exits with 1 when something failed, and says so as JSON too', async () => {
    const cwd = folderWith();
    const baseUrl = `http://127.0.0.1:${await closedPort()}/v1`;
    const env = { HOME: cwd };
    const text = await perigee(['doctor', '--base-url', baseUrl, '--port', String(await closedPort())], {
      cwd,
      env,
    });
    expect([text.code, text.stderr]).toEqual([1, '']);
    expect(text.stdout).toMatch(/✗ connection +127\.0\.0\.1:\d+ refuses connections/);
    expect(text.stdout).toMatch(/\n1 thing must be put right\.\n$/);
    const json = await perigee(['doctor', '--json', '--base-url', baseUrl], { cwd, env });
    const { ok, findings: all } = JSON.parse(json.stdout) as { ok: boolean; findings: Finding[] };
    expect([json.code, ok]).toEqual([1, false]);
    expect(all.find(({ check }) => check === 'connection')).toMatchObject({
      status: 'fail',
      found: expect.any(String),
      advice: expect.any(String),
    });
  });

  test('exits with 0 when nothing failed', async () => {
    const cwd = folderWith();
    const { code, stdout } = await perigee(['doctor', '--port', String(await closedPort())], {
      cwd,
      env: { HOME: cwd },
    });
    expect([code, stdout]).toEqual([0, expect.stringMatching(/It works, with \d+ things? to look at\.\n$/)]);
  });

  test.each([
    [['--host', 'moonshott'], 'Did you mean moonshot?'],
    [['--base-url', 'nonsense'], 'is not a URL'],
    [['--port', '0'], 'whole number from 1'],
  ])('%j is wrong usage', async (args, expected) => {
    const cwd = folderWith();
    const { code, stderr } = await perigee(['doctor', ...args], { cwd, env: { HOME: cwd } });
    expect([code, stderr]).toEqual([2, expect.stringContaining(expected)]);
  });
});
