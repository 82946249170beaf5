import { PerigeeError } from '../../core/index.ts';
import { parseUrl } from './parse-url.ts';
import { HttpRefusal } from './refusal.ts';

const MAX_URL = 4096;

/** Which hosts and ports may be reached. */
export interface Reach {
  readonly ports: readonly number[];
  /** `host:port`, in the spelling of the URL standard: for these neither address nor port is looked at. */
  readonly allowed: ReadonlySet<string>;
}

/** Reads what a developer allows. Throws a `PerigeeError` with code `invalid-options`. */
export function readReach(allow: readonly string[], ports: readonly number[]): Reach {
  for (const port of ports) {
    if (!Number.isInteger(port) || port < 1 || port > 65_535)
      throw invalid(`port ${port}`, 'Give 1 to 65535.');
  }
  return { ports, allowed: new Set(allow.map(readAllowed)) };
}

function readAllowed(entry: string): string {
  const port = /:(\d{1,5})$/.exec(entry)?.[1];
  const url = parseUrl(`http://${entry}`);
  if (port === undefined || !url || url.pathname !== '/' || url.username || url.search || url.hash) {
    throw invalid(
      `allow entry ${JSON.stringify(entry)}`,
      'Write host:port, as in "localhost:8080" or "[::1]:8080".',
    );
  }
  return `${url.hostname}:${Number(port)}`;
}

function invalid(what: string, remedy: string): PerigeeError {
  return new PerigeeError('invalid-options', `httpTool: the ${what} cannot be used.`, { remedy });
}

/** Reads an address that the model, or a server by a redirect, has given. Throws an `HttpRefusal`. */
export function readTarget(text: string, reach: Reach, base?: URL): URL {
  const quoted = JSON.stringify(text.length > 200 ? `${text.slice(0, 200)}…` : text);
  if (text.length > MAX_URL) throw new HttpRefusal(`The URL is longer than ${MAX_URL} characters.`);
  const url = parseUrl(text, base);
  if (!url) throw new HttpRefusal(`${quoted} is no URL. Give a whole one, as in "https://example.com/page".`);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw new HttpRefusal(
      `${quoted} was refused: only http and https are allowed, not ${url.protocol.slice(0, 40)}`,
    );
  }
  if (url.username !== '' || url.password !== '') {
    throw new HttpRefusal(`${quoted} was refused: a URL with a user name or password is not allowed.`);
  }
  const port = portOf(url);
  if (!reach.ports.includes(port) && !isAllowed(reach, url.hostname, port)) {
    throw new HttpRefusal(
      `${quoted} was refused: port ${port} is not allowed, only ${reach.ports.join(', ')}.`,
    );
  }
  return url;
}

export function isAllowed({ allowed }: Reach, hostname: string, port: number): boolean {
  const host = hostname.includes(':') && !hostname.startsWith('[') ? `[${hostname}]` : hostname;
  return allowed.has(`${host}:${port}`);
}

/** The port of a URL, the usual one where it names none. */
export function portOf({ port, protocol }: { readonly port: string; readonly protocol: string }): number {
  return port === '' ? (protocol === 'https:' ? 443 : 80) : Number(port);
}
