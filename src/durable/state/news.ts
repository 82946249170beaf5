import { randomBytes } from 'node:crypto';
import { LastingConnection } from '../postgres/lasting-connection.ts';

/** Milliseconds between two looks whether the connection is alive, and in which it has to answer. */
const LOOK_MS = 10_000;
/** Milliseconds between two tries to connect, at most: of many replicas, and nothing depends on it. */
const AGAIN_MS = 5000;

/** What one replica tells the others. */
export interface News {
  readonly from: string;
  readonly kind: 'deleted' | 'unclear' | 'upstream';
  readonly keys: readonly string[];
}

/** Hears what other replicas tell, on a connection of its own, which is to be opened. `where`: the database, without a password. */
export function newsConnection(
  databaseUrl: string,
  where: string,
  channel: string,
  heard: (news: News) => void,
): LastingConnection {
  return new LastingConnection({
    databaseUrl,
    where,
    greeting: `LISTEN "${channel}"`,
    beatMs: LOOK_MS,
    answerMs: LOOK_MS,
    againMs: AGAIN_MS,
    heard(payload) {
      try {
        heard(JSON.parse(payload) as News);
      } catch {
        // Whoever may notify may send anything.
      }
    },
  });
}

/** How one replica tells the others. */
export interface Tidings {
  readonly replica: string;
  readonly channel: string;
  /** The text of a notification. */
  write(kind: News['kind'], keys: readonly string[]): string;
}

/** `schema` is quoted; quotes stand nowhere in it. */
export function tidingsOf(schema: string): Tidings {
  const replica = randomBytes(9).toString('base64url');
  return {
    replica,
    channel: `perigee_gateway_${schema.replaceAll('"', '')}`,
    write: (kind, keys) => JSON.stringify({ from: replica, kind, keys } satisfies News),
  };
}
