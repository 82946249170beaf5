import type { ClientBase } from 'pg';
import type { Message, QueuedMessage } from '../../core/index.ts';
import { jsonText } from '../json-text.ts';
import type { Database } from '../postgres/database.ts';
import { depositMessages } from '../postgres/deposits.ts';
import type { SessionRow } from './run-rows.ts';

/** Puts messages in line, once however often it is tried with the same key. */
export function say(
  client: ClientBase,
  database: Database,
  session: SessionRow,
  messages: readonly Message[],
  when: QueuedMessage['when'],
  key: string,
): Promise<void> {
  const texts = messages.map((message, index) => ({
    key: `${key}/${index}`,
    text: jsonText(message, 'A message'),
  }));
  return depositMessages(client, database, session, texts, when);
}
