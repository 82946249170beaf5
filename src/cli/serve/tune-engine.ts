import { setFlagsFromString } from 'node:v8';

/**
 * What V8 is told of a process that does nothing but answer requests, by the names of its flags. All are rules of thumb that it
 * looks at each time it compiles or collects, so they may still be set in a running process; what an engine does not know
 * it ignores. Measured in docs/decisions/gateway.md.
 */
const FLAGS = [
  // The first requests live long, while their code is not compiled. V8 learns from that to put the objects of all later ones
  // among the old, where each keeps what it refers to alive until the next full collection.
  '--no-allocation-site-pretenuring',
  // An event passes many small functions, more than are joined by default.
  '--max-inlined-bytecode-size=1000',
  '--max-inlined-bytecode-size-cumulative=2400',
];

/** Fits the engine to a server's work. To be called before there is any. */
export function tuneEngine(): void {
  for (const flag of FLAGS) setFlagsFromString(flag);
}
