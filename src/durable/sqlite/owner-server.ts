import { randomBytes } from 'node:crypto';
import { createServer, type Server, type Socket } from 'node:net';
import { isJsonObject, PerigeeError } from '../../core/index.ts';
import { type DeskRequest, readRequest } from './desk.ts';
import { socketPaths } from './socket-path.ts';

/** Characters that one question may have: a message with pictures. */
const LONGEST_QUESTION = 64_000_000;
/** Milliseconds in which a question must have been asked. */
const PATIENCE_MS = 10_000;

/** Gives the answer as JSON text. */
export type Answer = (request: DeskRequest) => string | Promise<string>;

/**
 * Answers other processes about an open session: one question a connection, a line of JSON with the token, and a line
 * back. It does not keep the process alive, unless `hold` says so.
 */
export class OwnerServer {
  readonly path: string;
  readonly #server: Server;
  readonly #sockets: ReadonlySet<Socket>;

  private constructor(path: string, server: Server, sockets: ReadonlySet<Socket>) {
    this.path = path;
    this.#server = server;
    this.#sockets = sockets;
  }

  /** Listens at the first address that can be had; undefined where there is none (a file system without sockets). */
  static async start(dataDir: string, token: string, answer: Answer): Promise<OwnerServer | undefined> {
    for (const path of socketPaths(dataDir, randomBytes(8).toString('hex'))) {
      const sockets = new Set<Socket>();
      const server = createServer((socket) => {
        sockets.add(socket);
        socket.on('close', () => sockets.delete(socket));
        socket.unref();
        serve(socket, token, answer);
      });
      if (await listens(server, path)) {
        server.unref();
        return new OwnerServer(path, server, sockets);
      }
    }
    return undefined;
  }

  /** Whether the process stays alive for what may come in. */
  hold(stays: boolean): void {
    if (stays) this.#server.ref();
    else this.#server.unref();
  }

  close(): void {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
  }
}

function listens(server: Server, path: string): Promise<boolean> {
  return new Promise((resolve) => {
    server.once('error', () => resolve(false));
    server.listen(path, () => {
      server.removeAllListeners('error');
      // A connection that cannot be accepted (too many open files) is the other side's loss, not ours.
      server.on('error', () => {});
      resolve(true);
    });
  });
}

function serve(socket: Socket, token: string, answer: Answer): void {
  let question = '';
  let isAsked = false;
  socket.setEncoding('utf8');
  socket.setTimeout(PATIENCE_MS, () => {
    if (!isAsked) socket.destroy();
  });
  socket.on('error', () => {});
  socket.on('data', (chunk: string) => {
    if (isAsked) return;
    question += chunk;
    const end = chunk.includes('\n') ? question.indexOf('\n') : -1;
    if (question.length > LONGEST_QUESTION) socket.destroy();
    if (end < 0) return;
    isAsked = true;
    void reply(question.slice(0, end), token, answer).then((text) => {
      if (text === undefined) socket.destroy();
      else socket.end(`${text}\n`);
    });
  });
}

/** Undefined for whoever does not know the token. */
async function reply(question: string, token: string, answer: Answer): Promise<string | undefined> {
  try {
    const json: unknown = JSON.parse(question);
    if (!isJsonObject(json) || json['token'] !== token) return undefined;
    return `{"ok":${await answer(readRequest(json))}}`;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    const { code, message, remedy } =
      error instanceof PerigeeError
        ? error
        : { code: 'session-invalid', message: String(error), remedy: undefined };
    return JSON.stringify({ error: { code, message, remedy } });
  }
}
