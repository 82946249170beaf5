import type { Durable } from './durable.ts';

/** That an effect was about to begin, and in which process. */
export interface Intent {
  /** Stays the same however often the effect is asked for: a key for hosts that recognise repeats. */
  readonly id: string;
  readonly process: string;
}

/** What came of an effect: its value, or `interrupted` when another process began it and nobody knows how it ended. */
export type Outcome<T> = { readonly value: T } | { readonly interrupted: true };

let process: string | undefined;

/** This process. One that was killed and started again is another one. */
function thisProcess(): string {
  process ??= crypto.randomUUID();
  return process;
}

/**
 * Effects that were begun here and are not on record yet, by intent: whoever asks a second time joins the first, also when
 * it was done and only the record failed.
 */
const UNRECORDED = new Map<string, Promise<unknown>>();

/** Records that the effects behind it are about to begin. */
export function intend(durable: Durable, name: string): Promise<Intent> {
  return durable.step(name, async () => ({ id: crypto.randomUUID(), process: thisProcess() }));
}

/**
 * A step with the work of an intent: it is done in the process that recorded the intent and in no other. `finish` makes
 * what is recorded of what came of it.
 */
export async function stepUnder<T, R>(
  durable: Pick<Durable, 'step'>,
  name: string,
  intent: Intent,
  work: () => Promise<T>,
  finish: (outcome: Outcome<T>) => R,
): Promise<R> {
  const key = `${intent.id}/${name}`;
  const recorded = await durable.step(name, async () => finish(await underIntent(intent, key, work)));
  UNRECORDED.delete(key);
  return recorded;
}

async function underIntent<T>(intent: Intent, key: string, work: () => Promise<T>): Promise<Outcome<T>> {
  const begun = UNRECORDED.get(key) as Promise<T> | undefined;
  if (begun) return { value: await begun };
  if (intent.process !== thisProcess()) return { interrupted: true };
  const doing = work();
  UNRECORDED.set(key, doing);
  return { value: await doing };
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
  return stepUnder(
    durable,
    name,
    intent,
    () => work(intent.id),
    (outcome) => outcome,
  );
}
