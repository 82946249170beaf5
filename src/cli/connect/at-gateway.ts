import {
  type Address,
  type ClientSetup,
  choiceOf,
  gatewayAddress,
  type ListedModel,
} from '../../connect/index.ts';
import { nearest } from '../../core/index.ts';
import { askGateway, type GatewayState } from './ask-gateway.ts';
import { urlOf } from './fetch-json.ts';
import type { ConnectOptions } from './options.ts';
import { DEFAULT_MODEL, GATEWAY_KEY, keyOf, present, type Target } from './target-key.ts';

const DEFAULT_GATEWAY = 'http://127.0.0.1:8787';

/** A gateway, asked for its models and whether it wants a key; one that does not answer is taken as it usually is. */
export async function atGateway(
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
