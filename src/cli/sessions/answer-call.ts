import { isJsonObject } from '../../core/index.ts';
import {
  type ReachedSession,
  type RunsClient,
  readRecordName,
  type WaitingCall,
} from '../../durable/index.ts';
import { UsageError } from '../failure.ts';
import { isDue, statusOf } from '../runs/with-runs.ts';
import { printable } from '../terminal/text.ts';
import { resumeCommand } from './place.ts';
import { mustGoOnHere, reach, type Store } from './store.ts';

/** Delivers the answer to a call that waits. Returns the exit code: 1 when somebody else was first. */
export async function answerCall(
  store: Store,
  client: RunsClient | undefined,
  name: string,
  call: string,
  answer: { readonly approved: boolean; readonly note?: string },
): Promise<number> {
  const session = await reach(store, name);
  await mustGoOnHere(session, store);
  const { waiting } = await session.summary();
  const found = waiting.filter(
    ({ id, approval }) => id === call || approval === call || approval === `${call}/approval`,
  );
  const [asked] = found;
  if (!asked) {
    if (await wasAsked(session, call)) return tooLate(call);
    throw new UsageError(notWaiting(name, call, waiting));
  }
  const first = client
    ? await client.approve(name, asked.id, answer)
    : (await session.deliver(asked.approval, answer)).first;
  if (!first) return tooLate(asked.name);
  const said = printable(`${answer.approved ? 'Approved' : 'Refused'}: ${asked.name} ${asked.arguments}\n`);
  process.stdout.write(said);
  const status = client && (await statusOf(name, client));
  if (isDue(status)) return 0;
  if (!(await session.owner())) {
    process.stderr.write(
      `Nobody works on the session now; it goes on with  ${resumeCommand(name, store.place, status !== undefined)}\n`,
    );
  }
  return 0;
}

function tooLate(call: string): number {
  process.stderr.write(
    printable(`perigee: ${call} was answered already, or is done with; the first answer counts.\n`),
  );
  return 1;
}

/** Whether a person was asked about this call at some time. */
async function wasAsked(session: ReachedSession, call: string): Promise<boolean> {
  for await (const { name, value } of session.records()) {
    if (readRecordName(name)?.part !== 'approvals' || !isJsonObject(value)) continue;
    const step = name.replace(/\/approvals$/, '');
    const calls = Array.isArray(value['calls']) ? value['calls'].filter(isJsonObject) : [];
    for (const { id, index } of calls) {
      const place = `${step}/call-${index}`;
      if (call === id || call === place || call === `${place}/approval`) return true;
    }
  }
  return false;
}

function notWaiting(name: string, call: string, waiting: readonly WaitingCall[]): string {
  const none = `no call ${call} waits for approval in session "${name}"`;
  if (waiting.length === 0) return `${none}; none does.`;
  const which = waiting.map(
    ({ id, name: tool, approval }) => `  ${id}  ${tool}  (${approval.replace(/\/approval$/, '')})`,
  );
  return `${none}. These do:\n${which.join('\n')}`;
}
