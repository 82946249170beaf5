import { nameInCanonicalCallId } from '../../core/index.ts';

/** Digits of a canonical id's number that fit into a client's id, beside the longest answer and index. */
const MOST_DIGITS = 20;
const OURS = /^(?:toolu|call)_[A-Za-z0-9]{1,30}_(\d{1,20})_\d{1,6}$/;

/**
 * The id of a call for clients that take only `^[a-zA-Z0-9_-]{1,64}$`, as Anthropic's do. `answerId` (letters and digits,
 * at most 30) is new for every answer, so no id ever repeats, also after a client dropped the beginning of its
 * conversation: some loop for ever over an id that they have seen before.
 */
export function clientCallId(
  prefix: 'toolu' | 'call',
  answerId: string,
  call: { readonly id: string; readonly name: string; readonly index: number },
): string {
  const digits = /:(\d+)$/.exec(call.id)?.[1];
  const kept =
    digits !== undefined && digits.length <= MOST_DIGITS && nameInCanonicalCallId(call.id) === call.name;
  return `${prefix}_${answerId}_${kept ? digits : 'x'}_${call.index}`;
}

/** The way back: the id that the model wrote for a call of this tool; an id that is not one of ours stays as it is. */
export function modelCallId(clientId: string, name: string): string {
  const digits = OURS.exec(clientId)?.[1];
  return digits === undefined ? clientId : `functions.${name}:${digits}`;
}
