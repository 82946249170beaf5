import { invalid } from './invalid.ts';

/** Where requests go. */
export interface Endpoint {
  readonly url: URL;
  /** Method, host and path for messages; never a key. */
  readonly where: string;
}

const PATHS = /\/(chat\/completions|completions|models|messages)\/*$/;

/**
 * The address of one of a host's paths. A base URL may end in a slash or, copied from a curl example, in a path
 * of the API; its query is kept. Throws `invalid-options` when it is not an http(s) URL.
 */
export function endpoint(baseUrl: string, method: 'GET' | 'POST', path: string): Endpoint {
  const remedy = 'Give the base URL as in https://api.moonshot.ai/v1.';
  if (!URL.canParse(baseUrl)) throw invalid('the base URL is not a URL', remedy);
  const url = new URL(baseUrl);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw invalid(`the base URL begins with ${url.protocol}, not http: or https:`, remedy);
  }
  if (url.username !== '' || url.password !== '') {
    throw invalid('the base URL holds a user name or password', 'Give the key as apiKey or in headers.');
  }
  url.pathname = `${url.pathname.replace(PATHS, '').replace(/\/+$/, '')}/${path}`;
  url.hash = '';
  return { url, where: `${method} ${url.host}${url.pathname}` };
}
