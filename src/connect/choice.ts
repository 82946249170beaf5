import { type HostProfile, modelProfile, offerOf, pricesOf } from '../profiles/index.ts';
import type { KeySource, SetupChoice } from './setup.ts';

/** What the gateway's own list says of a model. */
export interface ListedModel {
  readonly id: string;
  readonly contextWindow?: number;
  readonly maxOutput?: number;
  readonly images?: boolean;
}

/** Where a client is to be pointed to. */
export interface Address {
  readonly id: string;
  readonly title: string;
  readonly chatUrl: string;
  readonly responsesUrl: string;
  readonly messagesUrl: string;
  /** The host, where it is not a gateway and is known. */
  readonly host?: HostProfile;
}

/** Clients reserve what they ask for: more than this costs room for the prompt. */
const MOST_OUTPUT = 32_768;
/** What most models have at least, where nothing is known. */
const USUAL_WINDOW = 131_072;

/** The choice for a model at an address, from what its list says, else from what is published. */
export function choiceOf(address: Address, listed: ListedModel, key: KeySource): SetupChoice {
  const { host, ...urls } = address;
  const { id: model } = listed;
  const profile = modelProfile(model);
  const offer = host && offerOf(model, host.id);
  const prices = host ? pricesOf(model, host.id) : pricesOf(model);
  const maxOutput = listed.maxOutput ?? offer?.maxOutput ?? profile?.maxOutput ?? MOST_OUTPUT;
  return {
    ...urls,
    model,
    modelTitle: titleOf(profile?.id ?? model),
    contextWindow: listed.contextWindow ?? offer?.contextWindow ?? profile?.contextWindow ?? USUAL_WINDOW,
    maxOutput: Math.min(maxOutput, MOST_OUTPUT),
    reasoning: profile ? profile.thinking.mode !== 'none' : false,
    images: listed.images ?? profile?.inputs.includes('image') ?? false,
    ...(prices && { prices }),
    key,
  };
}

/** A gateway's address, given without or with the `/v1` at its end. */
export function gatewayAddress(url: string): Address {
  const base = url.replace(/\/+$/, '').replace(/\/v1$/, '');
  return {
    id: 'perigee',
    title: 'Perigee',
    chatUrl: `${base}/v1`,
    responsesUrl: `${base}/v1`,
    messagesUrl: base,
  };
}

/** A host that nothing is known of; it is taken at its word for all protocols. */
export function otherAddress(url: string): Address {
  const chatUrl = url.replace(/\/+$/, '');
  const { host, hostname } = new URL(url);
  const id = hostname
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '');
  return {
    id: /^[a-z]/.test(id) ? id : `host-${id}`,
    title: host,
    chatUrl,
    responsesUrl: chatUrl,
    messagesUrl: chatUrl.replace(/\/v1$/, ''),
  };
}

/** `kimi-k2.6` as people write it: `Kimi K2.6`. */
export function titleOf(model: string): string {
  const name = model.split('/').at(-1)!;
  return name.replace(
    /(^|[-_ ])([a-z])/g,
    (_, gap: string, letter: string) => `${gap && ' '}${letter.toUpperCase()}`,
  );
}
