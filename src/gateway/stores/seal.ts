import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  hkdfSync,
  randomBytes,
  timingSafeEqual,
} from 'node:crypto';
import type { Unsealed } from '../../protocols/index.ts';

/** Makes and opens what clients echo, for one tenant. */
export interface Seal {
  /**
   * `whole`: the reasoning itself is in it, encrypted. Otherwise it proves that the text beside it is unchanged and holds
   * the host's signature, encrypted.
   */
  seal(reasoning: string, signature: string | undefined, whole: boolean): string;
  /** Undefined: not sealed here for this tenant, or altered, or the text beside it was. */
  unseal(sealed: string, reasoning: string): Unsealed | undefined;
}

const WHOLE = 'pgw1.';
const BESIDE = 'pgs1.';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const MAC_BYTES = 32;

/**
 * A seal from a secret that all replicas share. The keys are derived for each tenant (HKDF-SHA-256), so what one tenant
 * was given means nothing in another's hands. Encryption is AES-256-GCM, proof is HMAC-SHA-256.
 */
export function createSeal(secret: string, tenant: string): Seal {
  const keyFor = (use: string) =>
    Buffer.from(hkdfSync('sha256', secret, 'perigee seal 1', `${use}\0${tenant}`, 32));
  const encryptionKey = keyFor('encrypt');
  const proofKey = keyFor('prove');
  const prove = (reasoning: string, box: Buffer) =>
    createHmac('sha256', proofKey).update(box).update('\0').update(reasoning).digest();
  return {
    seal(reasoning, signature, whole) {
      if (whole) return WHOLE + encrypt(encryptionKey, WHOLE, [reasoning, signature]).toString('base64url');
      const box = signature === undefined ? Buffer.alloc(0) : encrypt(encryptionKey, BESIDE, signature);
      return BESIDE + Buffer.concat([prove(reasoning, box), box]).toString('base64url');
    },
    unseal(sealed, reasoning) {
      if (sealed.startsWith(WHOLE)) return openWhole(encryptionKey, bytesOf(sealed, WHOLE));
      if (!sealed.startsWith(BESIDE)) return undefined;
      const bytes = bytesOf(sealed, BESIDE);
      if (bytes === undefined || bytes.length < MAC_BYTES) return undefined;
      const box = bytes.subarray(MAC_BYTES);
      if (!timingSafeEqual(bytes.subarray(0, MAC_BYTES), prove(reasoning, box))) return undefined;
      if (box.length === 0) return { reasoning };
      const signature = decrypt(encryptionKey, BESIDE, box);
      return typeof signature === 'string' ? { reasoning, signature } : undefined;
    },
  };
}

function openWhole(key: Buffer, bytes: Buffer | undefined): Unsealed | undefined {
  const value = bytes && decrypt(key, WHOLE, bytes);
  if (!Array.isArray(value)) return undefined;
  const [reasoning, signature]: unknown[] = value;
  if (typeof reasoning !== 'string') return undefined;
  return typeof signature === 'string' ? { reasoning, signature } : { reasoning };
}

/** The bytes behind a prefix. Node reads any text as base64; only what it would write itself is one of ours. */
function bytesOf(sealed: string, prefix: string): Buffer | undefined {
  const text = sealed.slice(prefix.length);
  const bytes = Buffer.from(text, 'base64url');
  return bytes.toString('base64url') === text ? bytes : undefined;
}

/** A JSON value, encrypted for a purpose. */
export function encrypt(key: Buffer, kind: string, value: unknown): Buffer {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(kind));
  const text = cipher.update(JSON.stringify(value), 'utf8');
  return Buffer.concat([nonce, text, cipher.final(), cipher.getAuthTag()]);
}

/** The value again; undefined: not encrypted with this key for this purpose, or altered. */
export function decrypt(key: Buffer, kind: string, bytes: Buffer): unknown {
  if (bytes.length < NONCE_BYTES + TAG_BYTES) return undefined;
  const end = bytes.length - TAG_BYTES;
  const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, NONCE_BYTES), {
    authTagLength: TAG_BYTES,
  });
  decipher.setAAD(Buffer.from(kind)).setAuthTag(bytes.subarray(end));
  try {
    const text = decipher.update(bytes.subarray(NONCE_BYTES, end));
    return JSON.parse(Buffer.concat([text, decipher.final()]).toString('utf8'));
  } catch {
    return undefined;
  }
}
