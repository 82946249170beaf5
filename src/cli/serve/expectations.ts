import type { UpstreamConfig } from '../config/config.ts';
import { targetOf } from './target.ts';

/** What requests and answers of an upstream go through, as far as its profile and configuration tell. */
export function expectations(upstream: UpstreamConfig): string[] {
  const { model, host, contextWindow, maxOutput } = targetOf(upstream);
  const { protocol, format, continuation } = upstream;
  const lines: string[] = [];
  if (protocol === 'completions') {
    lines.push(`the prompt is written here, its answer is read as raw text (format ${format ?? 'auto'})`);
  } else {
    lines.push(`tool calls that the host leaves in the text are found (format ${format ?? 'kimi'})`);
  }
  if (host?.canonicalIds === false) lines.push('call ids: the host renames those of the history itself');
  else lines.push('call ids of the history become functions.NAME:N');
  if (host?.dialect.reasoningRequired) {
    lines.push('reasoning that a client dropped is put back: the host demands it with tool calls');
  }
  const sampling = model?.fixedSampling;
  if (sampling) lines.push('temperature and top_p are not sent: the model has fixed ones');
  if (model?.recommendedMinTokens) {
    lines.push(`at least ${model.recommendedMinTokens} tokens for an answer, since reasoning counts`);
  }
  const { thinking } = model?.toolChoice ?? {};
  if (thinking?.required === false || thinking?.named === false) {
    lines.push('tool_choice: what the model refuses while it thinks is emulated and checked');
  }
  if (host?.toolChoiceNote) lines.push(`tool_choice: ${host.toolChoiceNote}`);
  if (continuation) lines.push('a tool call that is cut off is continued where the upstream can do that');
  const known = (value: number | undefined) => (value === undefined ? 'not known' : String(value));
  lines.push(`context window ${known(contextWindow)}, longest answer ${known(maxOutput)} tokens`);
  if (!model) lines.push('which Kimi model it is cannot be told from its id, so nothing is presumed of it');
  return lines;
}
