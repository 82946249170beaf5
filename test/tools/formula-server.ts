import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

export interface FormulaServer {
  readonly baseUrl: string;
  /** Requests that came: method, path, key and body. */
  readonly seen: readonly {
    readonly line: string;
    readonly key: string | undefined;
    readonly body: string;
  }[];
}

export const KEY = 'sk-of-the-tests';

/** What each formula offers, in Moonshot's shapes. */
const TOOLS: Readonly<Record<string, unknown>> = {
  'moonshot/date:latest': {
    tools: [declared('date', { operation: { type: 'string', enum: ['now', 'add'] } }, ['operation'])],
  },
  'moonshot/base64:latest': [declared('encode'), declared('decode')],
  'moonshot/convert:v2': { tools: [declared('date')] },
  'moonshot/empty:latest': { tools: [] },
};

function declared(name: string, properties = {}, required: readonly string[] = []) {
  return {
    type: 'function',
    function: { name, description: `does ${name}`, parameters: { type: 'object', properties, required } },
  };
}

/** A host with formulas, after what is known of Moonshot's; `fiber` is what each call gives back. */
export async function formulaServer(
  fiber: (call: { name: string; arguments: string }, response: ServerResponse) => unknown,
): Promise<FormulaServer> {
  const seen: { line: string; key: string | undefined; body: string }[] = [];
  const serve = async (request: IncomingMessage, response: ServerResponse) => {
    let body = '';
    for await (const chunk of request.setEncoding('utf8')) body += chunk;
    seen.push({ line: `${request.method} ${request.url}`, key: request.headers.authorization, body });
    const json = (status: number, value: unknown) =>
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
    if (request.headers.authorization !== `Bearer ${KEY}`) {
      const message = `Invalid Authentication: ${request.headers.authorization}`;
      return json(401, { error: { message, type: 'invalid_authentication_error' } });
    }
    const [, uri = '', what] = /^\/v1\/formulas\/(.+)\/(tools|fibers)$/.exec(request.url!) ?? [];
    const tools = TOOLS[uri];
    if (tools === undefined)
      return json(404, { error: { message: 'no such formula', type: 'resource_not_found_error' } });
    if (what === 'tools') return json(200, tools);
    const answer = fiber(JSON.parse(body) as { name: string; arguments: string }, response);
    if (answer !== undefined) json(200, answer);
  };
  const server = createServer((request, response) => void serve(request, response));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return { baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`, seen };
}
