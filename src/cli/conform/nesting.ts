import { PerigeeError } from '../../core/index.ts';

/** Deeper than any request; what is written again must not exhaust the stack. */
const DEEPEST = 500;

/** Throws `invalid-request` for a value that is nested deeper than any request. Its own walk needs no stack. */
export function refuseDeepNesting(json: unknown): void {
  let level: unknown[] = [json];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > DEEPEST) {
      throw new PerigeeError('invalid-request', `the request is nested deeper than ${DEEPEST} levels.`);
    }
    level = level.flatMap((value) =>
      typeof value === 'object' && value !== null ? Object.values(value).filter(isContainer) : [],
    );
  }
}

function isContainer(value: unknown): boolean {
  return typeof value === 'object' && value !== null;
}
