import type { Durable } from './durable.ts';

/** That an effect was about to begin, and in which process. */
export interface Intent {
  /** Stays the same however often the effect is asked for: a key for hosts that recognise repeats. */
  readonly id: string;
  readonly process: string;
}

/** What came of an effect: its value, or `interrupted` when another process began it and nobody knows how it ended. */
export type Outcome<T> = { readonly value: T } | { readonly interrupted: true };

/** This process. A process that was killed and started again is another one. */
const PROCESS = crypto.randomUUID();

/** Effects that are under way here, by intent: whoever asks a second time joins the first. */
const UNDER_WAY = new Map<string, Promise<unknown>>();

/** Records that the effects behind it are about to begin. */
export function intend(durable: Durable, name: string): Promise<Intent> {
  return durable.step(name, async () => ({ id: crypto.randomUUID(), process: PROCESS }));
}

/**
 * The work of an intent, to be recorded by `durable.step`: it is done in the process that recorded the intent and in
 * no other. `part` tells the effects of one intent apart.
 */
export async function underIntent<T>(
  intent: Intent,
  part: string,
  work: () => Promise<T>,
): Promise<Outcome<T>> {
  const key = `${intent.id}/${part}`;
  const begun = UNDER_WAY.get(key) as Promise<T> | undefined;
  if (begun) return { value: await begun };
  if (intent.process !== PROCESS) return { interrupted: true };
  const doing = work();
  UNDER_WAY.set(key, doing);
  try {
    return { value: await doing };
  } finally {
    UNDER_WAY.delete(key);
  }
}

/**
 * Does `work` at most once, whatever dies in between: an intent is recorded before it and the result after it. An
 * intent without a result, found by another process, gives `interrupted`, and that is what is recorded then. `work`
 * is given a key that stays the same. It should turn failures into values: what it throws is thrown on, and is
 * `interrupted` to whoever asks later from another process.
 */
export async function once<T>(
  durable: Durable,
  name: string,
  work: (key: string) => Promise<T>,
): Promise<Outcome<T>> {
  const intent = await intend(durable, `${name}/begin`);
  return durable.step(name, () => underIntent(intent, name, () => work(intent.id)));
}
