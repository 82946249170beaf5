import { pipeline, type Readable, type Transform } from 'node:stream';
import { createBrotliDecompress, createUnzip } from 'node:zlib';

/** A body as far as it was read. */
export interface Body {
  readonly bytes: Buffer;
  /** Whether it goes on behind `bytes`. */
  readonly more: boolean;
}

/** Reads a body, decompressed, up to `limit` bytes of what comes out; the rest is neither unpacked nor kept. */
export async function readBody(body: Readable, encoding: string, limit: number): Promise<Body> {
  const decoder = decoderOf(encoding.trim().toLowerCase());
  // Errors, and the closing of the reader, are passed on in both directions.
  const source: Readable = decoder ? pipeline(body, decoder, () => {}) : body;
  const parts: Buffer[] = [];
  let length = 0;
  for await (const part of source) {
    parts.push(part as Buffer);
    length += (part as Buffer).length;
    if (length > limit) break;
  }
  return { bytes: Buffer.concat(parts).subarray(0, limit), more: length > limit };
}

function decoderOf(encoding: string): Transform | undefined {
  switch (encoding) {
    case '':
    case 'identity':
      return undefined;
    case 'gzip':
    case 'x-gzip':
    case 'deflate':
      return createUnzip();
    case 'br':
      return createBrotliDecompress();
    default:
      throw new Error(
        `The answer has the content-encoding ${JSON.stringify(encoding.slice(0, 60))}, which is not read.`,
      );
  }
}
