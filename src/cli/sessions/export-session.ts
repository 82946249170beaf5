import { Conversation, type ReachedSession } from '../../durable/index.ts';
import { encodeChatRequest } from '../../protocols/index.ts';
import { UsageError } from '../failure.ts';
import { markdownOf } from './markdown.ts';
import { openSink, type Sink } from './sink.ts';
import { reach, type Store } from './store.ts';

export interface ExportOptions {
  readonly jsonl?: boolean;
  readonly openai?: boolean;
  readonly markdown?: boolean;
  readonly output?: string;
}

/** Writes a session in one of three ways, whoever works on it. */
export async function exportSession(store: Store, name: string, options: ExportOptions): Promise<void> {
  const { jsonl, openai, markdown, output } = options;
  if ([jsonl, openai, markdown].filter(Boolean).length > 1) {
    throw new UsageError('--jsonl, --openai and --markdown do not go together.');
  }
  const session = await reach(store, name);
  const sink = openSink(output);
  try {
    if (openai) await sink.write(`${JSON.stringify(await chatMessages(session), null, 2)}\n`);
    else if (markdown) await writeMarkdown(session, sink);
    else for await (const entry of session.entries()) await sink.write(`${JSON.stringify(entry)}\n`);
    await sink.done();
  } catch (error) {
    sink.drop();
    throw error;
  }
}

async function chatMessages(session: ReachedSession): Promise<unknown> {
  return encodeChatRequest({ messages: await conversation(session) })['messages'];
}

async function writeMarkdown(session: ReachedSession, sink: Sink): Promise<void> {
  await sink.write(`# ${session.name}\n`);
  /** The tools by the ids of their calls: not every result says whose it is. */
  const tools = new Map<string, string>();
  for (const message of await conversation(session)) {
    if (message.role === 'assistant') for (const { id, name } of message.toolCalls ?? []) tools.set(id, name);
    await sink.write(`\n${markdownOf(message, tools)}\n`);
  }
}

async function conversation(session: ReachedSession) {
  const conversation = new Conversation();
  for await (const record of session.records()) conversation.push(record);
  return conversation.end();
}
