import { nearest, PerigeeError } from '../../core/index.ts';
import { type HostProfile, hostProfile, knownModelIds, modelProfile, offerOf } from '../../profiles/index.ts';
import type { ListModelsOptions } from '../../upstream/index.ts';
import { mayKeepKeys } from '../accounts-file.ts';
import { type Config, DEFAULT_HOST, DEFAULT_PORT, type LogStyle } from '../config/config.ts';
import { variable } from '../config/report.ts';
import { resolveConfig } from '../config/resolve-config.ts';
import { type FORMATS, HOST_NAMES, type UPSTREAM_PROTOCOLS } from '../config/upstream-settings.ts';
import type { WrittenConfig, WrittenModel, WrittenUpstream } from '../config/written.ts';
import { UsageError } from '../failure.ts';

/** What `perigee serve` can be told on the command line. */
export interface ServeFlags {
  readonly config?: string;
  readonly host?: string;
  readonly upstream?: string;
  readonly upstreamProtocol?: (typeof UPSTREAM_PROTOCOLS)[number];
  readonly format?: (typeof FORMATS)[number];
  /** Each `NAME` or `NAME=UPSTREAM_ID`. */
  readonly model?: readonly string[];
  readonly apiKeyEnv?: string;
  readonly port?: number;
  readonly listen?: string;
  readonly key?: string;
  readonly log?: LogStyle;
  /** The database that replicas share. */
  readonly databaseUrl?: string;
  /** The folder for what this gateway alone keeps. */
  readonly dataDir?: string;
  /** Seconds. */
  readonly drainDelay?: number;
}

/** The flags that say who answers, and so do not go with a file. */
export const UPSTREAM_FLAGS = {
  host: '--host',
  upstream: '--upstream',
  upstreamProtocol: '--upstream-protocol',
  format: '--format',
  model: '--model',
  apiKeyEnv: '--api-key-env',
  key: '--key',
} as const satisfies { readonly [flag in keyof ServeFlags]?: string };

/** Asks a host for its models. */
export type ListModels = (way: ListModelsOptions) => Promise<readonly string[]>;

/** Any name at all, as an alias. */
const ANY = '*';
const DEFAULT_MODEL = 'kimi-k2.6';
const MOONSHOT = 'moonshot';
const PRACTICE = 'practice';

/**
 * The configuration that flags and environment ask for: the named host or address, else Moonshot if its key is
 * set, else the practice model. A single model answers to any name, since clients ask for names of their own.
 * Throws `UsageError`, or `no-api-key` where a host needs one; a host is only asked for its list when no model is named.
 */
export async function configOfFlags(
  flags: ServeFlags,
  environment: NodeJS.ProcessEnv,
  listModels: ListModels,
): Promise<Config> {
  const wanted = Object.entries(UPSTREAM_FLAGS).find(
    ([flag]) => flag !== 'key' && flags[flag as keyof ServeFlags] !== undefined,
  )?.[1];
  const named = (flags.model ?? []).map(readModel);
  const onlyPractice = named.length === 1 && named[0]?.name === PRACTICE;
  const address = flags.upstream !== undefined || flags.host !== undefined;
  const keyName = flags.apiKeyEnv ?? 'MOONSHOT_API_KEY';
  if (!address && (variable(environment, keyName) === undefined || onlyPractice)) {
    if (wanted === undefined || (onlyPractice && wanted === UPSTREAM_FLAGS.model)) {
      return practice(flags, environment);
    }
    throw new PerigeeError('no-api-key', `${wanted} asks for a real model, but ${keyName} is not set.`, {
      remedy: `Set ${keyName} for Moonshot, or name another host with --host or --upstream; leave ${wanted} out for the practice model.`,
    });
  }
  const upstream = upstreamOf(address ? flags : { ...flags, host: MOONSHOT }, environment);
  const host = hostProfile(upstream.host ?? upstream.url ?? '');
  checkKey(upstream, host, environment);
  const models =
    named.length > 0
      ? named.map(({ name, id }) => ({ name, upstreams: [{ ...upstream, ...(id && { model: id }) }] }))
      : await allModels(upstream, host, environment, listModels);
  const written = { ...frameOf(flags), models: withAny(models, host, named.length > 0) };
  return resolved(written, flags, environment);
}

