import type { Turn } from '../../core/index.ts';
import type { Ending } from './run-state.ts';
import { isBlank } from './transcript.ts';

/** What a turn asks for: `act` when it has calls to serve or to speak about, else how the run ends. */
export type Verdict = 'act' | 'stop' | 'length' | 'content-filter' | 'empty';

/** Judges by what was written; a host's finish reason may say otherwise. */
export function judge(turn: Turn): Verdict {
  if (turn.finishReason === 'content-filter') return 'content-filter';
  if (turn.calls.length > 0 || turn.cut || turn.unresolved.length > 0) return 'act';
  if (turn.finishReason === 'length' || turn.truncated) return 'length';
  return isBlank(turn) ? 'empty' : 'stop';
}

/** Why the run ends with a turn that asks for nothing more. */
export function endingOf(verdict: Exclude<Verdict, 'act'>, turn: Turn): Ending {
  return { finishReason: verdict, explanation: explain(verdict, turn) };
}

function explain(verdict: Exclude<Verdict, 'act'>, turn: Turn): string {
  switch (verdict) {
    case 'stop':
      return 'The model answered.';
    case 'length':
      return isBlank(turn)
        ? 'The output limit was reached while the model was still reasoning: raise maxTokens.'
        : 'The output limit was reached in the middle of the answer: raise maxTokens.';
    case 'content-filter':
      return "The host's content filter stopped the answer.";
    case 'empty':
      return 'The model answered nothing, also when it was asked again.';
    default:
      return verdict satisfies never;
  }
}
