import { type ModelRequest, PerigeeError, type Usage } from '../../core/index.ts';
import type { ContinuationOptions } from './continued.ts';

const NONE: ContinuationOptions = { max: 0 };

/** How the answer of a request may be gone on with. Who asks for one token wants the prompt to be read and kept, and no answer. */
export function continuationsFor(
  { maxTokens }: ModelRequest,
  options: ContinuationOptions = {},
): ContinuationOptions {
  return maxTokens === 1 ? NONE : options;
}

/** Tokens that a further part may have; undefined if there is no room for it. */
export function roomFor(
  tokens = 4096,
  contextWindow: number | undefined,
  usage: Usage | undefined,
): number | undefined {
  const left =
    contextWindow === undefined || !usage ? Infinity : contextWindow - usage.inputTokens - usage.outputTokens;
  const room = Math.min(tokens, left);
  return room >= 1 ? room : undefined;
}

/** The rest of an answer was asked for, and something else came. */
export function didNotGoOn(): PerigeeError {
  return new PerigeeError('stream-error', 'the host did not go on where the answer was cut.', {
    remedy: 'Set continuations to { max: 0 } for this host.',
  });
}
