import {
  type Address,
  type ClientSetup,
  choiceOf,
  gatewayAddress,
  type KeySource,
  type ListedModel,
  otherAddress,
  type SetupChoice,
} from '../../connect/index.ts';
import { nearest } from '../../core/index.ts';
import {
  HOST_PROFILES,
  type HostProfile,
  hostProfile,
  knownModelIds,
  offerOf,
} from '../../profiles/index.ts';
import { UsageError } from '../failure.ts';
import { askGateway, type GatewayState } from './ask-gateway.ts';
import { getJson, urlOf } from './fetch-json.ts';
import type { ConnectOptions } from './options.ts';

/** What a client is to be pointed to, and what there is to say about it. */
export interface Target {
  readonly choice: SetupChoice;
  readonly protocol: ClientSetup['protocol'];
  /** The key that requests are sent with, where it is known here. */
  readonly secret?: string;
  readonly notes: readonly string[];
}

const DEFAULT_GATEWAY = 'http://127.0.0.1:8787';
const DEFAULT_MODEL = 'kimi-k2.6';
const GATEWAY_KEY = 'PERIGEE_KEY';
const LIST_MS = 5000;

/** The address, the model and the key that the options ask for. Throws `UsageError` for what cannot work. */
export async function targetOf(
  client: ClientSetup,
  options: ConnectOptions,
  environment: NodeJS.ProcessEnv,
): Promise<Target> {
  const given = Object.entries({
    '--host': options.host,
    '--base-url': options.baseUrl,
    '--gateway': options.gateway,
  });
  const named = given.filter(([, value]) => value !== undefined).map(([flag]) => flag);
  if (named.length > 1 && options.gateway !== undefined) {
    throw new UsageError(`${named.join(' and ')} do not go together: a client is pointed to one address.`);
  }
  if (options.key !== undefined && !/^[!-~]+$/.test(options.key)) {
    throw new UsageError('--key must be one word of ASCII characters, since it travels in a header.');
  }
  if (options.host !== undefined || options.baseUrl !== undefined)
    return atHost(client, options, environment);
  return atGateway(client, options, environment);
}

async function atGateway(
  client: ClientSetup,
  options: ConnectOptions,
  environment: NodeJS.ProcessEnv,
): Promise<Target> {
  const address = gatewayAddress(urlOf('--gateway', options.gateway ?? DEFAULT_GATEWAY));
  const secret = options.key ?? present(environment[options.apiKeyEnv ?? GATEWAY_KEY]);
  const gateway = await askGateway(address.chatUrl, secret, environment);
  const notes = notesOn(gateway, address, options.apiKeyEnv ?? GATEWAY_KEY);
  const models = 'models' in gateway ? gateway.models : [];
  const listed = modelOf(options.model, models, notes);
  const isOpen = gateway.state === 'open' || (gateway.state === 'silent' && secret === undefined);
  const wantsKey = options.apiKeyEnv !== undefined || options.key !== undefined || !isOpen;
  const choice = choiceOf(address, listed, { kind: 'none' });
  return {
    protocol: client.protocol,
    choice: wantsKey ? { ...choice, key: keyOf(client, choice, options, GATEWAY_KEY) } : choice,
    ...(secret !== undefined && wantsKey && { secret }),
    notes,
  };
}

function notesOn(gateway: GatewayState, { chatUrl }: Address, keyName: string): string[] {
  switch (gateway.state) {
    case 'open':
    case 'keyed':
      return [];
    case 'locked':
      return [
        gateway.sent
          ? `The gateway at ${chatUrl} does not know the key in ${keyName}.`
          : `The gateway at ${chatUrl} asks for a key, and ${keyName} is not set here: set it, or give --api-key-env.`,
      ];
    case 'silent':
      return [
        `No gateway at ${chatUrl} (${gateway.why}): start it with  perigee serve  or name another with --gateway.`,
      ];
  }
}

/** The model that is named, else the gateway's Kimi K2.6, else the first that it has. */
function modelOf(name: string | undefined, models: readonly ListedModel[], notes: string[]): ListedModel {
  const wanted = name ?? (models.some(({ id }) => id === DEFAULT_MODEL) ? DEFAULT_MODEL : undefined);
  if (wanted === undefined)
    return models.find(({ id }) => /kimi/i.test(id)) ?? models[0] ?? { id: DEFAULT_MODEL };
  const found = models.find(({ id }) => id === wanted);
  if (!found && models.length > 0) {
    const ids = models.map(({ id }) => id);
    const meant = nearest(wanted, ids);
    const advice = meant === undefined ? `It has ${ids.slice(0, 8).join(', ')}.` : `Did you mean ${meant}?`;
    notes.push(`The gateway does not list ${wanted}. ${advice} It may answer to it all the same.`);
  }
  return found ?? { id: wanted };
}

async function atHost(
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

function keyOf(
  client: ClientSetup,
  choice: SetupChoice,
  { apiKeyEnv, key }: ConnectOptions,
  usual: string,
): KeySource {
  const from = apiKeyEnv ?? usual;
  // A client that reads one variable only reads no other, whatever the user's own is called.
  const name = client.keyVariable?.(choice) ?? from;
  return {
    kind: 'variable',
    name,
    from,
    ...(key !== undefined && client.key === 'literal' && { literal: key }),
  };
}

function present(value: string | undefined): string | undefined {
  return value?.trim() ? value.trim() : undefined;
}
