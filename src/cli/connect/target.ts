import type { ClientSetup } from '../../connect/index.ts';
import { UsageError } from '../failure.ts';
import { atGateway } from './at-gateway.ts';
import { atHost } from './at-host.ts';
import type { ConnectOptions } from './options.ts';
import type { Target } from './target-key.ts';

/** The address, the model and the key that the options ask for. Throws `UsageError` for what cannot work. */
export async function targetOf(
  client: ClientSetup,
  options: ConnectOptions,
  environment: NodeJS.ProcessEnv,
): Promise<Target> {
  const given = Object.entries({
    '--host': options.host,
    '--base-url': options.baseUrl,
    '--gateway': options.gateway,
  });
  const named = given.filter(([, value]) => value !== undefined).map(([flag]) => flag);
  if (named.length > 1 && options.gateway !== undefined) {
    throw new UsageError(`${named.join(' and ')} do not go together: a client is pointed to one address.`);
  }
  if (options.key !== undefined && !/^[!-~]+$/.test(options.key)) {
    throw new UsageError('--key must be one word of ASCII characters, since it travels in a header.');
  }
  if (options.host !== undefined || options.baseUrl !== undefined)
    return atHost(client, options, environment);
  return atGateway(client, options, environment);
}
