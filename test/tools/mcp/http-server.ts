import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SSEServerTransport } from '@modelcontextprotocol/sdk/server/sse.js';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import { onTestFinished } from 'vitest';
import { mcpServer } from './tools.mjs';

export interface HttpServer {
  readonly url: string;
  /** Method and path of the requests that came, in order, with the key of each. */
  readonly seen: readonly string[];
  /** As after a restart of the server. */
  forgetSessions(): void;
  /** Breaks all connections at once. */
  breakConnections(): void;
}

type Answer = (request: IncomingMessage, response: ServerResponse, next: RequestListener) => void;

/** An MCP server of the SDK over streamable HTTP on loopback; `first` may answer instead of it. */
export async function httpServer(
  first: Answer = (request, response, next) => next(request, response),
): Promise<HttpServer> {
  const sessions = new Map<string, StreamableHTTPServerTransport>();
  const serve: RequestListener = async (request, response) => {
    const id = request.headers['mcp-session-id'];
    let transport = sessions.get(String(id));
    if (id !== undefined && !transport) {
      response.writeHead(404).end('no such session');
      return;
    }
    if (!transport) {
      transport = new StreamableHTTPServerTransport({
        sessionIdGenerator: randomUUID,
        onsessioninitialized: (session) => void sessions.set(session, transport!),
      });
      await mcpServer().connect(transport);
    }
    await transport.handleRequest(request, response);
  };
  return listening(
    (request, response) => first(request, response, serve),
    () => sessions.clear(),
  );
}

/** A server that only knows the older HTTP+SSE. */
export function sseServer(): Promise<HttpServer> {
  const sessions = new Map<string, SSEServerTransport>();
  return listening(async (request, response) => {
    const { pathname, searchParams } = new URL(request.url!, 'http://localhost');
    if (request.method === 'GET') {
      const transport = new SSEServerTransport('/messages', response);
      sessions.set(transport.sessionId, transport);
      await mcpServer().connect(transport);
    } else if (pathname === '/messages') {
      await sessions.get(searchParams.get('sessionId')!)!.handlePostMessage(request, response);
    } else response.writeHead(405).end();
  });
}

async function listening(listener: RequestListener, forgetSessions = () => {}): Promise<HttpServer> {
  const seen: string[] = [];
  const server = createServer((request, response) => {
    seen.push(`${request.method} ${request.url} ${request.headers.authorization ?? ''}`.trim());
    listener(request, response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`,
    seen,
    forgetSessions,
    breakConnections: () => server.closeAllConnections(),
  };
}
