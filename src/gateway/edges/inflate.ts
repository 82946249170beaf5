import zlib from 'node:zlib';
import { PerigeeError } from '../../core/index.ts';

type Inflater = (
  bytes: Uint8Array,
  options: { maxOutputLength: number },
  done: (error: Error | null, result: Buffer) => void,
) => void;

/** Absent before Node 22.15. */
const zstd = (zlib as unknown as { zstdDecompress?: Inflater }).zstdDecompress;

const INFLATERS: { readonly [encoding: string]: Inflater | undefined } = {
  gzip: zlib.gunzip,
  'x-gzip': zlib.gunzip,
  // Some send the bare stream under this name, others the one with a header.
  deflate: (bytes, options, done) =>
    ((bytes[0] ?? 0) & 0x0f) === 8
      ? zlib.inflate(bytes, options, done)
      : zlib.inflateRaw(bytes, options, done),
  br: zlib.brotliDecompress,
  ...(zstd && { zstd }),
};

/** Undoes a body's `content-encoding`; what comes out may have `most` bytes. Calls back once. */
export function inflate(
  bytes: Uint8Array,
  encoding: string | undefined,
  most: number,
  done: (body: Uint8Array | PerigeeError) => void,
): void {
  const name = encoding?.trim().toLowerCase() ?? '';
  if (name === '' || name === 'identity') {
    done(bytes);
    return;
  }
  const inflater = Object.hasOwn(INFLATERS, name) ? INFLATERS[name] : undefined;
  if (inflater === undefined) {
    done(unknownEncoding(name));
    return;
  }
  inflater(bytes, { maxOutputLength: most }, (error, result) => {
    if (error === null) done(result);
    else
      done((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE' ? tooLarge(most) : damaged(name));
  });
}

/** The error for a body that is larger than it may be. */
export function tooLarge(most: number): PerigeeError {
  return new PerigeeError('gateway-too-large', `The body has more than ${most} bytes.`, {
    remedy: 'Send less, media first, or raise the limit of the gateway.',
    status: 413,
  });
}

/** The error for a body that does not come. */
export function tooSlow(milliseconds: number): PerigeeError {
  return new PerigeeError('gateway-too-slow', `The body did not come within ${milliseconds} ms.`, {
    remedy: 'Send it again over a better connection, or raise the limit of the gateway.',
    retryable: true,
    status: 408,
  });
}

function unknownEncoding(name: string): PerigeeError {
  const known = Object.keys(INFLATERS).join(', ');
  const asked = JSON.stringify(name.slice(0, 40));
  return new PerigeeError('gateway-unsupported', `The body comes in the content-encoding ${asked}.`, {
    remedy: `Send it plain, or as one of ${known}.`,
    status: 415,
  });
}

function damaged(name: string): PerigeeError {
  return new PerigeeError('invalid-request', `The body is not what its content-encoding ${name} says.`, {
    remedy: 'Send it plain, or compress it as the header says.',
    status: 400,
  });
}
