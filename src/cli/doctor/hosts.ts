import { nearest } from '../../core/index.ts';
import { HOST_PROFILES, hostProfile, offerOf } from '../../profiles/index.ts';
import type { Config } from '../config/config.ts';
import { urlOf } from '../connect/fetch-json.ts';
import { UsageError } from '../failure.ts';

/** A host that is to be looked at. */
export interface HostToCheck {
  readonly name: string;
  readonly baseUrl: string;
  /** Its key and the variable that holds it or should. */
  readonly key?: string;
  readonly keyName?: string;
  readonly needsKey: boolean;
  readonly model?: string;
  /** Whether `GET {baseUrl}/models` is to be asked. */
  readonly listsModels: boolean;
}

export interface HostOptions {
  readonly host?: string;
  readonly baseUrl?: string;
  readonly model?: string;
  /** The variable that holds the key. Default: that of the host. */
  readonly apiKeyEnv?: string;
}

const MOST_HOSTS = 8;
const MOONSHOT = 'moonshot';
const DEFAULT_MODEL = 'kimi-k2.6';

/**
 * The hosts that options name, else those of the configuration, else Moonshot where its key is set. None: the practice
 * model would answer. Throws `UsageError` for a host that is not known.
 */
export function hostsToCheck(
  options: HostOptions,
  config: Config | undefined,
  environment: NodeJS.ProcessEnv,
): HostToCheck[] {
  if (options.host !== undefined || options.baseUrl !== undefined) return [namedHost(options, environment)];
  if (options.apiKeyEnv !== undefined) return [namedHost({ ...options, host: MOONSHOT }, environment)];
  const upstreams = config?.models.flatMap((model) => model.upstreams) ?? [];
  const hosts = new Map<string, HostToCheck>();
  for (const { baseUrl, hostId, apiKey, apiKeyName, modelId, protocol, headers } of upstreams) {
    const host = hostId === undefined ? undefined : hostProfile(hostId);
    hosts.set(`${baseUrl} ${modelId}`, {
      name: host?.name ?? new URL(baseUrl).host,
      baseUrl,
      ...(apiKey !== undefined && { key: apiKey }),
      ...(apiKeyName !== undefined && { keyName: apiKeyName }),
      needsKey: headers === undefined && /^https:/.test(baseUrl) && (host?.apiKeyNames.length ?? 0) > 0,
      model: modelId,
      listsModels: protocol !== 'anthropic-messages',
    });
  }
  if (hosts.size > 0) return [...hosts.values()].slice(0, MOST_HOSTS);
  return environment['MOONSHOT_API_KEY']?.trim()
    ? [namedHost({ ...options, host: MOONSHOT }, environment)]
    : [];
}

function namedHost(
  { host: name, baseUrl: given, model, apiKeyEnv }: HostOptions,
  environment: NodeJS.ProcessEnv,
): HostToCheck {
  const host = name === undefined ? hostProfile(given ?? '') : hostProfile(name);
  if (name !== undefined && !host) {
    const names = HOST_PROFILES.map(({ id }) => id);
    const meant = nearest(name, names);
    throw new UsageError(
      `--host ${name} is no host that is known. ${meant === undefined ? `Known: ${names.join(', ')}.` : `Did you mean ${meant}?`}`,
    );
  }
  const baseUrl = given === undefined ? host?.baseUrls[0] : urlOf('--base-url', given);
  if (baseUrl === undefined) throw new UsageError(`${host?.name} has no usual address: give --base-url too.`);
  // A key is only ever sent to the host it belongs to, or the one that it is named for.
  const own = (host && hostProfile(baseUrl) === host ? host.apiKeyNames : undefined) ?? [];
  const names = apiKeyEnv === undefined ? own : [apiKeyEnv];
  const keyName = names.find((each) => environment[each]?.trim()) ?? names[0];
  const key = keyName === undefined ? undefined : environment[keyName];
  const wanted = model ?? (host && offerOf(DEFAULT_MODEL, host.id)?.model);
  return {
    name: host?.name ?? new URL(baseUrl).host,
    baseUrl,
    ...(key?.trim() && { key }),
    ...(keyName !== undefined && { keyName }),
    needsKey: apiKeyEnv !== undefined || (names.length > 0 && /^https:/.test(baseUrl)),
    ...(wanted !== undefined && { model: wanted }),
    listsModels: true,
  };
}
