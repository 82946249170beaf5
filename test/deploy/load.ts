import OpenAI from 'openai';
import { Agent, request } from 'undici';
import { answerTo } from './slow-host.ts';

/** How a client of the load asks. Nobody tries again by itself: a request that fails is a request that was lost. */
const WAYS = {
  'undici, stream': streamed,
  'undici, whole': whole,
  'sdk, stream': sdkStreamed,
  'sdk, whole': sdkWhole,
};

export type Way = keyof typeof WAYS;

export interface Load {
  /** Answers that came whole, by the way in which they were asked for. */
  readonly answered: Readonly<Record<Way, number>>;
  readonly total: () => number;
  /** What was lost, and how. */
  readonly lost: readonly string[];
  /** Resolves once so many more answers have come, or something was lost. */
  more(count: number): Promise<void>;
  /** Asks nothing more, and resolves when the last is answered. */
  stop(): Promise<void>;
}

interface Clients {
  readonly url: string;
  readonly agent: Agent;
  readonly sdk: OpenAI;
}

/** Clients that each ask one question after the other, over connections that stay open; a fourth of them in each way. */
export function startLoad(url: string, key: string, clients: number): Load {
  const tools: Clients = {
    url,
    agent: new Agent({ connections: clients, headersTimeout: 0, bodyTimeout: 0 }),
    sdk: new OpenAI({ baseURL: url, apiKey: key, maxRetries: 0 }),
  };
  const ways = Object.keys(WAYS) as Way[];
  const answered = Object.fromEntries(ways.map((way) => [way, 0])) as Record<Way, number>;
  const lost: string[] = [];
  const waiting = new Set<() => void>();
  let going = true;
  const total = () => Object.values(answered).reduce((sum, count) => sum + count, 0);
  const client = async (_: unknown, position: number) => {
    const way = ways[position % ways.length]!;
    for (let number = 0; going; number++) {
      const question = `q${position}-${number}`;
      const outcome = await WAYS[way](tools, question, key).catch((error: unknown) => explain(error));
      if (outcome === answerTo(question)) answered[way]++;
      else lost.push(`${way}: ${question}: ${outcome.slice(0, 300)}`);
      for (const wake of waiting) wake();
    }
  };
  const all = Promise.all(Array.from({ length: clients }, client));
  return {
    answered,
    total,
    lost,
    async more(count) {
      const wanted = total() + count;
      const before = lost.length;
      await new Promise<void>((resolve) => {
        const wake = () => {
          if (total() < wanted && lost.length === before) return;
          waiting.delete(wake);
          resolve();
        };
        waiting.add(wake);
      });
    },
    async stop() {
      going = false;
      await all;
      await tools.agent.close();
    },
  };
}

function explain(error: unknown): string {
  const { message, cause, status } = error as Error & { status?: number };
  return `${status ?? ''} ${message} ${cause instanceof Error ? cause.message : ''}`;
}

function bodyOf(question: string, stream: boolean) {
  return { model: 'kimi', stream, messages: [{ role: 'user' as const, content: question }] };
}

async function ask({ url, agent }: Clients, question: string, key: string, stream: boolean) {
  const { statusCode, body } = await request(`${url}/chat/completions`, {
    method: 'POST',
    dispatcher: agent,
    headers: { 'content-type': 'application/json', authorization: `Bearer ${key}` },
    body: JSON.stringify(bodyOf(question, stream)),
  });
  const text = await body.text();
  if (statusCode !== 200) throw new Error(`${statusCode} ${text}`);
  return text;
}

async function streamed(clients: Clients, question: string, key: string): Promise<string> {
  const events = (await ask(clients, question, key, true))
    .split('\n\n')
    .filter((event) => event.startsWith('data: '));
  const data = events.map((event) => event.slice('data: '.length));
  if (data.at(-1) !== '[DONE]') throw new Error(`the stream ended with ${data.at(-1)}`);
  const chunks = data.slice(0, -1).map((text) => JSON.parse(text) as OpenAI.ChatCompletionChunk);
  if (!chunks.some(({ choices }) => choices[0]?.finish_reason === 'stop'))
    throw new Error('no finish reason');
  return chunks.map(({ choices }) => choices[0]?.delta.content ?? '').join('');
}

async function whole(clients: Clients, question: string, key: string): Promise<string> {
  const answer = JSON.parse(await ask(clients, question, key, false)) as OpenAI.ChatCompletion;
  return answer.choices[0]?.message.content ?? '';
}

async function sdkStreamed({ sdk }: Clients, question: string): Promise<string> {
  const stream = await sdk.chat.completions.create({ ...bodyOf(question, true), stream: true });
  let text = '';
  let finish: string | null = null;
  for await (const { choices } of stream) {
    text += choices[0]?.delta.content ?? '';
    finish = choices[0]?.finish_reason ?? finish;
  }
  if (finish !== 'stop') throw new Error(`the stream ended with finish reason ${finish}`);
  return text;
}

async function sdkWhole({ sdk }: Clients, question: string): Promise<string> {
  const answer = await sdk.chat.completions.create({ ...bodyOf(question, false), stream: false });
  return answer.choices[0]?.message.content ?? '';
}
