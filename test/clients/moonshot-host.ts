import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import { complaintOf, isThinking } from './moonshot-rules.ts';
import type { HostRequest } from './raw-host.ts';

export interface MoonshotHost {
  readonly baseUrl: string;
  readonly seen: HostRequest[];
  /** What was answered with 400, in order. */
  readonly refused: string[];
}

/** What the model calls and says; the calls of one turn, by tool and arguments. */
export interface MoonshotScript {
  /** The calls for a request, until the conversation holds results; none: it answers in text. */
  readonly calls?: (body: HostRequest) => readonly (readonly [name: string, input: unknown])[];
  readonly answer?: string;
}

export const THOUGHT = 'I think, therefore I look it up.';
export const MOONSHOT_KEY = 'sk-of-moonshot';

/**
 * Moonshot's chat endpoint with all its rules, on a free port: whatever it is known to refuse it refuses, in its words.
 * What it takes it answers: first with calls, then, once the conversation ends with results, in text.
 */
export async function moonshotHost(script: MoonshotScript = {}): Promise<MoonshotHost> {
  const seen: HostRequest[] = [];
  const refused: string[] = [];
  const server = http.createServer(async (request, response) => {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    if (request.headers.authorization !== `Bearer ${MOONSHOT_KEY}`) {
      fail(response, 401, 'invalid_authentication_error', 'Invalid Authentication');
      return;
    }
    const body = JSON.parse(Buffer.concat(parts).toString()) as HostRequest;
    seen.push(body);
    const complaint = complaintOf(body);
    if (complaint !== undefined) {
      refused.push(complaint);
      fail(response, 400, 'invalid_request_error', complaint);
      return;
    }
    response.writeHead(200, { 'content-type': 'text/event-stream' }).end(answerOf(body, script));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return { baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`, seen, refused };
}

function fail(response: http.ServerResponse, status: number, type: string, message: string): void {
  response
    .writeHead(status, { 'content-type': 'application/json' })
    .end(JSON.stringify({ error: { message, type } }));
}

function answerOf(body: HostRequest, { calls = () => [], answer = 'Done.' }: MoonshotScript): string {
  const wanted = body.messages.at(-1)?.role === 'tool' || body.tool_choice === 'none' ? [] : calls(body);
  const count = body.messages.reduce((sum, { tool_calls: made = [] }) => sum + made.length, 0);
  const deltas: object[] = [];
  if (isThinking(body)) for (const word of THOUGHT.split(/(?= )/)) deltas.push({ reasoning_content: word });
  if (wanted.length === 0) deltas.push({ content: answer });
  wanted.forEach(([name, input], index) => {
    const id = `${name}:${count + index}`;
    deltas.push({ tool_calls: [{ index, id, type: 'function', function: { name, arguments: '' } }] });
    for (const piece of JSON.stringify(input).match(/.{1,7}/gs) ?? [])
      deltas.push({ tool_calls: [{ index, function: { arguments: piece } }] });
  });
  const usage = { prompt_tokens: 100, completion_tokens: 20, total_tokens: 120, cached_tokens: 60 };
  const chunk = (delta: object, finish: string | null, more = {}) =>
    `data: ${JSON.stringify({ id: 'chatcmpl-1', object: 'chat.completion.chunk', created: 1, model: body['model'], choices: [{ index: 0, delta, finish_reason: finish, ...more }] })}\n\n`;
  return [
    chunk({ role: 'assistant', content: '' }, null),
    ...deltas.map((delta) => chunk(delta, null)),
    chunk({}, wanted.length > 0 ? 'tool_calls' : 'stop', { usage }),
    'data: [DONE]\n\n',
  ].join('');
}
