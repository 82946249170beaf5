import { randomBytes } from 'node:crypto';

/** Drawn once: what follows is counted, which is new every time and costs next to nothing. */
const PROCESS = randomBytes(8).toString('hex');
let count = 0;

/** An id that no other answer of any gateway has: 24 letters and digits. */
export function nextId(): string {
  return PROCESS + (count++).toString(36).padStart(8, '0');
}
