import { type LookupAddress, lookup as lookupByDns } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import { Agent, buildConnector } from 'undici';
import { whyNotPublic } from './public-address.ts';
import { HttpRefusal } from './refusal.ts';
import { isAllowed, portOf, type Reach } from './target-url.ts';

/**
 * An agent that connects to public addresses alone, but for what is allowed. The addresses that a name stands for are
 * judged where the connection is made, and it is made to these: a name that means something else a moment later gains
 * nothing. It goes there directly, whatever proxy the environment names, since a proxy would look names up by itself.
 */
export function guardedAgent(reach: Reach, lookup: LookupFunction = lookupByDns as LookupFunction): Agent {
  const connectAnywhere = buildConnector({ lookup });
  const connectGuarded = buildConnector({ lookup: guarded(lookup) });
  return new Agent({
    connect(options, callback) {
      const { hostname } = options;
      if (isAllowed(reach, hostname, portOf(options))) return connectAnywhere(options, callback);
      // No name is looked up for an address that is written out.
      const why = isIP(hostname) === 0 ? undefined : whyNotPublic(hostname);
      if (why !== undefined) return callback(refused(hostname, hostname, why), null);
      connectGuarded(options, (error, socket) => {
        if (error) return callback(error, null);
        const address = socket?.remoteAddress ?? 'unknown';
        const late = whyNotPublic(address);
        if (late === undefined) return callback(null, socket);
        socket?.destroy();
        callback(refused(hostname, address, late), null);
      });
    },
  });
}

/** A look-up that gives out public addresses alone, and fails where a name has no other ones. */
function guarded(lookup: LookupFunction): LookupFunction {
  return (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, found) => {
      if (error) return callback(error, '');
      const addresses = found as unknown as LookupAddress[];
      const reached = addresses.filter(({ address }) => whyNotPublic(address) === undefined);
      const [first] = reached;
      if (!first) {
        const address = addresses[0]?.address ?? 'no address';
        return callback(refused(hostname, address, whyNotPublic(address) ?? 'no address'), '');
      }
      if (options.all) callback(null, reached as never);
      else callback(null, first.address, first.family);
    });
  };
}

function refused(hostname: string, address: string, why: string): HttpRefusal {
  const name = JSON.stringify(hostname);
  const leads =
    hostname === address
      ? `${name} was refused: it is`
      : `${name} was refused: it leads to ${address}, which is`;
  return new HttpRefusal(`${leads} not a public address (${why}).`);
}
