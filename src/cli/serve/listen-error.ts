import { isSystemError, UsageError } from '../failure.ts';
import { processAtPort } from './process-at-port.ts';

/** Why the server cannot listen there, and what to do; any other error as it is. */
export function listenError(error: unknown, host: string, port: number): unknown {
  // The gateway may have put words around the system's own error.
  const { cause } = error as Error;
  const system = isSystemError(error) ? error : isSystemError(cause) ? cause : undefined;
  switch (system?.code) {
    case 'EADDRINUSE': {
      const holder = processAtPort(port);
      const who = holder === undefined ? 'another program' : `${holder.name} (process ${holder.pid})`;
      const other = port < 65_535 ? port + 1 : port - 1;
      return new UsageError(
        `port ${port} at ${host} is taken by ${who}. End that, or give another port, as in --port ${other}.`,
      );
    }
    case 'EACCES':
      return new UsageError(
        `port ${port} may not be used without more rights: those below 1024 are kept. Give another with --port.`,
      );
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return new UsageError(
        `${host} is no address of this machine. Give --listen 127.0.0.1 for this machine only, or 0.0.0.0 for all its networks.`,
      );
    default:
      return error;
  }
}
