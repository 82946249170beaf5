import type { IncomingHttpHeaders } from 'undici/types/header.js';
import type { PerigeeError } from '../core/index.ts';
import { decodeChatError } from '../protocols/index.ts';
import type { Response } from './decompress.ts';
import { errorContext } from './error-context.ts';
import type { HttpModelOptions } from './options.ts';
import { readText } from './read-text.ts';

/** Bytes of an error response that are read. */
const LONGEST_ERROR = 64 * 1024;

type RequestedFrom = Pick<HttpModelOptions, 'apiKey' | 'apiKeyName' | 'headers' | 'baseUrl' | 'secrets'> & {
  readonly model?: string;
};

/** Reads a response with another status than 2xx; the function says what it means, given the host's models. */
export async function refusedResponse(
  response: Response,
  where: string,
  options: RequestedFrom,
): Promise<(knownModels?: readonly string[]) => PerigeeError> {
  const body = await readText(response, LONGEST_ERROR);
  return (knownModels) => {
    const context = { ...errorContext(where, options), ...(knownModels && { knownModels }) };
    const { statusCode: status } = response;
    return decodeChatError({ status, body, header: headerOf(response.headers) }, context);
  };
}

function headerOf(headers: IncomingHttpHeaders): (name: string) => string | undefined {
  return (name) => {
    const value = headers[name];
    return Array.isArray(value) ? value[0] : value;
  };
}
