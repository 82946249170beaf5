import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { loadConfig } from '../../src/cli/config/load-config.ts';
import { accountMetrics } from '../../src/gateway/metrics/account-metrics.ts';
import { Durations, Tally } from '../../src/gateway/metrics/series.ts';
import { start } from '../cli/command.ts';
import { ASK, call, kimi, post, running } from '../gateway/fixtures.ts';
import { freePort } from '../postgres.ts';
import { allFiles, documentsOf, FOLDER, matches, textOf, yamlOf } from './files.ts';
import { checkNginx, hasNginx } from './nginx.ts';

/** Values for all variables that have none by themselves. */
const ENVIRONMENT = {
  PERIGEE_SECRET: 'a secret of more than sixteen characters',
  PERIGEE_TEAM_KEY: 'key-of-the-team',
  MOONSHOT_API_KEY: 'key-of-the-host',
};

test('every YAML file is YAML', () => {
  const paths = allFiles().filter((path) => /\.ya?ml$/.test(path));
  expect(paths.length).toBeGreaterThan(8);
  for (const path of paths) expect([path, documentsOf(path).length > 0]).toEqual([path, true]);
});

describe('perigee.yaml', () => {
  const load = (environment: Readonly<Record<string, string>>) =>
    loadConfig(textOf('perigee.yaml'), { environment });

  test('is in order, with the variables that must be there', () => {
    expect(load(ENVIRONMENT)).toMatchObject({
      config: {
        server: { host: '0.0.0.0', drainDelayMs: 5000, keepAliveMs: 75_000 },
        keys: [{ id: 'team' }],
      },
    });
  });

  test('takes what the others say, and nothing of those that are empty', () => {
    const empty = Object.fromEntries(
      matches(textOf('perigee.yaml'), /\$\{(\w+):-/g).map((name) => [name, '']),
    );
    expect(Object.keys(empty).length).toBeGreaterThan(3);
    expect(load({ ...ENVIRONMENT, ...empty })).toEqual(load(ENVIRONMENT));
    const longer = { PERIGEE_DRAIN_DELAY_SECONDS: '65', PERIGEE_KEEP_ALIVE_SECONDS: '620' };
    expect(load({ ...ENVIRONMENT, ...longer })).toMatchObject({
      config: { server: { drainDelayMs: 65_000, keepAliveMs: 620_000 } },
    });
  });

  test('is what a gateway starts with, and ends from', async () => {
    const port = await freePort();
    const config = join(FOLDER, 'perigee.yaml');
    const gateway = start(['serve', '--config', config, '--listen', '127.0.0.1', '--port', `${port}`], {
      env: { ...ENVIRONMENT, PERIGEE_DRAIN_DELAY_SECONDS: '0' },
    });
    const url = `http://127.0.0.1:${port}`;
    let ready: Response | undefined;
    while (ready === undefined && gateway.child.exitCode === null) {
      ready = await fetch(`${url}/readyz`).catch(() => undefined);
    }
    expect(await ready?.json()).toMatchObject({ status: 'ready', models: [{ name: 'kimi-k2.6' }] });
    const headers = { authorization: `Bearer ${ENVIRONMENT.PERIGEE_TEAM_KEY}` };
    expect((await fetch(`${url}/v1/models`, { headers })).status).toBe(200);
    gateway.child.kill('SIGTERM');
    const { code, stdout } = await gateway.done;
    expect(code).toBe(0);
    // For programs: a line for each request, and nothing else.
    expect(
      stdout
        .trimEnd()
        .split('\n')
        .map((line) => (JSON.parse(line) as { path: string }).path),
    ).toContain('/v1/models');
  });
});

describe('engines.md', () => {
  const blocks = matches(textOf('engines.md'), /^```yaml\n([\s\S]*?)^```$/gm);

  test('has a configuration for each engine', () => {
    expect(blocks.map((block) => matches(block, /host: (\w+)/g))).toEqual([
      ['vllm', 'vllm'],
      ['sglang'],
      ['trtllm'],
    ]);
  });

  test.each(blocks.map((block, position) => [position + 1, block] as const))(
    'has ones that are in order: %i',
    (_, block) => {
      expect(loadConfig(block, { environment: {} })).toHaveProperty('config');
    },
  );
});

test('the figures that alerts and the autoscaler look at are in /metrics', async () => {
  const { models } = kimi([call('look', 0, '{}')]);
  const { gateway, baseURL } = await running({ models });
  const tools = [{ type: 'function', function: { name: 'look', parameters: { type: 'object' } } }];
  await (await post(`${baseURL}/chat/completions`, { ...ASK, tools, stream: true })).text();
  const printed = await gateway.metrics();
  const withDatabase = accountMetrics(
    { up: true, admittedAway: 0, backlog: 0, backlogSeconds: 0 },
    new Tally(),
    new Durations([]),
  );
  const series = new Set([
    ...matches(printed, /^(?:# TYPE )?([a-z_]+)[{ ]/gm),
    ...withDatabase.map(({ name }) => name),
  ]);
  const files = [
    'alerts.yml',
    'README.md',
    'kubernetes/gateway-scaling.yaml',
    'kubernetes/prometheus-adapter.yaml',
  ];
  const named = files.flatMap((path) => matches(textOf(path), /\b((?:perigee|process)_[a-z]+_[a-z_]+)\b/g));
  expect(new Set(named).size).toBeGreaterThan(5);
  expect(named.filter((name) => !series.has(name))).toEqual([]);
  const labels = new Set(matches(printed, /[{,]([a-z]+)="/g));
  const asked = matches(textOf('alerts.yml'), /(?:by \(|, |\{)([a-z]+)(?=[,)]|!?=|=~)/g).filter(
    // Prometheus' own: who was asked.
    (label) => label !== 'job',
  );
  expect(asked.length).toBeGreaterThan(2);
  expect(asked.filter((name) => !labels.has(name))).toEqual([]);
});

test('the autoscaler asks for what the adapter offers', () => {
  const [rule] = yamlOf('kubernetes/prometheus-adapter.yaml').rules.custom;
  const [pods] = yamlOf('kubernetes/gateway-scaling.yaml').spec.metrics;
  expect(pods!.pods.metric.name).toBe(rule!.name.as);
  expect(rule!['seriesQuery']).toMatch(/^perigee_running_requests\{/);
});

test.skipIf(!hasNginx)('nginx takes its file', () => {
  expect(() => checkNginx(textOf('nginx.conf'))).not.toThrow();
  expect(() => checkNginx(textOf('nginx.conf').replace('least_conn;', 'least_con;'))).toThrow(/least_con/);
});
