import { writeLine } from '../json-lines.ts';
import { printable } from '../terminal/text.ts';
import { describeRecord } from './describe-record.ts';
import { placeOption } from './place.ts';
import { openSink } from './sink.ts';
import { stateText } from './state.ts';
import { reach, type Store } from './store.ts';

export interface ShowOptions {
  readonly follow?: boolean;
  /** The number of the first record. */
  readonly from?: number;
  readonly json?: boolean;
}

/** Columns of a line where it is not a terminal that reads it. */
const WIDE = 400;

/** Prints the records of a session, whoever works on it. */
export async function showSession(store: Store, name: string, options: ShowOptions): Promise<void> {
  const session = await reach(store, name);
  const out = openSink(undefined);
  const after = (options.from ?? 1) - 1;
  const columns = (process.stdout.isTTY && process.stdout.columns) || WIDE;
  for await (const record of options.follow ? session.follow(after) : session.records(after)) {
    if (options.json) await writeLine(record);
    else await out.write(`${describeRecord(record, columns)}\n`);
  }
  if (options.json) return;
  const summary = await session.summary();
  process.stderr.write(printable(`${name}: ${stateText(summary, await session.owner())}\n`));
  const where = placeOption(store.place);
  for (const { approval, name: tool, id, arguments: text, preview } of summary.waiting) {
    process.stderr.write(
      printable(
        `  ${tool} ${preview ?? text}\n    perigee approve ${name} ${quoted(id, approval)} yes|no${where}\n`,
      ),
    );
  }
}

/** The id where a shell takes it as it is, else the place of the call. */
function quoted(id: string, approval: string): string {
  return /^[\w.:/-]+$/.test(id) ? id : approval.replace(/\/approval$/, '');
}
