import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { access, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import net from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { command } from '../measure.mjs';

const HERE = fileURLToPath(new URL('.', import.meta.url));
const COMMAND = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
const PEER = '@portkey-ai/gateway@1.15.2';
export const KEY = 'bench-key-of-a-client';

/** `taskset`, where there is one: what is measured has a core of its own, everything else the others. */
const pinning = spawnSync('taskset', ['--version']).status === 0;
export const pin = (cores, name, args) =>
  pinning ? ['taskset', ['-c', cores, name, ...args]] : [name, args];

/** Starts a program on the measured core. */
export function launch(name, args, options = {}) {
  const [program, all] = pin('0', name, args);
  return spawn(program, all, { stdio: ['ignore', 'pipe', 'inherit'], ...options });
}

/** A program of ours that prints its port first. */
export async function portOf(child) {
  const [text] = await once(child.stdout, 'data');
  return Number(String(text).trim());
}

export async function freePort() {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

export async function untilListening(port, child) {
  for (;;) {
    if (child.exitCode !== null) throw new Error(`it ended with ${child.exitCode}`);
    const socket = net.connect(port, '127.0.0.1');
    const open = await Promise.race([
      once(socket, 'connect').then(() => true),
      once(socket, 'error').then(
        () => false,
        () => false,
      ),
    ]).catch(() => false);
    socket.destroy();
    if (open) return;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** CPU seconds of a process and its children, of all their threads, as the kernel counts them in nanoseconds. */
export async function cpuSeconds(pid) {
  let nanoseconds = 0;
  for (const each of await family(pid)) {
    for (const thread of await readdir(`/proc/${each}/task`)) {
      const text = await readFile(`/proc/${each}/task/${thread}/schedstat`, 'utf8').catch(() => '0');
      nanoseconds += Number(text.split(' ')[0]);
    }
  }
  return nanoseconds / 1e9;
}

/** Resident megabytes of the same. */
export async function residentMegabytes(pid) {
  let kilobytes = 0;
  for (const each of await family(pid)) {
    kilobytes += Number(/VmRSS:\s+(\d+)/.exec(await readFile(`/proc/${each}/status`, 'utf8'))?.[1] ?? 0);
  }
  return kilobytes / 1024;
}

async function family(pid) {
  const children = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => '');
  const below = await Promise.all(children.split(' ').filter(Boolean).map(family));
  return [String(pid), ...below.flat()];
}

/** What stands between client and host. `start(hostPort, model)` gives the child and its port. */
export const SUBJECTS = {
  'bare node:http + undici proxy (a)': {
    async start(host) {
      const child = launch(process.execPath, [join(HERE, 'bare-proxy.mjs'), String(host)]);
      return { child, port: await portOf(child) };
    },
  },
  Perigee: {
    headers: { authorization: `Bearer ${KEY}` },
    model: (name) => name,
    async start(host, folder, models) {
      const port = await freePort();
      const child = launch(process.execPath, perigeeArgs(host, port, models), { env: envOf(folder) });
      child.stdout.resume();
      await untilListening(port, child);
      return { child, port };
    },
  },
  nginx: {
    async start(host, folder) {
      const port = await freePort();
      const file = join(folder, 'nginx.conf');
      await mkdir(join(folder, 'logs'), { recursive: true });
      await writeFile(file, nginxConf(folder, host, port));
      const child = launch('nginx', ['-p', folder, '-c', file]);
      await untilListening(port, child);
      return { child, port };
    },
  },
  [PEER]: {
    streams: false,
    headers: { 'x-portkey-provider': 'openai', authorization: 'Bearer x' },
    hostHeader: (host) => ({ 'x-portkey-custom-host': `http://127.0.0.1:${host}/v1` }),
    async start(_host, folder) {
      const port = await freePort();
      await command('npm', ['i', '--prefix', folder, '--no-audit', '--no-fund', PEER], { cwd: folder });
      const script = join(folder, 'node_modules/@portkey-ai/gateway/build/start-server.js');
      await access(script);
      const child = launch(process.execPath, [script, `--port=${port}`, '--headless'], { cwd: folder });
      child.stdout.resume();
      await untilListening(port, child);
      return { child, port };
    },
  },
};

/** What whoever runs this has in their own data folder must not count. */
export const envOf = (folder) => ({ ...process.env, PERIGEE_DATA_DIR: join(folder, 'data') });

/** As a user starts it in front of an engine whose server does not take calls apart, with a key for its clients. */
export function perigeeArgs(host, port, models) {
  const served = models.flatMap((model) => ['--model', `${model}=kimi-k2.6:${model}`]);
  const upstream = ['--upstream', `http://127.0.0.1:${host}/v1`, '--host', 'vllm'];
  return [COMMAND, 'serve', ...upstream, ...served, '--key', KEY, '--port', String(port), '--log', 'none'];
}

function nginxConf(folder, host, port) {
  return `
daemon off; worker_processes 1; pid ${folder}/nginx.pid; error_log ${folder}/logs/error.log;
events { worker_connections 8192; }
http {
  access_log off; client_body_temp_path ${folder}; proxy_temp_path ${folder}; fastcgi_temp_path ${folder};
  uwsgi_temp_path ${folder}; scgi_temp_path ${folder}; client_body_buffer_size 1m;
  upstream host { server 127.0.0.1:${host}; keepalive 2000; }
  server {
    listen 127.0.0.1:${port}; tcp_nodelay on;
    location / { proxy_pass http://host; proxy_http_version 1.1; proxy_set_header Connection ""; proxy_buffering off; }
  }
}
`;
}
