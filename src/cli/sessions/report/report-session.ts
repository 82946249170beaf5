import { writeLine } from '../../json-lines.ts';
import { stateOf, stateText } from '../state.ts';
import { reach, type Store } from '../store.ts';
import { reportPage } from './report-page.ts';
import { ReportReader } from './report-reader.ts';

/** Columns of a page where it is not a terminal that shows it. */
const WIDE = 120;
const NARROWEST = 40;

/** Prints what there is to say about a session on one page, whoever works on it. */
export async function reportSession(
  store: Store,
  name: string,
  options: { readonly json?: boolean },
): Promise<void> {
  const session = await reach(store, name);
  const reader = new ReportReader();
  for await (const entry of session.entries()) reader.push(entry);
  const [summary, owner] = [await session.summary(), await session.owner()];
  const report = reader.report();
  if (options.json) {
    await writeLine({ name, state: stateOf(summary, owner), ...report });
    return;
  }
  const columns = Math.max(NARROWEST, (process.stdout.isTTY && process.stdout.columns) || WIDE);
  process.stdout.write(reportPage(name, stateText(summary, owner), report, columns));
}
