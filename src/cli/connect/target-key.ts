import type { ClientSetup, KeySource, SetupChoice } from '../../connect/index.ts';
import type { ConnectOptions } from './options.ts';

/** What a client is to be pointed to, and what there is to say about it. */
export interface Target {
  readonly choice: SetupChoice;
  readonly protocol: ClientSetup['protocol'];
  /** The key that requests are sent with, where it is known here. */
  readonly secret?: string;
  readonly notes: readonly string[];
}

/** The gateway's key, where no other variable is named. */
export const GATEWAY_KEY = 'PERIGEE_KEY';
/** The model that clients are set up for, where nobody chose and it is there. */
export const DEFAULT_MODEL = 'kimi-k2.6';

/** Where a client gets the key from; `usual` is the variable of whoever names none. */
export function keyOf(
  client: ClientSetup,
  choice: SetupChoice,
  { apiKeyEnv, key }: ConnectOptions,
  usual: string,
): KeySource {
  const from = apiKeyEnv ?? usual;
  // A client that reads one variable only reads no other, whatever the user's own is called.
  const name = client.keyVariable?.(choice) ?? from;
  return {
    kind: 'variable',
    name,
    from,
    ...(key !== undefined && client.key === 'literal' && { literal: key }),
  };
}

/** A variable that holds something. */
export function present(value: string | undefined): string | undefined {
  return value?.trim() ? value.trim() : undefined;
}
