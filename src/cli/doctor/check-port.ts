import { once } from 'node:events';
import net from 'node:net';
import { isJsonObject } from '../../core/index.ts';
import { getJson } from '../connect/fetch-json.ts';
import { processAtPort } from '../serve/process-at-port.ts';
import { type Finding, finder } from './finding.ts';

const ASK_MS = 2000;

/** Whether the gateway could listen at a port, and else who does. */
export async function checkPort(host: string, port: number): Promise<Finding> {
  const find = finder('port');
  const other = port < 65_535 ? port + 1 : port - 1;
  const code = await listenCode(host, port);
  if (code === undefined) return find.ok(`${port} is free`);
  if (code !== 'EADDRINUSE') {
    const why =
      code === 'EACCES' ? 'may not be used without more rights' : `cannot be used at ${host} (${code})`;
    return find.fail(`${port} ${why}`, `Give another:  perigee serve --port ${other}`);
  }
  const holder = processAtPort(port);
  const who = holder ? `${holder.name} (process ${holder.pid})` : 'another program';
  if (await isGateway(port)) return find.ok(`${port}: a perigee gateway listens there already (${who})`);
  return find.fail(`${port} is taken by ${who}`, `End that, or give another:  perigee serve --port ${other}`);
}

async function listenCode(host: string, port: number): Promise<string | undefined> {
  const server = net.createServer();
  try {
    server.listen({ host, port, exclusive: true });
    await once(server, 'listening');
    return undefined;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? 'unknown';
  } finally {
    server.close();
  }
}

/** A gateway says so to whoever asks whether anybody is there. */
async function isGateway(port: number): Promise<boolean> {
  try {
    const { json } = await getJson(`http://127.0.0.1:${port}/api/hello`, undefined, ASK_MS, {});
    return isJsonObject(json) && json['service'] === 'perigee';
  } catch {
    return false;
  }
}
