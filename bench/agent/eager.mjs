import { median, table } from '../measure.mjs';
import { subject } from './setting.mjs';

const ROUNDS = 5;
const LOOPS = ['plain', 'perigee', 'ai', 'agents'];
/** The host writes a call every 50 ms, eight in all, and ends with the last. */
const STREAM_MS = 400;
const TOOL_MS = 100;

/** Whether tools start while the model still writes. */
export async function eager({ peers, names, baseUrl, folder }) {
  console.log('### Eight calls, 50 ms apart in the stream, each of 100 ms\n');
  console.log(
    `Wall milliseconds, medians of ${ROUNDS} processes, each after one run to warm up. The ideal is what cannot be undercut: the ` +
      'stream, the last call and its tool, or the slow first one. A call is known to be whole when the next one begins ' +
      'or the answer ends.\n',
  );
  for (const firstMs of [TOOL_MS, 500]) {
    const ideal = Math.max(STREAM_MS, STREAM_MS + TOOL_MS, 100 + firstMs);
    const rows = [['ideal', 50, ideal, 1]];
    const runs = Object.fromEntries(LOOPS.map((loop) => [loop, []]));
    for (let round = 0; round < ROUNDS; round++) {
      for (const loop of LOOPS) {
        const setting = { kind: 'eager', loop, peers, folder, baseUrl: `${baseUrl}/eager/${firstMs}/v1` };
        runs[loop].push(await subject(setting));
      }
    }
    for (const loop of LOOPS) {
      const of = (what) => median(runs[loop].map((run) => run[what]));
      rows.push([names[loop], of('first'), of('last'), of('last') / ideal]);
    }
    const head = firstMs === TOOL_MS ? 'all of 100 ms' : `the first of ${firstMs} ms`;
    table([`${head}; ms from the request`, 'first tool starts', 'last result is there', '÷ ideal'], rows);
  }
}
