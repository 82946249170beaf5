import { lookup } from 'node:dns/promises';
import { once } from 'node:events';
import net from 'node:net';
import tls from 'node:tls';
import { type Finding, finder } from './finding.ts';
import { within } from './within.ts';

const STEP_MS = 5000;
const DAY_MS = 86_400_000;
/** Days before its end at which a certificate is spoken of. */
const SOON = 7;

/** The way to a host, step by step: its name, the connection, the certificate. Ends at the first that fails. */
export async function checkNetwork(name: string, url: URL): Promise<Finding[]> {
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const port = Number(url.port) || (url.protocol === 'https:' ? 443 : 80);
  const named = await checkName(name, host);
  if (named.status === 'fail') return [named];
  const connected = await checkConnection(name, host, port);
  if (connected.status === 'fail') return [named, connected];
  return url.protocol === 'https:'
    ? [named, connected, await checkCertificate(name, host, port)]
    : [named, connected];
}

async function checkName(name: string, host: string): Promise<Finding> {
  const find = finder('name', name);
  if (net.isIP(host) !== 0) return find.ok(`${host} is an address, nothing to look up`);
  const spelling = 'Check the spelling of the host, the network, and the DNS settings of this machine.';
  try {
    const found = await within(lookup(host, { all: true }), STEP_MS, () => undefined);
    if (!found) return find.fail(`${host} was not looked up within ${STEP_MS / 1000} s`, spelling);
    return find.ok(
      `${host} is ${found
        .slice(0, 3)
        .map(({ address }) => address)
        .join(', ')}`,
    );
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return find.fail(
      `${host} ${code === 'ENOTFOUND' ? 'is not known' : `cannot be looked up (${code})`}`,
      spelling,
    );
  }
}

async function checkConnection(name: string, host: string, port: number): Promise<Finding> {
  const find = finder('connection', name);
  const problem = await connectProblem(host, port);
  if (problem === undefined) return find.ok(`${host}:${port} takes connections`);
  return find.fail(
    `${host}:${port} ${problem}`,
    'Start the server or correct host and port; a firewall or a proxy that must be used may be in the way.',
  );
}

/** Why no connection comes about; undefined when one does. */
export async function connectProblem(host: string, port: number): Promise<string | undefined> {
  const socket = net.connect({ host, port });
  try {
    const late = await within(
      once(socket, 'connect').then(() => false),
      STEP_MS,
      () => true,
    );
    return late ? `does not answer within ${STEP_MS / 1000} s` : undefined;
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? (error as AggregateError).errors?.[0]?.code;
    return code === 'ECONNREFUSED'
      ? 'refuses connections: nothing listens there'
      : `cannot be reached (${code})`;
  } finally {
    socket.on('error', () => {}).destroy();
  }
}

async function checkCertificate(name: string, host: string, port: number): Promise<Finding> {
  const find = finder('certificate', name);
  // It is only looked at: nothing is sent over this connection.
  const socket = tls.connect({
    host,
    port,
    rejectUnauthorized: false,
    ...(net.isIP(host) === 0 && { servername: host }),
  });
  try {
    const late = await within(
      once(socket, 'secureConnect').then(() => false),
      STEP_MS,
      () => true,
    );
    if (late)
      return find.fail(
        `there is no TLS within ${STEP_MS / 1000} s`,
        'A proxy or firewall may be in the way.',
      );
    const { valid_from: from, valid_to: to, issuer } = socket.getPeerCertificate();
    const problem = certificateProblem(errorCode(socket.authorizationError), host, from, to);
    if (problem) return find.fail(...problem);
    const days = Math.floor((Date.parse(to) - Date.now()) / DAY_MS);
    if (days < SOON) return find.warn(`the certificate ends in ${days} days (${to})`, 'Have it renewed.');
    return find.ok(
      `trusted, from ${text(issuer?.O) || text(issuer?.CN) || 'an authority without a name'}, until ${to}`,
    );
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return find.fail(
      `${host}:${port} does not speak TLS (${code})`,
      'Write http:// if the server has no TLS, or correct the port.',
    );
  } finally {
    socket.on('error', () => {}).destroy();
  }
}

/** An error or, as Node has it, the bare code of one. */
function errorCode(error: unknown): string | undefined {
  if (!error) return undefined;
  return typeof error === 'string' ? error : ((error as NodeJS.ErrnoException).code ?? String(error));
}

function text(value: string | string[] | undefined): string {
  return Array.isArray(value) ? value.join(', ') : (value ?? '');
}

const AUTHORITY =
  'Name the file with the certificate of the authority in NODE_EXTRA_CA_CERTS, if you trust it. Companies that look into TLS have one.';

function certificateProblem(
  code: string | undefined,
  host: string,
  from: string,
  to: string,
): [found: string, advice: string] | undefined {
  const clock = 'If that is wrong, set the clock of this machine; else the host must renew it.';
  switch (code) {
    case undefined:
      return undefined;
    case 'CERT_HAS_EXPIRED':
      return [`the certificate ended on ${to}`, clock];
    case 'CERT_NOT_YET_VALID':
      return [`the certificate begins on ${from} only`, clock];
    case 'DEPTH_ZERO_SELF_SIGNED_CERT':
      return ['the certificate is signed by itself', AUTHORITY];
    case 'SELF_SIGNED_CERT_IN_CHAIN':
      return ['the chain ends in an authority of its own', AUTHORITY];
    case 'ERR_TLS_CERT_ALTNAME_INVALID':
      return [`the certificate is for other names than ${host}`, 'Correct the host in the address.'];
    default:
      return [`the certificate is not trusted (${code})`, AUTHORITY];
  }
}
