import type { Server } from 'node:http';
import { Server as NetServer, type Socket } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';

/** Milliseconds in which a request that a client was about to send on an idle connection may still come. */
const GRACE_MS = 250;
const SWEEP_MS = 25;
const QUIET_TURNS = 3;

/** A server, and those of its connections on which no request has come yet: `node:http` does not call them idle. */
export interface ClosableServer {
  readonly server: Server;
  /** Connections so far. */
  readonly accepted: () => number;
  readonly fresh: ReadonlySet<Socket>;
}

/**
 * Waits until no connection has come for a few turns of the event loop, but not for ever: those that the system has
 * accepted for us and that we have not seen would be reset.
 */
export async function untilQuiet({ accepted }: ClosableServer): Promise<void> {
  const endsAt = performance.now() + GRACE_MS;
  for (let before = -1; before !== accepted() && performance.now() < endsAt; ) {
    before = accepted();
    for (let i = 0; i < QUIET_TURNS; i++) await turn();
  }
}

/**
 * Closes a server so that no request is lost: it takes no new connections at once, and closes idle ones a little later,
 * because `close` of `node:http` would cut those on which a request is under way. Every answer has to say
 * `connection: close` by then. Resolves when the last connection is closed.
 */
export function closeGently({ server, fresh }: ClosableServer): Promise<void> {
  return new Promise((resolve) => {
    const graceEndsAt = performance.now() + GRACE_MS;
    const sweep = setInterval(() => {
      if (performance.now() < graceEndsAt) return;
      server.closeIdleConnections();
      for (const socket of fresh) if (socket.bytesRead === 0) socket.destroy();
    }, SWEEP_MS);
    NetServer.prototype.close.call(server, () => {
      clearInterval(sweep);
      // Ends its watch over connections; it no longer listens, and says so to nobody.
      server.close(() => {});
      resolve();
    });
  });
}