function practice(flags: ServeFlags, environment: NodeJS.ProcessEnv): Config {
  const config = resolved({ ...frameOf(flags), models: [] }, flags, environment);
  const model = {
    name: PRACTICE,
    aliases: [ANY],
    argumentRetries: 0,
    routing: { queue: {}, breaker: {} },
    upstreams: [],
  };
  return { ...config, models: [model] };
}

function frameOf({ listen, port, key, log, drainDelay }: ServeFlags): Omit<WrittenConfig, 'models'> {
  if (key !== undefined && !/^[!-~]+$/.test(key)) {
    throw new UsageError('--key must be one word of ASCII characters, since it travels in a header.');
  }
  return {
    server: {
      host: listen ?? DEFAULT_HOST,
      port: port ?? DEFAULT_PORT,
      ...(drainDelay !== undefined && { drain_delay_seconds: drainDelay }),
    },
    ...(key !== undefined && { keys: [{ id: 'client', key }] }),
    ...(log && { log }),
  };
}

function readModel(text: string): { name: string; id?: string } {
  const [name = '', ...rest] = text.split('=');
  const id = rest.join('=');
  if (name === '' || (rest.length > 0 && id === '')) {
    throw new UsageError(`--model ${text}: write NAME, or NAME=ID with the model's id on the host.`);
  }
  return rest.length > 0 ? { name, id } : { name };
}

function upstreamOf(flags: ServeFlags, environment: NodeJS.ProcessEnv): WrittenUpstream {
  const { host, upstream: url, upstreamProtocol: protocol, format, apiKeyEnv } = flags;
  checkAddress(host, url);
  const apiKey = apiKeyEnv === undefined ? undefined : variable(environment, apiKeyEnv);
  if (apiKeyEnv !== undefined && apiKey === undefined) {
    throw new PerigeeError('no-api-key', `${apiKeyEnv} is not set.`, {
      remedy: `Set ${apiKeyEnv}, or name another variable with --api-key-env.`,
    });
  }
  return {
    ...(host !== undefined && { host }),
    ...(url !== undefined && { url }),
    ...(protocol && { protocol }),
    ...(format && { format }),
    ...(apiKey !== undefined && { api_key: apiKey }),
  };
}

function checkAddress(host: string | undefined, url: string | undefined): void {
  if (host !== undefined && !HOST_NAMES.includes(host)) {
    if (/[:/]|^[\d.]+$|^localhost$/.test(host)) {
      throw new UsageError(
        `--host names a known host, such as moonshot, and ${host} is an address: give --upstream for where requests go, or --listen for where clients come in.`,
      );
    }
    const meant = nearest(host, HOST_NAMES);
    const advice = meant === undefined ? `Known: ${HOST_NAMES.join(', ')}.` : `Did you mean ${meant}?`;
    throw new UsageError(`--host ${host} is no host that is known. ${advice}`);
  }
  if (url === undefined || (/^https?:\/\/[^/]/i.test(url) && URL.canParse(url))) return;
  const meant = /^[\w.-]+(:\d+)?(\/\S*)?$/.test(url) ? ` Did you mean http://${url}?` : '';
  throw new UsageError(`--upstream ${url} is not a URL that begins with http:// or https://.${meant}`);
}

/** A known host that needs a key would refuse everything. */
function checkKey(
  { api_key: given, url, host: hostName }: WrittenUpstream,
  host: HostProfile | undefined,
  environment: NodeJS.ProcessEnv,
): void {
  const names = host?.apiKeyNames ?? [];
  const local = /^http:/.test(url ?? host?.baseUrls[0] ?? '');
  const own = url === undefined || hostProfile(url) === host;
  if (given !== undefined || names.length === 0 || local || !own) return;
  if (names.some((name) => variable(environment, name) !== undefined)) return;
  throw new PerigeeError('no-api-key', `${hostName ?? url} needs a key, but ${names[0]} is not set.`, {
    remedy: `Set ${names[0]}${host?.keyPage ? ` (a key from ${host.keyPage})` : ''}, or name another variable with --api-key-env.`,
  });
}

