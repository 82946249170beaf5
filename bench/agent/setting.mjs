import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { command } from '../measure.mjs';

/** Wants Node 22 by its package.json; it loads and runs on 20. */
const INSTALLED = ['ai@7.0.173', '@ai-sdk/openai-compatible@3.0.92'];

/** Installs what the project does not have into a folder of its own. Where that fails its own, older, one is taken. */
export async function installPeers(folder) {
  const peers = await mkdtemp(join(folder, 'peers-'));
  try {
    await command(
      'npm',
      ['i', '--prefix', peers, '--no-audit', '--no-fund', '--ignore-scripts', ...INSTALLED],
      {
        cwd: peers,
      },
    );
  } catch (error) {
    console.log(
      `The latest \`ai\` could not be installed (${error.message}): that of the project is measured.\n`,
    );
  }
  const version = (name) => {
    for (const root of [peers, path('../..')]) {
      try {
        return JSON.parse(readFileSync(join(root, 'node_modules', name, 'package.json'), 'utf8')).version;
      } catch {}
    }
    return 'none';
  };
  const names = {
    plain: 'plain loop: `fetch`, `JSON.stringify(history)`',
    perigee: 'Perigee, in memory',
    session: 'Perigee, SQLite session',
    ai: `\`ai\` ${version('ai')}, \`streamText\``,
    agents: `\`@openai/agents\` ${version('@openai/agents')}, streamed`,
  };
  return { peers, names };
}

/** Starts the host in a process of its own, which ends with this one. Gives its address. */
export async function startHost() {
  const host = spawn(process.execPath, [path('host.mjs')], { stdio: ['pipe', 'pipe', 'inherit'] });
  const [port] = await once(host.stdout, 'data');
  return `http://127.0.0.1:${String(port).trim()}`;
}

/** Measures once, in a process of its own. */
export async function subject(setting) {
  const { stdout } = await command(process.execPath, [path('subject.mjs'), JSON.stringify(setting)]);
  return JSON.parse(stdout.trim().split('\n').at(-1));
}

/** A file beside this one. */
export function path(file) {
  return fileURLToPath(new URL(file, import.meta.url));
}
