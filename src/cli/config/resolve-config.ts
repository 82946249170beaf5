import {
  type Config,
  DEFAULT_HOST,
  DEFAULT_PORT,
  type ModelConfig,
  type RoutingConfig,
  type ServerConfig,
  type UpstreamConfig,
} from './config.ts';
import { priceOf } from './price-of.ts';
import { pathTo } from './problem.ts';
import type { Meaning } from './report.ts';
import { KEY_VARIABLE, resolveKeys } from './resolve-keys.ts';
import { present, resolveUpstream } from './resolve-upstream.ts';
import type { WrittenConfig, WrittenKey, WrittenModel, WrittenRouting } from './written.ts';

/** What a written configuration means, defaults in place; tells `report` all that cannot work. */
export function resolveConfig(written: WrittenConfig, meaning: Meaning): Config {
  checkNames(written.models, meaning);
  const keys = resolveKeys(written.keys ?? [], written.models, meaning);
  const server = serverOf(written.server);
  if (!isLoopback(server.host) && keys.length === 0 && !meaning.keysElsewhere) {
    meaning.report(
      pathTo('server', 'host'),
      `server.host is ${server.host}, which others can reach, and there are no keys.`,
      `Add keys:, or set ${KEY_VARIABLE}, or listen at ${DEFAULT_HOST}.`,
    );
  }
  const models = written.models.map((model, i) =>
    modelOf(model, pathTo('models', i), written.routing, meaning),
  );
  checkBudgets(written.keys ?? [], models, meaning);
  return {
    server,
    keys,
    models,
    fail: { budgets: written.fail?.budgets ?? 'closed', rates: written.fail?.rates ?? 'open' },
    keep: keepOf(written.keep),
    log: written.log ?? 'pretty',
    ...(written.secret !== undefined && { secret: written.secret }),
  };
}

/** Whether only this machine reaches a server that listens there. */
function isLoopback(host: string): boolean {
  return /^(localhost|127(\.\d{1,3}){3}|\[?::1\]?)$/i.test(host);
}

const HOUR_MS = 60 * 60 * 1000;
const DAY_MS = 24 * HOUR_MS;
const MIB = 1024 * 1024;

function serverOf(written: NonNullable<WrittenConfig['server']> = {}): ServerConfig {
  const { host, port, limits = {} } = written;
  const scaled = (value: number | undefined, unit: number) =>
    value === undefined ? undefined : Math.max(1, Math.round(value * unit));
  return {
    host: host ?? DEFAULT_HOST,
    port: port ?? DEFAULT_PORT,
    drainDelayMs: (written.drain_delay_seconds ?? 0) * 1000,
    ...present({ keepAliveMs: scaled(written.keep_alive_seconds, 1000) }),
    limits: present({
      bodyBytes: scaled(limits.body_mb, MIB),
      bodyMs: scaled(limits.body_seconds, 1000),
      slowClientMs: scaled(limits.slow_client_seconds, 1000),
      pingMs: scaled(limits.ping_seconds, 1000),
      memoryBytes: scaled(limits.memory_mb, MIB),
      budgetWaitMs: scaled(limits.budget_wait_seconds, 1000),
    }),
  };
}

function keepOf({
  responses_days: days,
  reasoning_hours: hours,
}: WrittenConfig['keep'] = {}): Config['keep'] {
  return {
    ...(days !== undefined && { responsesMs: days * DAY_MS }),
    ...(hours !== undefined && { reasoningMs: hours * HOUR_MS }),
  };
}

function modelOf(
  written: WrittenModel,
  path: string,
  routing: WrittenRouting | undefined,
  meaning: Meaning,
): ModelConfig {
  const { name, aliases = [], argument_retries: argumentRetries = 0 } = written;
  return {
    name,
    aliases,
    argumentRetries,
    routing: routingOf({ ...routing, ...written.routing }),
    upstreams: upstreamsOf(written, path, meaning),
  };
}

function routingOf(written: WrittenRouting): RoutingConfig {
  const milliseconds = (seconds: number | undefined) => (seconds === undefined ? undefined : seconds * 1000);
  return {
    ...present({ retries: written.retries, firstEventMs: milliseconds(written.first_event_seconds) }),
    queue: present({ size: written.queue, waitMs: milliseconds(written.queue_seconds) }),
    breaker: present({
      failures: written.breaker_failures,
      openMs: milliseconds(written.breaker_seconds),
    }),
  };
}

function upstreamsOf({ name, upstreams }: WrittenModel, path: string, meaning: Meaning): UpstreamConfig[] {
  const given = new Set(upstreams.flatMap((upstream) => upstream.name ?? []));
  const used = new Set<string>();
  return upstreams.flatMap((written, i) => {
    const place = pathTo(pathTo(path, 'upstreams'), i);
    const upstream = resolveUpstream(written, place, name, meaning);
    if (!upstream) return [];
    let unique = upstream.name;
    if (written.name !== undefined && used.has(unique)) {
      const at = pathTo(place, 'name');
      meaning.report(at, `${at} is the name of another upstream of ${name}.`, 'Give each its own.');
    } else if (written.name === undefined) {
      for (let n = 2; used.has(unique) || given.has(unique); n++) unique = `${upstream.name}-${n}`;
    }
    used.add(unique);
    return [{ ...upstream, name: unique }];
  });
}

/** A budget would hold nobody back whose requests cost nothing, as far as is known. */
function checkBudgets(
  keys: readonly WrittenKey[],
  models: readonly ModelConfig[],
  { report }: Meaning,
): void {
  for (const [i, { id, monthly_budget_usd: budget, models: allowed }] of keys.entries()) {
    if (budget === undefined) continue;
    const free = models
      .filter(({ name }) => allowed === undefined || allowed.includes(name))
      .flatMap(({ name, upstreams }) =>
        upstreams
          .filter((upstream) => priceOf(upstream) === undefined)
          .map((upstream) => ({ name, upstream })),
      );
    const [first] = free;
    if (first === undefined) continue;
    const more = free.length > 1 ? ` (and ${free.length - 1} more)` : '';
    report(
      pathTo(pathTo('keys', i), 'monthly_budget_usd'),
      `The budget of ${id} cannot be counted: what ${first.name} costs at ${first.upstream.name}${more} is not known.`,
      'Add prices: to each such upstream, zeros if it costs nothing, or give the key tokens_per_minute instead.',
    );
  }
}

/** Each name and each alias leads to one model. */
function checkNames(models: readonly WrittenModel[], { report }: Meaning): void {
  const owners = new Map<string, string>();
  const claim = (name: string, path: string) => {
    const first = owners.get(name);
    if (first === undefined) owners.set(name, path);
    else report(path, `${path}: ${JSON.stringify(name)} is already ${first}.`, 'Give each model its own.');
  };
  for (const [i, { name }] of models.entries()) claim(name, pathTo(pathTo('models', i), 'name'));
  for (const [i, { aliases = [] }] of models.entries()) {
    const path = pathTo(pathTo('models', i), 'aliases');
    for (const [j, alias] of aliases.entries()) claim(alias, pathTo(path, j));
  }
}
