import { DEFAULT_HOST, DEFAULT_PORT } from '../config/config.ts';
import { dataFolder } from '../data-folder.ts';
import { checkAnswer } from './check-answer.ts';
import { checkConfigFile } from './check-config-file.ts';
import { checkKey } from './check-key.ts';
import { checkDataFolder, checkFileLimit, checkNode } from './check-machine.ts';
import { checkNetwork } from './check-network.ts';
import { checkPort } from './check-port.ts';
import { checkProxy } from './check-proxy.ts';
import { type Finding, finder } from './finding.ts';
import { type HostOptions, type HostToCheck, hostsToCheck } from './hosts.ts';

export interface DoctorOptions extends HostOptions {
  readonly port?: number;
  readonly config?: string;
}

/** Looks at everything that keeps the gateway and the command from working. Bounded in time; nothing is changed. */
export async function examine(
  options: DoctorOptions,
  environment: NodeJS.ProcessEnv,
  platform: NodeJS.Platform = process.platform,
): Promise<Finding[]> {
  const { finding, config } = checkConfigFile(options.config, environment);
  const hosts = hostsToCheck(options, config, environment);
  const port = options.port ?? config?.server.port ?? DEFAULT_PORT;
  const [folder, atPort, ...ways] = await Promise.all([
    checkDataFolder(dataFolder(environment, platform)),
    checkPort(config?.server.host ?? DEFAULT_HOST, port),
    ...hosts.map((host) => checkHost(host, environment)),
  ]);
  return [
    checkNode(process.version),
    checkFileLimit(),
    folder,
    finding,
    atPort,
    ...none(hosts),
    ...ways.flat(),
  ];
}

function none(hosts: readonly HostToCheck[]): Finding[] {
  if (hosts.length > 0) return [];
  const found =
    'no host is named and MOONSHOT_API_KEY is not set: the practice model, which is not Kimi, would answer';
  return [finder('key').warn(found, 'Set MOONSHOT_API_KEY, or give --host or --base-url.')];
}

async function checkHost(host: HostToCheck, environment: NodeJS.ProcessEnv): Promise<Finding[]> {
  const url = new URL(host.baseUrl);
  const key = checkKey(host, environment);
  const { findings, way } = await checkProxy(host.name, url, environment);
  if (way === 'broken') return [key, ...findings];
  // Behind a proxy it is the proxy that looks names up and connects.
  const network = way === 'direct' ? await checkNetwork(host.name, url) : [];
  const reached = network.every(({ status }) => status !== 'fail');
  const answer = reached ? await checkAnswer(host, environment) : [];
  return [key, ...findings, ...network, ...answer];
}
