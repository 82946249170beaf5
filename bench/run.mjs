import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { machine } from './measure.mjs';

// `node bench/run.mjs [name …]`: each benchmark in a process of its own, so that none sees another's warm code.

const NAMES = ['parser', 'peer', 'agent', 'durable', 'runs', 'admission', 'state', 'gateway', 'install'];
/** Too long to be run unasked, half an hour; or in want of a database server. */
const ASKED_FOR = ['agent', 'durable', 'runs', 'admission', 'state'];

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !NAMES.includes(name));
if (unknown.length > 0)
  throw new Error(`There is no benchmark ${unknown.join(', ')}; there are: ${NAMES.join(', ')}.`);

console.log(`# Benchmarks\n\n${machine()}`);
for (const name of wanted.length > 0 ? wanted : NAMES.filter((name) => !ASKED_FOR.includes(name))) {
  const script = fileURLToPath(new URL(`${name}.mjs`, import.meta.url));
  const [code] = await once(spawn(process.execPath, [script], { stdio: 'inherit' }), 'close');
  if (code !== 0) process.exitCode = 1;
}
