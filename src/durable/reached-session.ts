import type { JournalRecord, QueuedMessage } from '../core/index.ts';
import { jsonText } from './json-text.ts';
import type { SessionEntry } from './session-entry.ts';
import { checkRecordName } from './session-name.ts';
import type { DeskRequest, SessionCommand } from './sqlite/desk.ts';
import { newToken, type SessionOwner } from './sqlite/owner.ts';
import type { SessionSummary } from './summary.ts';

/** Gives the answer of whoever works on the session, or else of its file. */
export type Ask = (request: DeskRequest, signal?: AbortSignal) => Promise<unknown>;

/**
 * A session seen from outside, whether somebody works on it or not. Each question is asked anew, so it stays good when
 * the one who works on it comes or goes.
 */
export interface ReachedSession {
  readonly name: string;
  /** Who works on it; undefined: nobody. */
  owner(): Promise<SessionOwner | undefined>;
  summary(): Promise<SessionSummary>;
  /** Records after number `after` (default 0), oldest first. */
  records(after?: number): AsyncIterable<JournalRecord>;
  /**
   * The same, and then each as it comes, for as long as somebody works on the session. Ends with `signal`.
   */
  follow(after: number, signal?: AbortSignal): AsyncIterable<JournalRecord>;
  /** All that the session is, in the order in which a copy is made of it. */
  entries(): AsyncIterable<SessionEntry>;
  /** Puts a message in line. When this resolves it cannot be lost. */
  queue(message: QueuedMessage): Promise<void>;
  /** Delivers what the run waits for or will wait for under this name. The first one counts. */
  deliver(name: string, value: unknown): Promise<{ readonly first: boolean }>;
  /** Asks whoever works on it to pause or cancel; `reached`: somebody heard it. */
  command(command: SessionCommand): Promise<{ readonly reached: boolean }>;
}

export function reachedSession(name: string, ask: Ask): ReachedSession {
  const inbox = async () => (await ask({ op: 'inbox' })) as Inbox;
  const reached: ReachedSession = {
    name,
    async owner() {
      const answer = await ask({ op: 'hello' });
      return answer !== null && typeof answer === 'object' && 'pid' in answer
        ? (answer as SessionOwner)
        : undefined;
    },
    summary: async () => (await ask({ op: 'summary' })) as SessionSummary,
    records: (after = 0) => pages(ask, after),
    async *follow(after, signal) {
      let last = after;
      for (let isThere = true; isThere && !signal?.aborted; ) {
        isThere = (await reached.owner()) !== undefined;
        const answer = await ask({ op: 'page', after: last, wait: isThere }, signal);
        for (const record of (answer ?? []) as JournalRecord[]) {
          last = record.seq;
          isThere = true;
          yield record;
        }
      }
    },
    async *entries() {
      const { queued, delivered } = await inbox();
      for (const { text, ...row } of queued) yield { queued: { ...row, message: JSON.parse(text) } };
      for (const { text, ...row } of delivered) yield { delivered: { ...row, value: JSON.parse(text) } };
      yield* pages(ask, 0);
    },
    async queue({ when, message }) {
      await ask({ op: 'queue', key: newToken(), when, text: jsonText(message, 'A message') });
    },
    async deliver(record, value) {
      checkRecordName(record);
      const text = jsonText(value, `What is delivered as "${record}"`);
      return (await ask({ op: 'deliver', key: newToken(), name: record, text })) as { first: boolean };
    },
    command: async (command) => (await ask({ op: 'command', command })) as { reached: boolean },
  };
  return reached;
}

interface Inbox {
  readonly queued: readonly { at: number; when: QueuedMessage['when']; text: string }[];
  readonly delivered: readonly { at: number; name: string; text: string }[];
}

async function* pages(ask: Ask, after: number): AsyncGenerator<JournalRecord> {
  let last = after;
  for (;;) {
    const page = (await ask({ op: 'page', after: last })) as JournalRecord[];
    yield* page;
    const end = page.at(-1);
    if (!end) return;
    last = end.seq;
  }
}
