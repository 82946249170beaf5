import { type ErrorCode, PerigeeError } from '../core/index.ts';

interface Meaning {
  readonly code: ErrorCode;
  readonly what: string;
  readonly remedy: string;
  readonly retryable: boolean;
}

const DNS = {
  code: 'dns',
  remedy: 'Check the spelling of the host in the base URL, and the network.',
} as const;
const REFUSED = {
  code: 'connection-refused',
  remedy: 'Start the server, or correct host and port in the base URL.',
  retryable: true,
} as const;
const LOST = {
  code: 'connection-lost',
  remedy: 'Send the request again; if it stays, look at the host and at proxies on the way.',
  retryable: true,
} as const;
const SILENT = {
  code: 'silence',
  remedy: 'Raise silenceMs if this host may be silent for longer; streaming hosts send keep-alives.',
  retryable: true,
} as const;

const GARBLED = {
  ...LOST,
  what: 'what the host sent cannot be decompressed',
  remedy: 'Switch compression off on the host or the proxy before it.',
  retryable: false,
};

const TOO_MANY_OPEN = {
  ...REFUSED,
  what: 'this process may not open more connections',
  remedy: 'Raise its limit of open files (ulimit -n, LimitNOFILE): each request that is answered takes two.',
};

/** Codes of Node, OpenSSL, zlib and undici. */
const MEANINGS: Readonly<Record<string, Meaning>> = {
  ENOTFOUND: { ...DNS, what: 'the host name is unknown', retryable: false },
  EAI_AGAIN: { ...DNS, what: 'the host name could not be looked up', retryable: true },
  EAI_FAIL: { ...DNS, what: 'the host name could not be looked up', retryable: false },
  ECONNREFUSED: { ...REFUSED, what: 'nothing listens there' },
  EHOSTUNREACH: { ...REFUSED, what: 'the host cannot be reached' },
  ENETUNREACH: { ...REFUSED, what: 'the network cannot be reached' },
  EADDRNOTAVAIL: { ...REFUSED, what: 'the address cannot be reached' },
  ETIMEDOUT: { ...REFUSED, what: 'the host did not take the connection in time' },
  UND_ERR_CONNECT_TIMEOUT: { ...REFUSED, what: 'the host did not take the connection in time' },
  ECONNRESET: { ...LOST, what: 'the host closed the connection without an answer' },
  EPIPE: { ...LOST, what: 'the host closed the connection without an answer' },
  UND_ERR_SOCKET: { ...LOST, what: 'the host closed the connection without an answer' },
  UND_ERR_HEADERS_TIMEOUT: { ...SILENT, what: 'the host sent nothing for too long' },
  UND_ERR_BODY_TIMEOUT: { ...SILENT, what: 'the host sent nothing for too long' },
  UND_ERR_HEADERS_OVERFLOW: {
    ...LOST,
    what: 'the head of its answer is longer than 16 kB',
    retryable: false,
  },
  EMFILE: TOO_MANY_OPEN,
  ENFILE: TOO_MANY_OPEN,
  Z_DATA_ERROR: GARBLED,
  Z_BUF_ERROR: GARBLED,
};

const TLS_CODE = /^(ERR_TLS|ERR_SSL|EPROTO|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_|HOSTNAME_MISMATCH)/;

/** What a failed exchange means, as the one error to throw. */
export function connectionError(cause: unknown, where: string): PerigeeError {
  const code = codeOf(cause);
  const known = code !== undefined && Object.hasOwn(MEANINGS, code) ? MEANINGS[code] : undefined;
  const meaning = known ?? otherMeaning(code ?? '', cause);
  const { what, remedy, retryable } = meaning;
  return new PerigeeError(meaning.code, `${where}: ${what}${code === undefined ? '' : ` (${code})`}.`, {
    remedy,
    retryable,
    cause,
  });
}

function otherMeaning(code: string, cause: unknown): Meaning {
  if (TLS_CODE.test(code)) return tlsMeaning(code, cause);
  if (code.startsWith('HPE_') || (cause instanceof Error && cause.name === 'HTTPParserError')) {
    const remedy = 'Check the port, and whether the base URL should begin with https:// or http://.';
    return { ...LOST, what: 'the host does not answer in HTTP', remedy, retryable: false };
  }
  const refused = /^Proxy response \((\d+)\)/.exec(textOf(cause))?.[1];
  if (refused !== undefined) {
    const remedy = 'Check the proxy, and the user and password that the environment gives for it.';
    const what = `the proxy on the way refused with ${refused}`;
    return { code: 'connection-refused', what, remedy, retryable: refused !== '407' && refused !== '403' };
  }
  return { ...LOST, what: 'the connection failed' };
}

function tlsMeaning(code: string, cause: unknown): Meaning {
  const plain = code === 'EPROTO' || /WRONG_VERSION|PACKET_LENGTH|HTTP_REQUEST/.test(code + textOf(cause));
  if (plain) {
    const remedy = 'Write http:// in the base URL if the server has no TLS.';
    return { code: 'tls', what: 'the host does not speak TLS on this port', remedy, retryable: false };
  }
  const remedy =
    'Correct the host in the base URL, or name the file of a certificate authority you trust in NODE_EXTRA_CA_CERTS.';
  return { code: 'tls', what: "the host's certificate is not trusted", remedy, retryable: false };
}

/** The first code among an error, its causes and, where several addresses were tried, their errors. */
function codeOf(error: unknown, depth = 0): string | undefined {
  if (typeof error !== 'object' || error === null || depth > 4) return undefined;
  if ('code' in error && typeof error.code === 'string') return error.code;
  const inner: unknown[] = 'errors' in error && Array.isArray(error.errors) ? error.errors : [];
  if ('cause' in error) inner.push(error.cause);
  for (const each of inner) {
    const code = codeOf(each, depth + 1);
    if (code !== undefined) return code;
  }
  return undefined;
}

function textOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : '';
}
