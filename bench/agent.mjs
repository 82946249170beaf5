import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { durable } from './agent/durable.mjs';
import { eager } from './agent/eager.mjs';
import { kills } from './agent/kills.mjs';
import { installPeers, path, startHost } from './agent/setting.mjs';
import { steps } from './agent/steps.mjs';
import { heading } from './measure.mjs';

// `node bench/agent.mjs [section …]`: the agent of the long run, beside others.

const SECTIONS = { steps, eager, durable, kills, bill };

const wanted = process.argv.slice(2);
for (const name of wanted) if (!SECTIONS[name]) throw new Error(`There is no section ${name}.`);

const folder = await mkdtemp(join(tmpdir(), 'bench-agent-'));
try {
  heading('The agent of the long run');
  const { peers, names } = await installPeers(folder);
  const setting = { folder, peers, names, baseUrl: await startHost() };
  for (const [name, section] of Object.entries(SECTIONS)) {
    if (wanted.length === 0 || wanted.includes(name)) await section(setting);
  }
} finally {
  await rm(folder, { recursive: true, force: true });
}
process.exit();

/** Has a heading of its own. */
async function bill() {
  await once(spawn(process.execPath, [path('../bill.mjs')], { stdio: 'inherit' }), 'close');
}
