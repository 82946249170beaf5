import { fileURLToPath } from 'node:url';
import { check, command } from '../measure.mjs';
import { pin } from './subjects.mjs';

const LOAD = fileURLToPath(new URL('./load.mjs', import.meta.url));

/** Where a subject is asked, and with which headers. */
export function target(subject, host) {
  return { port: subject.port, headers: { ...subject.headers, ...subject.hostHeader?.(host) } };
}

/** Sends what the options say, from a process of its own, and gives what it saw. No request may fail. */
export async function load(options) {
  const [name, args] = pin('1', process.execPath, [LOAD, JSON.stringify(options)]);
  const { stdout } = await command(name, args, { timeoutMs: 120_000 });
  const result = JSON.parse(stdout);
  check(result.failed === 0, `${result.failed} requests failed: ${result.sample.slice(0, 300)}`);
  return result;
}
