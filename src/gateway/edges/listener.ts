import { createServer, type ServerResponse } from 'node:http';
import { type AddressInfo, isIP, type Socket } from 'node:net';
import { PerigeeError } from '../../core/index.ts';
import type { Runtime } from '../runtime.ts';
import type { ClosableServer } from './close-gently.ts';
import { handleNode } from './node-edge.ts';

export interface ListenOptions {
  /** Default `127.0.0.1`: only this machine. */
  readonly host?: string;
  /** Default 8787; 0 for any that is free. */
  readonly port?: number;
  /**
   * Milliseconds that an idle connection stays open. Longer than clients and proxies keep theirs, so that they close
   * first: who closes last never closes under a request. Default 75_000; nginx keeps them 60 s, some clouds 600 s.
   */
  readonly keepAliveMs?: number;
}

/** Where a gateway listens. */
export interface Listening {
  /** Without a path: `http://127.0.0.1:8787`. */
  readonly url: string;
  readonly port: number;
}

const KEEP_ALIVE_MS = 75_000;
const HEADERS_MS = 30_000;
/** How often heads that do not come to an end are looked for. */
const SWEEP_MS = 5000;
const HEADER_BYTES = 64 * 1024;

const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|::1)$/i;

/** A server on a socket. Throws `invalid-options` where all the network could use it without a key. */
export async function listen(
  runtime: Runtime,
  { host: given = '127.0.0.1', port = 8787, keepAliveMs = KEEP_ALIVE_MS }: ListenOptions,
): Promise<ClosableServer & { readonly at: Listening; readonly isPublic: boolean }> {
  // As in a URL, which is how many write an address of IPv6.
  const host = given.replace(/^\[(.*)\]$/, '$1');
  const isPublic = !LOOPBACK.test(host);
  if (!runtime.isKeyed(runtime.snapshot) && isPublic) {
    throw new PerigeeError('invalid-options', `Without a key the gateway does not listen on ${host}.`, {
      remedy: 'Everybody who reaches it could spend your money: set a key (--key), or listen on 127.0.0.1.',
    });
  }
  const fresh = new Set<Socket>();
  let accepted = 0;
  const server = createServer(
    {
      noDelay: true,
      keepAlive: true,
      keepAliveTimeout: keepAliveMs,
      headersTimeout: HEADERS_MS,
      connectionsCheckingInterval: SWEEP_MS,
      // Bodies have their own limit, which answers in the client's protocol.
      requestTimeout: 0,
      maxHeaderSize: HEADER_BYTES,
    },
    (request, response) => {
      fresh.delete(request.socket);
      handleNode(runtime, request, response);
    },
  );
  // A body that is refused need not be sent: whoever asks before is told when it is to be read.
  server.on('checkContinue', (request, response) => {
    fresh.delete(request.socket);
    handleNode(runtime, request, response, { awaitsContinue: true });
  });
  server.on('connection', (socket) => {
    accepted++;
    fresh.add(socket);
    socket.once('close', () => fresh.delete(socket));
  });
  server.on('clientError', refuseBytes);
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => reject(cannotListen(cause, host, port)));
    server.listen(port, host, resolve);
  });
  const { port: bound } = server.address() as AddressInfo;
  const shownHost = isIP(host) === 6 ? `[${host}]` : host;
  return {
    server,
    fresh,
    accepted: () => accepted,
    isPublic,
    at: { url: `http://${shownHost}:${bound}`, port: bound },
  };
}

function cannotListen(cause: NodeJS.ErrnoException, host: string, port: number): PerigeeError {
  const problem =
    cause.code === 'EADDRINUSE' ? 'another program listens there' : (cause.code ?? cause.message);
  return new PerigeeError('invalid-options', `The gateway cannot listen on ${host}:${port}: ${problem}.`, {
    remedy: 'Choose another port (--port), or stop the other program.',
    cause,
  });
}

const BAD_HEADS: { readonly [code: string]: readonly [status: string, message: string] } = {
  HPE_HEADER_OVERFLOW: [
    '431 Request Header Fields Too Large',
    `The head has more than ${HEADER_BYTES} bytes.`,
  ],
  ERR_HTTP_REQUEST_TIMEOUT: ['408 Request Timeout', 'The head did not come in time.'],
};

/** What `node:http` is answering on a socket; it asks for this itself where nobody handles such bytes. */
type AnsweringSocket = Socket & { readonly _httpMessage?: ServerResponse | null };

/**
 * Answers bytes that are no HTTP; there is no request to answer in a protocol. Behind a whole request they must not be
 * taken for its answer, least of all in the middle of it.
 */
function refuseBytes(error: NodeJS.ErrnoException, socket: AnsweringSocket): void {
  const running = socket._httpMessage;
  const belongsToOther = running != null && (running.headersSent || running.req.complete);
  if (!socket.writable || error.code === 'ECONNRESET' || belongsToOther) {
    socket.destroy();
    return;
  }
  const [status, message] = BAD_HEADS[error.code ?? ''] ?? ['400 Bad Request', 'The bytes are not HTTP.'];
  const body = JSON.stringify({
    error: { message, type: 'invalid_request_error', param: null, code: 'invalid-request' },
  });
  socket.end(
    `HTTP/1.1 ${status}\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\nconnection: close\r\n\r\n${body}`,
  );
}
