import type { FinishReason, Turn, Usage } from '../../core/index.ts';
import type { EncodeOptions } from '../front/index.ts';
import type { Item, ResponsesReply } from './reply.ts';

/** How an answer ended, in the words of the protocol. */
export interface Ending {
  readonly status: 'completed' | 'incomplete' | 'failed';
  readonly incompleteReason?: 'max_output_tokens' | 'content_filter';
  readonly error?: { readonly code: string; readonly message: string };
}

/**
 * How an answer ended that was not broken off: an output that ended inside a call or a thought is never whole, and
 * nothing is no `summary`, where one was asked for.
 */
export function endingOf(reason: FinishReason, wasCut: boolean, summary?: string): Ending {
  if (reason === 'error') {
    const message = 'The host gave the answer up before its end. Try again.';
    return { status: 'failed', error: { code: 'server_error', message } };
  }
  if (reason === 'content-filter') return { status: 'incomplete', incompleteReason: 'content_filter' };
  if (reason === 'length' || wasCut) return { status: 'incomplete', incompleteReason: 'max_output_tokens' };
  if (summary?.trim() === '') {
    const message = 'The model wrote no summary of the conversation. Try again.';
    return { status: 'failed', error: { code: 'server_error', message } };
  }
  return { status: 'completed' };
}

/** The same of a whole turn. `compacts`: its text is a summary. */
export function endingOfTurn(turn: Turn, compacts: boolean): Ending {
  const wasCut = turn.truncated || turn.cut !== undefined;
  return endingOf(turn.finishReason, wasCut, compacts ? turn.content : undefined);
}

/** The fields of a response that change while it is made; the client's own are in `reply.echo`. */
export function responseHead(
  { id, model, created }: EncodeOptions<ResponsesReply>,
  output: readonly unknown[],
  ending?: Ending,
  usage?: Usage,
): Item {
  return {
    id: `resp_${id}`,
    object: 'response',
    created_at: created,
    status: ending?.status ?? 'in_progress',
    error: ending?.error ?? null,
    incomplete_details: ending?.incompleteReason === undefined ? null : { reason: ending.incompleteReason },
    model,
    output,
    usage: ending === undefined || (ending.status === 'failed' && !usage) ? null : encodeUsage(usage),
  };
}

/** The AI SDK refuses the end of an answer without figures, so unknown ones are 0. */
export function encodeUsage(usage: Usage | undefined): Item {
  const input = usage?.inputTokens ?? 0;
  const output = usage?.outputTokens ?? 0;
  return {
    input_tokens: input,
    input_tokens_details: { cached_tokens: usage?.cachedInputTokens ?? 0, cache_write_tokens: 0 },
    output_tokens: output,
    output_tokens_details: { reasoning_tokens: usage?.reasoningTokens ?? 0 },
    total_tokens: input + output,
  };
}
