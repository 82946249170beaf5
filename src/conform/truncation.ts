import type { Finish, ModelRequest, StreamEvent, ToolCallInvalid } from '../core/index.ts';
import { isUnfinished } from './arguments/argument-problem.ts';
import type { EventStage, EventStageMaker, Target, Tell } from './stage.ts';

/**
 * Calls a call cut that the budget cut although the host says `stop` or `tool_calls`: the last one of the answer, with
 * arguments that end inside of their object, unless the host's own count of tokens shows that there was room left. The
 * finish reason is then `length`. Each cut call is told (`cut`). Goes after `argumentsStage`.
 */
export const truncationStage: EventStageMaker = (original, sent, target, tell) => {
  if (original.tools === undefined || original.tools.length === 0) return undefined;
  return new TruncationStage(sent, target, tell);
};

class TruncationStage implements EventStage {
  readonly #sent: ModelRequest;
  readonly #target: Target;
  readonly #tell: Tell;
  /** The unfinished call that came last. */
  #suspect: ToolCallInvalid | undefined;

  constructor(sent: ModelRequest, target: Target, tell: Tell) {
    this.#sent = sent;
    this.#target = target;
    this.#tell = tell;
  }

  push(event: StreamEvent, out: StreamEvent[]): void {
    const suspect = this.#suspect;
    if (suspect) {
      this.#suspect = undefined;
      if (event.type === 'finish' && this.#ranOut(event)) {
        this.#say();
        out.push({ ...suspect, reason: 'cut' }, { ...event, reason: 'length', truncated: true });
        return;
      }
      out.push(suspect);
    }
    if (event.type === 'tool-call-invalid') {
      if (event.reason === 'cut') this.#say();
      else if (event.reason === 'invalid-arguments' && isUnfinished(event.arguments)) {
        this.#suspect = event;
        return;
      }
    }
    out.push(event);
  }

  #ranOut({ usage }: Finish): boolean {
    const limit =
      this.#sent.maxTokens ?? this.#target.maxOutput ?? this.#target.model?.defaultMaxTokens ?? undefined;
    if (!usage || usage.outputTokens === 0) return limit !== undefined;
    const window = this.#target.contextWindow ?? this.#target.model?.contextWindow;
    // Hosts stop a few tokens early, and count them in their own way.
    if (window !== undefined && usage.inputTokens + usage.outputTokens >= window * 0.98) return true;
    return limit !== undefined && usage.outputTokens >= limit * 0.98;
  }

  #say(): void {
    this.#tell({ stage: 'truncation', action: 'cut', text: 'The output ended inside a call.' });
  }
}
