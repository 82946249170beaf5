import { describe, expect, test } from 'vitest';
import { readDocument } from '../house/documents.ts';
import { allFiles, manifest, manifests, matches, textOf, type Value, yamlOf } from './files.ts';

const compose = yamlOf('compose.yaml');
const services = compose.services;
const nginx = textOf('nginx.conf');
const readme = textOf('README.md');

/** A number of a file, found by what stands around it. */
function numberIn(text: string, pattern: RegExp): number {
  const [found] = matches(text, pattern);
  if (found === undefined) throw new Error(`nothing is like ${pattern}`);
  return Number(found);
}

const DELAY = numberIn(textOf('perigee.yaml'), /PERIGEE_DRAIN_DELAY_SECONDS:-(\d+)/g);
const KEEP_ALIVE = numberIn(textOf('perigee.yaml'), /PERIGEE_KEEP_ALIVE_SECONDS:-(\d+)/g);

describe('times', () => {
  test('the proxy closes idle connections before the gateway does, also while that ends', () => {
    const idle = numberIn(nginx, /^\s+keepalive_timeout (\d+)s;$/gm);
    expect(idle).toBeLessThan(DELAY);
    expect(DELAY).toBeLessThan(KEEP_ALIVE);
  });

  test('a replica that is back is asked again before the other one stops to listen', () => {
    expect(numberIn(nginx, /fail_timeout=(\d+)s/g)).toBeLessThan(DELAY);
  });

  test('nobody kills a gateway that still gives answers of ten minutes', () => {
    const minutes = (name: string) => numberIn(services[name]!.stop_grace_period, /^(\d+)m$/g);
    for (const name of ['gateway-1', 'gateway-2', 'nginx'])
      expect(minutes(name) * 60).toBeGreaterThan(DELAY + 600);
    const pod = manifest('Deployment', 'perigee-gateway').spec.template.spec;
    const values = Object.fromEntries([...pod.containers[0]!.env].map(({ name, value }) => [name, value]));
    expect(pod.terminationGracePeriodSeconds).toBeGreaterThan(
      Number(values.PERIGEE_DRAIN_DELAY_SECONDS) + 600,
    );
    expect(Number(values.PERIGEE_KEEP_ALIVE_SECONDS)).toBeGreaterThan(
      Number(values.PERIGEE_DRAIN_DELAY_SECONDS),
    );
  });
});

test('nginx takes bodies as large as the gateway does', () => {
  const megabytes = yamlOf('perigee.yaml').server.limits.body_mb;
  expect(numberIn(nginx, /client_max_body_size (\d+)m;/g)).toBe(megabytes);
});

describe('addresses', () => {
  const gateways = ['gateway-1', 'gateway-2'];
  const port = yamlOf('perigee.yaml').server.port;

  test('nginx asks the gateways where Compose puts them', () => {
    const addresses = gateways.map((name) => `${services[name]!.networks.perigee['ipv4_address']}:${port}`);
    expect(matches(nginx, /^\s+server ([\d.:]+) /gm)).toEqual(addresses);
  });

  test('Prometheus asks each of them', () => {
    const [job] = yamlOf('prometheus.yml').scrape_configs;
    expect(job!.static_configs[0]!['targets']).toEqual(gateways.map((name) => `${name}:${port}`));
  });

  test('probes ask where something listens', () => {
    for (const kind of [
      manifest('Deployment', 'perigee-gateway'),
      manifest('StatefulSet', 'perigee-worker'),
    ]) {
      const [container] = kind.spec.template.spec.containers;
      const [{ name, containerPort }] = container!['ports'] as unknown as [
        { name: string; containerPort: number },
      ];
      const { args = [] } = container! as unknown as { args: string[] };
      const health = args.indexOf('--health-port');
      expect(containerPort).toBe(health < 0 ? port : Number(args[health + 1]));
      for (const probe of ['startupProbe', 'readinessProbe', 'livenessProbe']) {
        const { path, port: asked } = container![probe]!.httpGet;
        expect([probe, path, asked]).toEqual([
          probe,
          probe === 'readinessProbe' ? '/readyz' : '/healthz',
          name,
        ]);
      }
    }
  });

  test('health checks of Compose ask where something listens', () => {
    for (const [name, { command, healthcheck, image }] of Object.entries<Value>(services)) {
      if (image !== 'perigee') continue;
      const words = [...command!] as string[];
      const at = words.indexOf('--health-port');
      const text = [...healthcheck!.test].join(' ');
      expect([name, numberIn(text, /127\.0\.0\.1:(\d+)/g)]).toEqual([
        name,
        at < 0 ? port : Number(words[at + 1]),
      ]);
    }
  });
});

