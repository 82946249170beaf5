import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

/** A host that takes its time, and counts how often it was asked what. */
export interface SlowHost {
  /** Ends in `/v1`. */
  readonly url: string;
  /** How often it was asked each question. */
  readonly asked: ReadonlyMap<string, number>;
}

/** Words of an answer. */
export const WORDS = 12;

/** The whole answer to a question: a client that got another one, or a part, got it wrong. */
export function answerTo(question: string): string {
  return Array.from({ length: WORDS }, (_, i) => `${question}/${i} `).join('');
}

/** Answers with a word every `wordMs` milliseconds, as a stream. */
export async function slowHost(wordMs: number): Promise<SlowHost> {
  const asked = new Map<string, number>();
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => void parts.push(part));
    request.on('end', () => {
      const { messages } = JSON.parse(Buffer.concat(parts).toString()) as {
        messages: { content: string }[];
      };
      const question = messages.at(-1)!.content;
      asked.set(question, (asked.get(question) ?? 0) + 1);
      speak(response, question, wordMs);
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
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`, asked };
}

function speak(response: ServerResponse, question: string, wordMs: number): void {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  let word = 0;
  const timer = setInterval(() => {
    if (word < WORDS) {
      response.write(chunk({ content: `${question}/${word++} ` }, null));
      return;
    }
    clearInterval(timer);
    response.end(`${chunk({}, 'stop')}data: [DONE]\n\n`);
  }, wordMs);
  response.on('close', () => clearInterval(timer));
}

function chunk(delta: object, finish: string | null): string {
  const choices = [{ index: 0, delta, finish_reason: finish }];
  return `data: ${JSON.stringify({ id: 'c', object: 'chat.completion.chunk', created: 1, model: 'm', choices })}\n\n`;
}
