import { type SummaryRow, summarise } from '../summary.ts';
import { CLOSED_FOR, type SessionFile } from './session-file.ts';

/** Long values are left where they are: of a turn two fields are read, of a call none. */
const ROWS = `
  SELECT at, name, CASE
    WHEN name LIKE 'run-%/turn' THEN
      json_object('cost', json_extract(value, '$.cost'), 'model', json_extract(value, '$.model'))
    WHEN name LIKE 'run-%/prompt' THEN json_object('model', json_extract(value, '$.model'))
    WHEN name LIKE 'run-%/approvals' OR name LIKE 'run-%/end' THEN value
  END AS text FROM records ORDER BY seq`;

/** The summary of an open session, as JSON text. */
export function summaryText(file: SessionFile): string {
  const created = file.meta('created-at');
  const forkedFrom = file.meta('forked-from');
  const closedFor = file.meta(CLOSED_FOR);
  const summary = summarise(summaryRows(file), {
    queued: file.rows('SELECT count(*) AS count FROM queued')[0]?.['count'] as number,
    delivered: file.rows('SELECT name FROM delivered').map(({ name }) => name as string),
    ...(created !== undefined && { createdAt: Number(created) }),
    ...(forkedFrom !== undefined && { forkedFrom }),
    ...(closedFor !== undefined && { closedFor }),
  });
  return JSON.stringify(summary);
}

function* summaryRows(file: SessionFile): Generator<SummaryRow> {
  for (const { at, name, text } of file.rows(ROWS) as unknown as {
    at: number;
    name: string;
    text: string | null;
  }[]) {
    yield { at, name, ...(text !== null && { value: JSON.parse(text) as unknown }) };
  }
}
