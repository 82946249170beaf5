import { createHmac, hkdfSync } from 'node:crypto';
import { decrypt, encrypt } from './seal.ts';

/** Tenants whose keys are kept at hand. */
const MOST_KEYS = 1000;

/**
 * Makes what leaves the process unreadable for whoever keeps it: names are hashes that nobody can guess, values are encrypted
 * (AES-256-GCM) for one tenant, name and kind, so that none can be put in another's place. All of it is derived from one secret.
 */
export class Box {
  readonly #secret: string;
  readonly #nameKey: Buffer;
  readonly #keys = new Map<string, Buffer>();

  constructor(secret: string) {
    this.#secret = secret;
    this.#nameKey = this.#derive('name');
  }

  /** A secret for another purpose. */
  secretFor(purpose: string): string {
    return this.#derive(`for ${purpose}`).toString('base64url');
  }

  /** The name of what a tenant calls `id`. */
  nameOf(tenant: string, id: string): string {
    return this.digest(`${tenant.length}:${tenant}${id}`);
  }

  /** The same for the same text, and nobody can tell from it which. */
  digest(text: string): string {
    return createHmac('sha256', this.#nameKey).update(text).digest('base64url');
  }

  close(tenant: string, name: string, kind: string, value: unknown): Buffer {
    return encrypt(this.#keyOf(tenant), `${kind} ${name}`, value);
  }

  /** Undefined: it was made with another secret, for something else, or was altered. */
  open(tenant: string, name: string, kind: string, bytes: Uint8Array): unknown {
    const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    return decrypt(this.#keyOf(tenant), `${kind} ${name}`, buffer);
  }

  #keyOf(tenant: string): Buffer {
    let key = this.#keys.get(tenant);
    if (key === undefined) {
      key = this.#derive(`value\0${tenant}`);
      if (this.#keys.size >= MOST_KEYS) this.#keys.clear();
      this.#keys.set(tenant, key);
    }
    return key;
  }

  #derive(purpose: string): Buffer {
    return Buffer.from(hkdfSync('sha256', this.#secret, 'perigee state 1', purpose, 32));
  }
}
