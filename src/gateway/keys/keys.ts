import { hash, timingSafeEqual } from 'node:crypto';
import { type Accounts, PerigeeError } from '../../core/index.ts';
import { type Headers, headerOf } from '../edges/arrival.ts';
import type { GatewayKey } from '../options.ts';

const HASH = /^[0-9a-f]{64}$/;

interface StoredKey {
  readonly key: GatewayKey;
  readonly digest: Buffer;
  /** Absent: all models. */
  readonly models?: ReadonlySet<string>;
}

/** The keys that are served. */
export type KeyRing = readonly StoredKey[];

/** Checks and stores keys. Throws `invalid-options` for a hash that is none, and for an id that two keys have. */
export function keyRing(keys: readonly GatewayKey[] = []): KeyRing {
  const ids = new Set<string>();
  return keys.map((key) => {
    if (typeof key.hash !== 'string' || !HASH.test(key.hash)) {
      throw new PerigeeError(
        'invalid-options',
        `The hash of the key ${JSON.stringify(key.id)} is no SHA-256.`,
        {
          remedy: 'Give 64 lower-case hex digits: printf %s "$KEY" | sha256sum.',
        },
      );
    }
    if (ids.has(key.id)) {
      throw new PerigeeError('invalid-options', `Two keys have the id ${JSON.stringify(key.id)}.`, {
        remedy: 'Give each key an id of its own: what is kept for a key is kept by its id.',
      });
    }
    ids.add(key.id);
    const digest = Buffer.from(key.hash, 'hex');
    return { key, digest, ...(key.models && { models: new Set(key.models) }) };
  });
}

/** The key that a request carries: a bearer token, or Anthropic's or Azure's header. */
export function presentedKey(headers: Headers): string | undefined {
  const bearer = headerOf(headers, 'authorization');
  if (bearer !== undefined && /^bearer /i.test(bearer)) {
    const token = bearer.slice(7).trim();
    if (token !== '') return token;
  }
  return headerOf(headers, 'x-api-key') || headerOf(headers, 'api-key') || undefined;
}

/** A key that a request may use; `kept`: the accounts keep it, not the options. */
export interface FoundKey {
  readonly key: GatewayKey;
  readonly kept: boolean;
}

/**
 * The key that a request may use. Every one of the options is compared, each in constant time, so that the time says nothing of
 * how near a guess came; the accounts are asked for any other by its hash. `fresh`: nobody looks at it again. Throws or rejects
 * with `gateway-unauthorized`.
 */
export function authenticate(
  ring: KeyRing,
  accounts: Accounts,
  headers: Headers,
  fresh: boolean,
): FoundKey | Promise<FoundKey> {
  const presented = presentedKey(headers);
  if (presented === undefined) {
    throw new PerigeeError('gateway-unauthorized', 'The request carries no key.', {
      remedy: 'Send the gateway key as "Authorization: Bearer KEY" or "x-api-key: KEY".',
      status: 401,
    });
  }
  // Asked for as a buffer it takes twice as long.
  const digest = Buffer.from(hash('sha256', presented, 'binary'), 'latin1');
  let found: StoredKey | undefined;
  for (const stored of ring) if (timingSafeEqual(stored.digest, digest)) found = stored;
  if (found !== undefined) return { key: found.key, kept: false };
  const kept = accounts.find(digest.toString('hex'), fresh);
  return kept instanceof Promise ? kept.then((key) => known(key, ring)) : known(kept, ring);
}

/** Two keys of one id would share their conversations: that of the options counts. */
function known(key: GatewayKey | undefined, ring: KeyRing): FoundKey {
  if (key === undefined || ring.some(({ key: { id } }) => id === key.id)) throw unknownKey();
  return { key, kept: true };
}

/** The error for a key that nobody here knows, or knows no more. */
export function unknownKey(): PerigeeError {
  return new PerigeeError(
    'gateway-unauthorized',
    'The gateway does not know the key that the request carries.',
    {
      remedy: 'Send a key of the gateway; it is not the key of the host.',
      status: 401,
    },
  );
}
