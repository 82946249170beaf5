import type { Server } from 'node:http';
import { Server as NetServer, type Socket } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';

/** Milliseconds in which a request that a client was about to send on an idle connection may still come. */
const GRACE_MS = 250;
const SWEEP_MS = 25;
const QUIET_TURNS = 3;
/** Milliseconds after which it closes whatever comes. */
const LONGEST_MS = 1500;
/** Milliseconds of a turn in which nothing can have come unseen, or hardly. */
const SHORT_TURN_MS = 0.5;

/** A server, and those of its connections on which no request has come yet: `node:http` does not call them idle. */
export interface ClosableServer {
  readonly server: Server;
  /** Connections so far. */
  readonly accepted: () => number;
  readonly fresh: ReadonlySet<Socket>;
}

/**
 * Waits until no connection has come for a few turns of the event loop: those that the system has accepted for us and
 * that we have not seen would be reset. Where they come all the time it waits for a short turn without one, but not for ever.
 */
export async function untilQuiet({ accepted }: ClosableServer): Promise<void> {
  const beganAt = performance.now();
  let quietTurns = 0;
  for (let now = beganAt; now - beganAt < LONGEST_MS && quietTurns < QUIET_TURNS; ) {
    const before = accepted();
    const turnBeganAt = now;
    await turn();
    now = performance.now();
    quietTurns = accepted() === before ? quietTurns + 1 : 0;
    const isBusy = now - beganAt >= GRACE_MS;
    if (isBusy && quietTurns > 0 && now - turnBeganAt < SHORT_TURN_MS) return;
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
