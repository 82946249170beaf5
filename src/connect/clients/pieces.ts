import type { JsonTable } from '../merge/value.ts';
import type { KeySource, SetupChoice } from '../setup.ts';

/** The word that clients send which insist on a key where nobody asks for one. It is no secret. */
export const NO_SECRET = 'perigee';
/** What stands for a key that the user must put in by hand. */
export const PLACEHOLDER = 'PUT-YOUR-KEY-HERE';

/** What stands in a file for the key: a reference to a variable in the client's own spelling. */
export function keyReference(key: KeySource, spelling: (name: string) => string): string {
  return key.kind === 'none' ? NO_SECRET : spelling(key.name);
}

/** The key itself, for clients that can name no variable. */
export function keyLiteral(key: KeySource): string {
  return key.kind === 'none' ? NO_SECRET : (key.literal ?? PLACEHOLDER);
}

/** `values` where the condition holds, else nothing. */
export function when<T extends JsonTable>(condition: boolean, values: T): T | Record<string, never> {
  return condition ? values : {};
}

/** Prices per token, as LiteLLM wants them. */
export function perToken(dollarsPerMillion: number): number {
  return Number((dollarsPerMillion / 1_000_000).toPrecision(12));
}

/** What a person calls the model and where it is, as in `Kimi K2.6 (Perigee)`. */
export function label({ modelTitle, title }: SetupChoice): string {
  return `${modelTitle} (${title})`;
}

/** The address as a container on this machine has it, which calls the machine by another name. */
export function fromContainer(url: string): string {
  return url.replace(/^(https?:\/\/)(127\.0\.0\.1|localhost|\[::1\])(?=[:/])/, '$1host.docker.internal');
}

/** One word of a shell, whatever is in it. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/** The same, and without quotes where none are needed. */
export function shellWord(text: string): string {
  return /^[\w./:@=,+-]+$/.test(text) ? text : quoted(text);
}
