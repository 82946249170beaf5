/** A user's program that touches every room with types. It is only compiled. */
export const CONSUMER = `
import { type Model, PerigeeError, type StreamEvent, TurnAssembler } from 'perigee';
import { agent, type AgentEvent, RunError, tool } from 'perigee/agent';
import { conversationOf, type SessionSummary, sqliteSessions } from 'perigee/durable';
import { createParser, parse, renderPrompt } from 'perigee/formats';
import { modelProfile } from 'perigee/profiles';
import { encodeChatRequest } from 'perigee/protocols';
import { scripted } from 'perigee/replay';
import { calculator } from 'perigee/tools';
import { openaiChat } from 'perigee/upstream';
import { z } from 'zod';

const weather = tool({
  description: 'The weather in a city.',
  inputSchema: z.object({ city: z.string(), days: z.number().default(1) }),
  execute: ({ city, days }, { signal, toolCallId }) => {
    const name: string = city;
    const count: number = days;
    // @ts-expect-error the schema has no such field
    ({ city, days }).country;
    return { name, count, toolCallId, aborted: signal.aborted };
  },
});

const model: Model = openaiChat({ baseUrl: 'http://localhost/v1', model: 'kimi-k2-thinking' });
const assistant = agent({ model, tools: { weather, calculator }, limits: { steps: 3 } });

export async function main(): Promise<string> {
  const run = assistant.run('How is the weather?');
  for await (const event of run) show(event);
  try {
    const { text, usage, cost, messages } = await run;
    return text + usage.inputTokens + (cost ?? 0).toFixed(2) + messages.length;
  } catch (error) {
    if (error instanceof RunError) return error.result.explanation;
    if (error instanceof PerigeeError && error.code === 'rate-limited') return String(error.retryAfterMs);
    throw error;
  }
}

export async function session(): Promise<string> {
  const opened = await sqliteSessions({ dataDir: '.' }).open('one');
  const count: number = await opened.step('count', async () => 1);
  const { waiting }: SessionSummary = await (await sqliteSessions().reach('one')).summary();
  return count.toFixed() + conversationOf(opened.records()).length + waiting.length;
}

function show(event: AgentEvent): string {
  switch (event.type) {
    case 'text-delta':
      return event.delta;
    case 'tool-result':
      return event.output;
    default:
      return event.type;
  }
}

const events: StreamEvent[] = createParser({ tools: [{ name: 'weather' }] }).push('Hi');
const turn = new TurnAssembler();
for (const event of events) turn.push(event);
export const all = [parse('Hi').calls[0]?.arguments, renderPrompt, encodeChatRequest, scripted, modelProfile];
`;

/** A user's program for a browser. */
export const CONSUMER_WITHOUT_NODE = `
import { type StreamEvent, TurnAssembler } from 'perigee';
import { createParser } from 'perigee/formats';
import { createChatStreamDecoder } from 'perigee/protocols';

const parser = createParser();
const turn = new TurnAssembler();
const events: StreamEvent[] = [...parser.push('Hi'), ...parser.end()];
for (const event of events) turn.push(event);
document.body.textContent = turn.turn().content;
export const decoder = createChatStreamDecoder;
`;
