import type { ModelRequest } from '../core/index.ts';
import { estimateTokens } from './estimate-tokens.ts';
import type { EventStageMaker, RequestStage, Target } from './stage.ts';

/** An answer that is worth asking for; no window makes the limit smaller. */
const LEAST_ANSWER = 1024;
/** How far the real prompt may be above the estimate. */
const SAFETY = 1.25;
const SAFETY_TOKENS = 1024;

/**
 * Brings the limit of the answer into what works: thinking models share it between reasoning and answer and end empty
 * below their floor, hosts refuse more than the model may write and more than fits beside the prompt. No limit stays none.
 */
export const budgetStage: RequestStage = (request, target, tell) => {
  const wish = request.maxTokens;
  if (wish === undefined) return request;
  if (wish === 0) {
    // Hosts refuse 0; one token makes them read the prompt and keep it.
    tell(note('prompt-only', 'max_tokens 0 asks for no answer: one token is written and left out.'));
    return { ...request, maxTokens: 1 };
  }
  const floor = floorOf(request, target);
  const most = target.maxOutput ?? target.model?.maxOutput ?? Number.POSITIVE_INFINITY;
  let limit = wish;
  if (limit < floor) {
    limit = floor;
    tell(note('raised', `max_tokens ${wish} is raised to ${floor}: reasoning and answer share it.`));
  }
  if (limit > most) {
    limit = most;
    tell(note('lowered', `max_tokens is lowered to ${most}, the most that the model may write.`));
  }
  const fitting = fittingLimit(request, target, limit, Math.max(floor, LEAST_ANSWER));
  if (fitting < limit) {
    limit = fitting;
    tell(
      note('lowered', `max_tokens is lowered to ${fitting}, which fits into the window beside the prompt.`),
    );
  }
  return limit === wish ? request : { ...request, maxTokens: limit };
};

/** Of an answer that nobody wants, the prompt alone was to be cached, nothing is left but its end. */
export const budgetBack: EventStageMaker = ({ maxTokens }) => {
  if (maxTokens !== 0) return undefined;
  return {
    push(event, out) {
      if (event.type !== 'finish') return;
      const { truncated: _, ...end } = event;
      const isWritten = end.reason === 'stop' || end.reason === 'tool-calls';
      out.push(isWritten ? { ...end, reason: 'length' } : end);
    },
  };
};

function floorOf({ thinking }: ModelRequest, { model }: Target): number {
  if (!model || model.thinking.mode === 'none' || thinking === 'off') return 0;
  return model.recommendedMinTokens ?? 0;
}

/**
 * The estimate is rather too low, and one token too many is refused: a limit that must be lowered is lowered with room
 * to spare, as long as `enough` is left for an answer.
 */
function fittingLimit(request: ModelRequest, target: Target, limit: number, enough: number): number {
  const window = target.contextWindow ?? target.model?.contextWindow;
  if (window === undefined) return limit;
  const prompt = estimateTokens(request);
  if (prompt * SAFETY + SAFETY_TOKENS + limit <= window) return limit;
  const safe = Math.floor(window - prompt * SAFETY - SAFETY_TOKENS);
  const fits = Math.max(safe, Math.min(enough, window - prompt));
  return Math.min(limit, Math.max(fits, LEAST_ANSWER));
}

function note(action: string, text: string) {
  return { stage: 'budget', action, text };
}
