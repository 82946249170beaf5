import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import Anthropic from '@anthropic-ai/sdk';
import { onTestFinished } from 'vitest';
import { type ModelRequest, PerigeeError, type StreamEvent, TurnAssembler } from '../../src/core/index.ts';
import { messagesFront } from '../../src/protocols/index.ts';

/** The events that answer a request; `count` numbers the answers from 0. An error breaks the answer off. */
export type Script = (request: ModelRequest, count: number) => readonly (StreamEvent | PerigeeError)[];

/** A client of a server that speaks through `messagesFront` alone, the requests that were taken, and why others not. */
export async function clientOf(script: Script) {
  const requests: ModelRequest[] = [];
  const refusals: PerigeeError[] = [];
  const server = http.createServer(async (incoming, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk);
    try {
      const json: unknown = JSON.parse(Buffer.concat(chunks).toString());
      const { request, model, stream, reply } = messagesFront.decodeRequest(json);
      const options = { id: `a${requests.length}`, model, created: 0, reply };
      requests.push(request);
      const events = script(request, requests.length - 1);
      if (stream) answerStream(response, events, options);
      else answerWhole(response, events, options);
    } catch (error) {
      if (!(error instanceof PerigeeError)) throw error;
      refusals.push(error);
      answerError(response, error);
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  const { port } = server.address() as AddressInfo;
  const client = new Anthropic({ apiKey: 'key', baseURL: `http://127.0.0.1:${port}`, maxRetries: 0 });
  return { client, requests, refusals };
}

type Options = Parameters<typeof messagesFront.createEncoder>[0];
type Answer = readonly (StreamEvent | PerigeeError)[];

function answerStream(response: http.ServerResponse, events: Answer, options: Options): void {
  const encoder = messagesFront.createEncoder(options);
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  response.write(encoder.begin() + encoder.ping);
  for (const event of events) {
    response.write(event instanceof PerigeeError ? encoder.fail(event) : encoder.push(event));
    if (event instanceof PerigeeError) break;
  }
  response.end();
}

function answerWhole(response: http.ServerResponse, events: Answer, options: Options): void {
  const assembler = new TurnAssembler();
  for (const event of events) {
    if (event instanceof PerigeeError) throw event;
    assembler.push(event);
  }
  response.writeHead(200, { 'content-type': 'application/json' });
  response.end(JSON.stringify(messagesFront.encodeResponse(assembler.turn(), options)));
}

function answerError(response: http.ServerResponse, error: PerigeeError): void {
  const { status, headers, body } = messagesFront.encodeError(error, 'req_1');
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
}
