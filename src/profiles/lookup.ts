import type { Prices } from '../core/index.ts';
import { HOST_PROFILES } from './host-data.ts';
import type { HostProfile, Offer } from './host-profile.ts';
import { MODEL_PROFILES } from './model-data.ts';
import type { ModelProfile } from './model-profile.ts';
import { OFFERS } from './offer-data.ts';

/** The model that a name means, in any host's spelling; undefined for a model that is not known. */
export function modelProfile(name: string): ModelProfile | undefined {
  const lowerCase = name.toLowerCase();
  return MODEL_PROFILES.find(({ pattern }) => pattern.test(lowerCase));
}

/**
 * The host with this id or alias or behind this URL. An engine on this machine is recognised by its usual port, which is
 * a guess; undefined for a host that is not known.
 */
export function hostProfile(baseUrlOrId: string): HostProfile | undefined {
  const host = hostOf(baseUrlOrId);
  if (host === undefined) {
    const name = baseUrlOrId.trim().toLowerCase();
    return HOST_PROFILES.find(({ id, aliases }) => id === name || aliases?.includes(name));
  }
  return HOST_PROFILES.find(({ baseUrls }) => baseUrls.some((baseUrl) => hostOf(baseUrl) === host));
}

/** The ids of Kimi models on a host, without those that it has ended; empty when they are not known. */
export function knownModelIds(hostId: string): readonly string[] {
  return (OFFERS.get(hostId) ?? []).filter(({ ended }) => !ended).map(({ model }) => model);
}

/**
 * A model on a host, by the host's own id for it or else by which Kimi model it is. What a host grants may be
 * less than what the model can do.
 */
export function offerOf(modelName: string, hostId: string): Offer | undefined {
  const offers = OFFERS.get(hostId) ?? [];
  const name = modelName.toLowerCase();
  const exact = offers.find(({ model }) => model.toLowerCase() === name);
  if (exact) return exact;
  const wanted = modelProfile(name);
  return wanted && offers.find(({ model, ended }) => !ended && modelProfile(model) === wanted);
}

/**
 * What a model's tokens cost on a host; without a host, Moonshot's list price. Where no price for cached tokens
 * is published they count in full. Undefined when not known.
 */
export function pricesOf(modelName: string, hostId?: string): Prices | undefined {
  if (hostId === undefined) return modelProfile(modelName)?.prices;
  const { input = null, cachedInput = null, output = null } = offerOf(modelName, hostId) ?? {};
  if (input === null || output === null) return undefined;
  return { input, cachedInput: cachedInput ?? input, output };
}

const LOOPBACK = /^(127\.0\.0\.1|0\.0\.0\.0|\[::1\]|localhost)(?=:|$)/;
/** Scheme and host by hand: a URL class would be one more thing that a browser or Node has to bring along. */
const URL_HOST = /^https?:\/\/([^/?#@]+)/i;

function hostOf(url: string): string | undefined {
  const host = URL_HOST.exec(url.trim())?.[1]?.toLowerCase();
  return host?.replace(LOOPBACK, 'localhost').replace(/:443$/, '');
}
