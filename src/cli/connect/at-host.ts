import { type Address, type ClientSetup, choiceOf, otherAddress } from '../../connect/index.ts';
import { nearest } from '../../core/index.ts';
import {
  HOST_PROFILES,
  type HostProfile,
  hostProfile,
  knownModelIds,
  offerOf,
} from '../../profiles/index.ts';
import { UsageError } from '../failure.ts';
import { getJson, urlOf } from './fetch-json.ts';
import type { ConnectOptions } from './options.ts';
import { DEFAULT_MODEL, GATEWAY_KEY, keyOf, present, type Target } from './target-key.ts';

const LIST_MS = 5000;

/** Straight at a host. Throws `UsageError` for one that is not known or does not speak the client's protocol. */
export async function atHost(
  client: ClientSetup,
  options: ConnectOptions,
  environment: NodeJS.ProcessEnv,
): Promise<Target> {
  const host = hostOf(options);
  const url = options.baseUrl === undefined ? host?.baseUrls[0] : urlOf('--base-url', options.baseUrl);
  if (url === undefined) throw new UsageError(`${host?.name} has no usual address: give --base-url too.`);
  const protocol = spokenBy(client, host, options);
  const address = addressAt(url, host);
  const keyName = options.apiKeyEnv ?? keyNameOf(url, host, environment);
  const secret = options.key ?? (keyName === undefined ? undefined : present(environment[keyName]));
  const notes: string[] = [];
  const model = options.model ?? (await modelAt(url, host, secret, environment, notes));
  const choice = choiceOf(address, { id: model }, { kind: 'none' });
  const wantsKey = keyName !== undefined || options.key !== undefined;
  if (wantsKey && secret === undefined)
    notes.push(`${keyName} is not set here${host?.keyPage ? `; a key is made at ${host.keyPage}` : ''}.`);
  return {
    protocol,
    choice: wantsKey ? { ...choice, key: keyOf(client, choice, options, keyName ?? GATEWAY_KEY) } : choice,
    ...(secret !== undefined && { secret }),
    notes,
  };
}

/** The variable with a host's key. A key is only ever sent to the host it belongs to. */
function keyNameOf(
  url: string,
  host: HostProfile | undefined,
  environment: NodeJS.ProcessEnv,
): string | undefined {
  if (!host || hostProfile(url) !== host) return undefined;
  return host.apiKeyNames.find((name) => present(environment[name])) ?? host.apiKeyNames[0];
}

function hostOf({ host, baseUrl }: ConnectOptions): HostProfile | undefined {
  if (host === undefined) return baseUrl === undefined ? undefined : hostProfile(baseUrl);
  const found = /[:/]/.test(host) ? undefined : hostProfile(host);
  if (found) return found;
  if (/[:/]|^[\d.]+$|^localhost$/.test(host))
    throw new UsageError(
      `--host names a known host, such as moonshot, and ${host} is an address: give --base-url.`,
    );
  const names = HOST_PROFILES.map(({ id }) => id);
  const meant = nearest(host, names);
  throw new UsageError(
    `--host ${host} is no host that is known. ${meant === undefined ? `Known: ${names.join(', ')}.` : `Did you mean ${meant}?`}`,
  );
}

/** The protocol in which client and host meet. */
function spokenBy(
  client: ClientSetup,
  host: HostProfile | undefined,
  { baseUrl }: ConnectOptions,
): ClientSetup['protocol'] {
  const { protocol } = client;
  const known = host !== undefined && (baseUrl === undefined || hostProfile(baseUrl) === host);
  const lacks =
    (protocol === 'messages' && host?.anthropicUrl === null) ||
    (protocol === 'responses' && host?.responsesUrl === null);
  if (!known || !lacks) return protocol;
  if (client.otherwise) return client.otherwise.protocol;
  const what = protocol === 'messages' ? 'Anthropic Messages' : 'OpenAI Responses';
  throw new UsageError(
    `${client.name} speaks ${what}, and ${host.name} is not known to. Put the gateway between:\n` +
      `  perigee serve --host ${host.id}\n  perigee connect ${client.id}`,
  );
}

function addressAt(url: string, host: HostProfile | undefined): Address {
  const other = otherAddress(url);
  if (!host) return other;
  const own = hostProfile(url) === host;
  return {
    id: host.id,
    title: host.name,
    chatUrl: other.chatUrl,
    responsesUrl: (own && host.responsesUrl) || other.responsesUrl,
    messagesUrl: ((own && host.anthropicUrl) || other.messagesUrl).replace(/\/+$/, ''),
    host,
  };
}

/** The host's Kimi K2.6, else the first Kimi that it lists. */
async function modelAt(
  url: string,
  host: HostProfile | undefined,
  secret: string | undefined,
  environment: NodeJS.ProcessEnv,
  notes: string[],
): Promise<string> {
  const usual = host && (offerOf(DEFAULT_MODEL, host.id)?.model ?? knownModelIds(host.id)[0]);
  if (usual !== undefined) return usual;
  const answer = await getJson(`${url}/models`, secret, LIST_MS, environment).catch(() => undefined);
  const list = (answer?.json as { data?: unknown } | undefined)?.data;
  const ids = (Array.isArray(list) ? list : []).flatMap((entry: unknown) => {
    const id = (entry as { id?: unknown } | null)?.id;
    return typeof id === 'string' && id !== '' ? [id] : [];
  });
  const first = ids.find((id) => /kimi/i.test(id)) ?? ids[0];
  if (first === undefined)
    notes.push(`${url} lists no models, so ${DEFAULT_MODEL} is a guess: name it with --model.`);
  return first ?? DEFAULT_MODEL;
}
