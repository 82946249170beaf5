import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

interface Said {
  readonly role: string;
  readonly reasoning_content?: string;
  readonly tool_calls?: readonly unknown[];
}

/** A host whose model calls the same tool over and over, as Kimi does: it thinks first, and its markers are in the text. */
export interface CallingHost {
  /** Ends in `/v1`. */
  readonly url: string;
  readonly requests: number;
  /** Turns with a call that came back without what the model had thought. */
  readonly forgotten: number;
}

/** `calls`: how many it makes before it answers. */
export async function callingHost(calls: number): Promise<CallingHost> {
  let [requests, forgotten] = [0, 0];
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => void parts.push(part));
    request.on('end', () => {
      const { messages } = JSON.parse(Buffer.concat(parts).toString()) as { messages: Said[] };
      requests++;
      const turns = messages.filter(({ role, tool_calls }) => role === 'assistant' && tool_calls);
      forgotten += turns.filter((turn, at) => turn.reasoning_content !== thoughtOf(at)).length;
      answer(response, messages.filter(({ role }) => role === 'tool').length, calls);
    });
  });
  server.keepAliveTimeout = 60_000;
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    get requests() {
      return requests;
    },
    get forgotten() {
      return forgotten;
    },
  };
}

function thoughtOf(turn: number): string {
  return `Now number ${turn}.`;
}

function answer(response: ServerResponse, done: number, calls: number): void {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  const usage = { prompt_tokens: 100 + 20 * done, completion_tokens: 20, total_tokens: 120 + 20 * done };
  const call =
    '<|tool_calls_section_begin|><|tool_call_begin|>functions.effect:' +
    `${done}<|tool_call_argument_begin|>{"number":${done}}<|tool_call_end|><|tool_calls_section_end|>`;
  const texts = done < calls ? [call.slice(0, 31), call.slice(31, 70), call.slice(70)] : ['All is ', 'done.'];
  response.write(chunk({ role: 'assistant', reasoning_content: thoughtOf(done) }));
  for (const content of texts) response.write(chunk({ content }));
  response.end(`${chunk({}, 'stop', usage)}data: [DONE]\n\n`);
}

function chunk(delta: object, finish: string | null = null, usage?: object): string {
  const choices = [{ index: 0, delta, finish_reason: finish }];
  const body = { id: 'c', object: 'chat.completion.chunk', created: 1, model: 'm', choices };
  return `data: ${JSON.stringify({ ...body, ...(usage && { usage }) })}\n\n`;
}
