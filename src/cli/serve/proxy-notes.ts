import type { Config } from '../config/config.ts';
import { proxySourceFor } from '../proxy.ts';

/** Which hosts of a configuration are asked by way of a proxy of the environment: nobody sees that in an error of theirs. */
export function proxyNotes({ models }: Config, environment: NodeJS.ProcessEnv): string[] {
  const hosts = new Map<string, Set<string>>();
  for (const { baseUrl } of models.flatMap(({ upstreams }) => upstreams)) {
    const url = new URL(baseUrl);
    const source = proxySourceFor(url, environment);
    if (source !== undefined) hosts.set(source, (hosts.get(source) ?? new Set()).add(url.host));
  }
  return [...hosts].map(
    ([source, names]) =>
      `${[...names].join(' and ')} ${names.size > 1 ? 'are' : 'is'} asked by way of ${source}`,
  );
}