/** What the host is known to serve, else what it lists. */
async function allModels(
  upstream: WrittenUpstream,
  host: HostProfile | undefined,
  environment: NodeJS.ProcessEnv,
  listModels: ListModels,
): Promise<WrittenModel[]> {
  const local = host?.baseUrls[0]?.startsWith('http:') ?? false;
  const known = host && !local ? knownModelIds(host.id) : [];
  const ids = known.length > 0 ? known : await listed(upstream, host, environment, listModels);
  const models = new Map<string, string[]>();
  for (const id of ids) {
    const model = modelProfile(id)?.id ?? id;
    models.set(model, [...(models.get(model) ?? []), id]);
  }
  return ids.map((id) => {
    // Kimi's own name for it leads to it too, where that is one model only.
    const own = modelProfile(id)?.id;
    const unique = own !== undefined && own !== id && models.get(own)?.length === 1 && !ids.includes(own);
    return { name: id, ...(unique && { aliases: [own] }), upstreams: [{ ...upstream, model: id }] };
  });
}

async function listed(
  upstream: WrittenUpstream,
  host: HostProfile | undefined,
  environment: NodeJS.ProcessEnv,
  listModels: ListModels,
): Promise<readonly string[]> {
  const baseUrl = upstream.url ?? host?.baseUrls[0];
  if (baseUrl === undefined || upstream.protocol === 'anthropic-messages') {
    const what = baseUrl === undefined ? `${host?.name} has no usual address` : 'its models are not listed';
    const advice = baseUrl === undefined ? '--upstream with its address' : '--model';
    throw new UsageError(`${what}: give ${advice}.`);
  }
  const name = host?.apiKeyNames.find((candidate) => variable(environment, candidate) !== undefined);
  const apiKey = upstream.api_key ?? (name === undefined ? undefined : variable(environment, name));
  const ids = await listModels({ baseUrl, ...(apiKey !== undefined && { apiKey }) });
  if (ids.length === 0) throw new UsageError(`${baseUrl} lists no models: name one with --model.`);
  return ids;
}

/** Lets any name lead to the only model, or to the host's Kimi K2.6 where nobody chose. */
function withAny(
  models: readonly WrittenModel[],
  host: HostProfile | undefined,
  chosen: boolean,
): WrittenModel[] {
  const usual = chosen || !host ? undefined : offerOf(DEFAULT_MODEL, host.id)?.model;
  const answers = models.length === 1 ? models[0]?.name : usual;
  return models.map((model) =>
    model.name === answers ? { ...model, aliases: [...(model.aliases ?? []), ANY] } : model,
  );
}

/** Where a problem of the configuration comes from when flags made it. */
const FLAG_OF: readonly (readonly [RegExp, string])[] = [
  [/models\[\d+\]\.upstreams\[\d+\]\.url/g, '--upstream'],
  [/models\[\d+\]\.upstreams\[\d+\]\.host/g, '--host'],
  [/models\[\d+\]\.upstreams\[\d+\]\.format/g, '--format'],
  [/models\[\d+\]\.upstreams\[\d+\]/g, 'the upstream'],
  [/models\[\d+\]\.name/g, '--model'],
  [/server\.host/g, '--listen'],
  [/keys\[\d+\]\.key/g, '--key'],
  [/Add keys:,/g, 'Give --key,'],
  [/Add url: /g, 'Give --upstream '],
  [/Add model: with its id there/g, 'Give --model NAME=ID with its id there'],
  [/set protocol:/g, 'give --upstream-protocol'],
];

function resolved(written: WrittenConfig, flags: ServeFlags, environment: NodeJS.ProcessEnv): Config {
  const { apiKeyEnv } = flags;
  return resolveConfig(written, {
    environment,
    keysElsewhere: mayKeepKeys(flags, environment),
    variablesOf: () => (apiKeyEnv === undefined ? [] : [apiKeyEnv]),
    report: (_, message, remedy) => {
      const text = `${message} ${remedy}`;
      throw new UsageError(FLAG_OF.reduce((words, [pattern, flag]) => words.replaceAll(pattern, flag), text));
    },
  });
}
