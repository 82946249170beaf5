import { UsageError } from '../failure.ts';
import { proxyFor } from '../proxy.ts';
import { connectProblem } from './check-network.ts';
import { type Finding, finder } from './finding.ts';

const VARIABLES = ['HTTPS_PROXY', 'https_proxy', 'HTTP_PROXY', 'http_proxy'];

/** How a host is reached. `way` is what a direct look at it depends on. */
export interface ProxyFindings {
  readonly findings: readonly Finding[];
  readonly way: 'direct' | 'proxy' | 'broken';
}

/** The proxy that is on the way to a host, whether NO_PROXY excepts it, and whether the proxy answers. */
export async function checkProxy(
  name: string,
  url: URL,
  environment: NodeJS.ProcessEnv,
): Promise<ProxyFindings> {
  const find = finder('proxy', name);
  const set = VARIABLES.filter((variable) => environment[variable]?.trim());
  const except = (environment['no_proxy'] ?? environment['NO_PROXY'] ?? '').trim();
  try {
    const proxy = proxyFor(url, environment);
    if (!proxy) {
      const why = set.length === 0 ? 'none is set' : `${set[0]} is set, but not for ${url.hostname}`;
      return { findings: [find.ok(why)], way: 'direct' };
    }
    if (isExcepted(url, except)) {
      return { findings: [find.ok(`NO_PROXY excepts ${url.hostname} from ${proxy.source}`)], way: 'direct' };
    }
    const [, host = '', port] = /\(\[?([^\])]*?)\]?(?::(\d+))?\)$/.exec(proxy.source) ?? [];
    const problem = await connectProblem(host, Number(port ?? 80));
    const finding =
      problem === undefined
        ? find.ok(`${proxy.source} is on the way, and takes connections`)
        : find.fail(
            `${proxy.source} ${problem}`,
            `Start the proxy, correct the variable, or except ${url.hostname} with NO_PROXY.`,
          );
    return { findings: [finding], way: problem === undefined ? 'proxy' : 'broken' };
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    return { findings: [find.fail(error.message, 'Correct the variable or unset it.')], way: 'broken' };
  }
}

/** What undici makes of NO_PROXY: names, ends of names, and `*`, each with a port or without. */
function isExcepted(url: URL, except: string): boolean {
  const port = url.port || (url.protocol === 'https:' ? '443' : '80');
  return except
    .toLowerCase()
    .split(/[\s,]+/)
    .filter((entry) => entry !== '')
    .some((entry) => {
      if (entry === '*') return true;
      const [, name = '', own] = /^(.*?)(?::(\d+))?$/.exec(entry) ?? [];
      const end = name.replace(/^\*?\./, '');
      const isName = url.hostname === end || (/^[*.]/.test(name) ? url.hostname.endsWith(`.${end}`) : false);
      return isName && (own === undefined || own === port);
    });
}
