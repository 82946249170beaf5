import { createServer, type ServerResponse } from 'node:http';
import { UsageError } from '../failure.ts';
import { listenError } from '../serve/listen-error.ts';

/** How a worker is. */
export interface WorkerHealth {
  /**
   * `away`: the database cannot be reached, and its runs wait. `stopping`: it takes no more runs and hands over those that it
   * has. `lost`: it was declared dead.
   */
  readonly state: 'working' | 'away' | 'stopping' | 'lost';
  readonly name: string;
  readonly running: number;
}

/** Where the probes of an orchestrator ask. */
export interface HealthPort {
  /** Absent: all addresses of the machine, since a probe comes from outside the container. */
  readonly host?: string;
  readonly port: number;
}

/** `8080`, `127.0.0.1:8080` or `[::1]:8080`. Throws `UsageError`. */
export function readHealthPort(text: string): HealthPort {
  const [, bracketed, host = bracketed, port = ''] =
    /^(?:(?:\[([^\]]+)\]|([^:[\]]+)):)?(\d{1,5})$/.exec(text.trim()) ?? [];
  const number = Number(port);
  if (port !== '' && number <= 65_535) return { port: number, ...(host !== undefined && { host }) };
  throw new UsageError(`--health-port ${text} is no port: give one as 8080 or 127.0.0.1:8080.`);
}

/**
 * Answers probes: `/healthz` 200 unless the worker was declared dead, `/readyz` 200 while it takes runs, else 503. What is
 * answered is how the worker is, and nothing of its runs.
 */
export async function startHealthServer(
  at: HealthPort,
  health: () => WorkerHealth,
): Promise<{ readonly port: number; close(): void }> {
  const server = createServer((request, response) => {
    const path = (request.url ?? '').replace(/\?.*$/, '');
    const now = health();
    if (path === '/healthz') answer(response, now.state === 'lost' ? 503 : 200, now);
    else if (path === '/readyz') answer(response, now.state === 'working' ? 200 : 503, now);
    else answer(response, 404, { error: 'There are /healthz and /readyz.' });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(inOurWords(error, at)));
    server.listen({ port: at.port, ...(at.host !== undefined && { host: at.host }) }, resolve);
  });
  const { port } = server.address() as { port: number };
  return {
    port,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

function answer(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' });
  response.end(`${JSON.stringify(body)}\n`);
}

function inOurWords(error: unknown, { host = 'all addresses', port }: HealthPort): unknown {
  const said = listenError(error, host, port);
  if (!(said instanceof UsageError)) return said;
  return new UsageError(`--health-port: ${said.message.replace('--port', '--health-port')}`);
}
