import type { ErrorContext } from '../protocols/index.ts';
import type { HttpModelOptions } from './options.ts';
import { scrub, secretsOf } from './scrub.ts';

type Asked = Pick<HttpModelOptions, 'apiKey' | 'apiKeyName' | 'headers' | 'baseUrl' | 'secrets'> & {
  readonly model?: string;
};

/** What an error may say about the request that it answers; `where` is method, host and path. */
export function errorContext(where: string, options: Asked): ErrorContext {
  const { model = '', apiKey, apiKeyName, headers } = options;
  const secrets = secretsOf(options);
  return {
    where,
    model,
    hasApiKey: Boolean(apiKey?.trim()) || hasAuthorization(headers),
    scrub: (text) => scrub(text, secrets),
    ...(apiKeyName !== undefined && { apiKeyName }),
  };
}

function hasAuthorization(headers: HttpModelOptions['headers']): boolean {
  return Object.keys(headers ?? {}).some((name) => /^(authorization|api-key|x-api-key)$/i.test(name));
}
