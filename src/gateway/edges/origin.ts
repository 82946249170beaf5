import { PerigeeError } from '../../core/index.ts';
import { type Headers, headerOf } from './arrival.ts';

const LOOPBACK = /^(?:localhost|[a-z0-9-]+\.localhost|127(?:\.\d{1,3}){3}|\[::1\])$/i;

/**
 * The headers by which a browser lets its page read the answer; none for requests that come from no page. With keys any
 * page may ask: a key is nothing that browsers send by themselves. Without keys every page on the web could spend the
 * user's money through the user's browser, so only pages of this machine and apps (`app://…`) may, others get
 * `gateway-forbidden`.
 */
export function pageHeaders(headers: Headers, keyed: boolean): readonly string[] {
  const origin = headerOf(headers, 'origin');
  if (origin === undefined) return checkSite(headers, keyed);
  if (keyed) return ['access-control-allow-origin', '*', 'access-control-expose-headers', '*'];
  if (!isNear(origin)) throw foreign();
  return [
    'access-control-allow-origin',
    origin.replaceAll(/[^\x21-\x7e]/g, ''),
    'vary',
    'origin',
    'access-control-expose-headers',
    '*',
  ];
}

/** Browsers leave `origin` out of plain requests, but not this. */
function checkSite(headers: Headers, keyed: boolean): readonly string[] {
  if (!keyed && headerOf(headers, 'sec-fetch-site') === 'cross-site') throw foreign();
  return [];
}

function isNear(origin: string): boolean {
  const [scheme, rest] = origin.split('://', 2);
  // What a sandboxed frame of any page sends.
  if (rest === undefined) return false;
  if (scheme !== 'http' && scheme !== 'https') return true;
  return LOOPBACK.test(rest.replace(/:\d+$/, ''));
}

function foreign(): PerigeeError {
  return new PerigeeError('gateway-forbidden', 'The request comes from a web page of another site.', {
    remedy: 'Give the gateway a key (--key): with keys it serves pages of any site.',
    status: 403,
  });
}
