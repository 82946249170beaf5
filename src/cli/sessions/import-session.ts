import { type Message, NO_USAGE } from '../../core/index.ts';
import { repairMessages, type SessionEntry } from '../../durable/index.ts';
import { openInput, readText } from '../input.ts';
import { printable } from '../terminal/text.ts';
import { readTranscript } from './read-transcript.ts';
import type { Store } from './store.ts';

/** Makes a session of a file. Says on standard error what had to be repaired. */
export async function importSession({ sessions }: Store, name: string, file: string): Promise<void> {
  const said = (line: string) => process.stderr.write(printable(`${line}\n`));
  const transcript = readTranscript(await readText(openInput(file, `sessions import ${name}`)), file);
  for (const problem of transcript.problems) said(problem);
  if (transcript.kind === 'entries') {
    await sessions.create(name, transcript.entries);
    process.stdout.write(`Imported ${name}: ${transcript.entries.length} records.\n`);
    return;
  }
  const { messages, repairs } = repairMessages(transcript.messages);
  for (const repair of repairs) said(repair);
  await sessions.create(name, recordsOf(messages, transcript.model, file));
  process.stdout.write(`Imported ${name}: ${messages.length} messages.\n`);
}

/** A run that brought the conversation along and is over, so the next one goes on from it. */
function recordsOf(messages: readonly Message[], model: string | undefined, file: string): SessionEntry[] {
  const at = Date.now();
  const explanation = `Imported from ${file === '-' ? 'standard input' : file}.`;
  return [
    { seq: 1, at, name: 'run-0/prompt', value: { messages, model: model ?? 'imported' } },
    { seq: 2, at, name: 'run-0/end', value: { finishReason: 'stop', explanation, usage: NO_USAGE } },
  ];
}