describe('variables', () => {
  const used = new Set([
    ...['compose.yaml', 'perigee.yaml'].flatMap((path) => matches(textOf(path), /\$\{(\w+)[:}]/g)),
    ...matches(textOf('.env.example'), /^(\w+)=/gm),
    ...Object.keys(manifest('Secret', 'perigee').stringData),
    ...['gateway', 'workers'].flatMap((name) =>
      matches(textOf(`kubernetes/${name}.yaml`), /name: ([A-Z_]+)$/gm),
    ),
  ]);

  test('each is explained', () => {
    expect(used.size).toBeGreaterThan(10);
    expect([...used].filter((name) => !readme.includes(`\`${name}\``))).toEqual([]);
  });

  test('each that is explained is used', () => {
    const explained = matches(readme, /^\| ((?:`[A-Z_]+`(?:, )?)+) \|/gm).flatMap((row) =>
      matches(row, /`(\w+)`/g),
    );
    expect(explained.length).toBeGreaterThan(10);
    expect(explained.filter((name) => !used.has(name))).toEqual([]);
  });

  test('those that must be there are asked for, and have no value in any file', () => {
    const demanded = new Set(matches(textOf('compose.yaml'), /\$\{(\w+):\?/g));
    const example = textOf('.env.example');
    expect(matches(example, /^(\w+)=$/gm).sort()).toEqual([...demanded].sort());
    expect(matches(example, /^(\w+=.+)$/gm)).toEqual([]);
    const secret = manifest('Secret', 'perigee').stringData;
    expect(new Set(Object.values(secret))).toEqual(new Set(['']));
    const withoutDefault = matches(textOf('perigee.yaml'), /\$\{(\w+)\}/g);
    expect(Object.keys(secret).sort()).toEqual([...withoutDefault, 'PERIGEE_DATABASE_URL'].sort());
  });

  test('each that perigee.yaml reads gets to the gateways', () => {
    const given = Object.keys(services['gateway-1']!.environment);
    expect(matches(textOf('perigee.yaml'), /\$\{(\w+)[:}]/g).filter((name) => !given.includes(name))).toEqual(
      [],
    );
  });
});

test('links lead somewhere', () => {
  const links = ['deploy/README.md', 'deploy/engines.md'].flatMap((path) => readDocument(path).links);
  expect(links.length).toBeGreaterThan(1);
  expect(links.filter(({ problem }) => problem !== undefined)).toEqual([]);
});

describe('Kubernetes', () => {
  test('kustomization.yaml has every manifest but the example of a Secret', () => {
    const files = allFiles()
      .filter((path) => path.startsWith('kubernetes/'))
      .map((path) => path.slice('kubernetes/'.length));
    const others = ['kustomization.yaml', 'prometheus-adapter.yaml', 'secret.example.yaml'];
    const listed = [...yamlOf('kubernetes/kustomization.yaml').resources] as string[];
    expect([...listed].sort()).toEqual(files.filter((file) => !others.includes(file)));
  });

  test('selectors find the pods that they are for', () => {
    for (const part of ['gateway', 'worker']) {
      const labels = { 'app.kubernetes.io/name': 'perigee', 'app.kubernetes.io/component': part };
      const kinds = manifests().filter(
        ({ metadata }) => metadata?.labels?.['app.kubernetes.io/component'] === part,
      );
      const pods = kinds.find(({ spec }) => spec?.template)!.spec;
      expect(pods.template.metadata.labels).toEqual(labels);
      expect(pods.selector.matchLabels).toEqual(labels);
      const service = kinds.find(({ kind }) => kind === 'Service')!.spec;
      expect(service.selector).toEqual(labels);
      expect(manifest('PodDisruptionBudget', `perigee-${part}`).spec.selector.matchLabels).toEqual(labels);
    }
  });

  test('workers keep their names, and no two have the same', () => {
    const { spec } = manifest('StatefulSet', 'perigee-worker');
    expect(
      manifests().some(
        ({ kind, metadata }) => kind === 'Service' && metadata!['name'] === spec!['serviceName'],
      ),
    ).toBe(true);
    expect([...spec!.template.spec.containers[0]!.args]).toContain('$(POD_NAME)');
    const names = ['worker-1', 'worker-2'].map((name) => [...services[name]!.command][2]);
    expect(new Set(names).size).toBe(names.length);
  });
});
