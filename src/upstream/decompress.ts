import { pipeline, type Readable, type Transform } from 'node:stream';
import { constants, createBrotliDecompress, createUnzip } from 'node:zlib';
import type { Dispatcher } from 'undici';
import { PerigeeError } from '../core/index.ts';

/** A response whose body is as the host wrote it, whatever was done to it on the way. */
export interface Response extends Pick<Dispatcher.ResponseData, 'statusCode' | 'headers'> {
  readonly body: Readable;
}

/** Takes a compression off that a proxy or host put on although none was asked for. Throws `not-json` if it cannot. */
export function decompressed({ statusCode, headers, body }: Response, where: string): Response {
  const encodings = String(headers['content-encoding'] ?? '')
    .toLowerCase()
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '' && name !== 'identity');
  const decoders: Transform[] = [];
  for (const encoding of encodings.reverse()) {
    const decoder = decoderOf(encoding);
    if (!decoder) {
      body.on('error', () => {}).destroy();
      throw unreadable(encoding, where);
    }
    decoders.push(decoder);
  }
  let decoded: Readable = body;
  for (const decoder of decoders) {
    // Passes errors on, and closes the source with its reader.
    decoded = pipeline(decoded, decoder, () => {});
  }
  return { statusCode, headers, body: decoded };
}

/** What came so far is given out at once, and an end that is missing is left to the reader of the answer. */
function decoderOf(encoding: string): Transform | undefined {
  switch (encoding) {
    case 'gzip':
    case 'x-gzip':
    case 'deflate':
      return createUnzip({ flush: constants.Z_SYNC_FLUSH, finishFlush: constants.Z_SYNC_FLUSH });
    case 'br':
      return createBrotliDecompress({
        flush: constants.BROTLI_OPERATION_FLUSH,
        finishFlush: constants.BROTLI_OPERATION_FLUSH,
      });
    default:
      return undefined;
  }
}

function unreadable(encoding: string, where: string): PerigeeError {
  return new PerigeeError(
    'not-json',
    `${where}: the answer has the content-encoding ${encoding.slice(0, 40)}.`,
    {
      remedy: 'Switch compression off on the host or the proxy before it: identity was asked for.',
    },
  );
}
