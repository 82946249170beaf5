import type { ToolCallDelta } from '../../core/index.ts';
import { ArgumentScanner } from './scanner.ts';
import type { Repair } from './scanner-state.ts';
import type { Shape } from './shape.ts';

/** Strings inside strings that are opened, each in the one before. */
const MAX_NESTING = 3;

/** A text, repaired, and what was done to it. */
export interface Repaired {
  readonly text: string;
  readonly repairs: readonly Repair[];
}

/** Repairs a whole text. `depth`: how many strings were around it; an array is taken only inside one. */
export function repairText(text: string, shape: Shape | undefined, depth = 0): Repaired {
  const scanner = argumentScanner(shape, depth);
  scanner.scan(text);
  scanner.held.add({ type: 'tool-call-delta', index: 0, delta: text });
  scanner.end();
  const out: ToolCallDelta[] = [];
  scanner.held.release(out);
  return { text: out[0]?.delta ?? '', repairs: scanner.repairs };
}

/** A scanner that also repairs what stands inside of strings that are unwrapped. */
export function argumentScanner(shape: Shape | undefined, depth = 0): ArgumentScanner {
  return new ArgumentScanner(shape, {
    depth,
    repair: (text, inside) => (depth < MAX_NESTING ? repairText(text, inside, depth + 1).text : text),
  });
}
