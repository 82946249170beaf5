import {
  type Finish,
  Kept,
  type ModelRequest,
  type StreamEvent,
  type ToolCallDelta,
  type ToolCallEnd,
  type ToolCallInvalid,
  type ToolCallStart,
  type ToolDeclaration,
} from '../core/index.ts';
import { isUnfinished } from './arguments/argument-problem.ts';
import type { EventStage, EventStageMaker, Target, Tell } from './stage.ts';

/** What arguments are that were not begun, also after `argumentsStage`. */
const EMPTY = ['', '{', '{}'];

/**
 * Calls a call cut that the budget cut although the host says `stop` or `tool_calls`: the last one of the answer, with
 * arguments that end inside of their object, unless the host's own count of tokens shows that there was room left; or with none,
 * where its tool needs some and that count shows that there was no room. The finish reason is then `length`. Each cut call is
 * told (`cut`). Goes after `argumentsStage`.
 */
export const truncationStage: EventStageMaker = (original, sent, target, tell) => {
  const { tools = [] } = original;
  return tools.length === 0 ? undefined : new TruncationStage(tools, sent, target, tell);
};

/** The call that came last, if it may have been cut. */
interface Suspect {
  /** What closes it if it was not. */
  readonly closed: readonly StreamEvent[];
  readonly cut: ToolCallInvalid;
  /** Only the host's own count shows that it was. */
  readonly needsProof: boolean;
}

/** A call that has no arguments so far, of a tool that needs some: what came of them is held. */
interface Bare {
  readonly start: ToolCallStart;
  readonly held: StreamEvent[];
  text: string;
}

/** The names of the tools that need arguments. */
const needing = new Kept<readonly ToolDeclaration[], ReadonlySet<string>>();

class TruncationStage implements EventStage {
  readonly #needing: ReadonlySet<string>;
  readonly #sent: ModelRequest;
  readonly #target: Target;
  readonly #tell: Tell;
  /** By the index of their call. */
  readonly #bare: (Bare | undefined)[] = [];
  #suspect: Suspect | undefined;

  constructor(tools: readonly ToolDeclaration[], sent: ModelRequest, target: Target, tell: Tell) {
    this.#needing = needing.get(tools) ?? needing.set(tools, namesOf(tools.filter(needsArguments)));
    this.#sent = sent;
    this.#target = target;
    this.#tell = tell;
  }

  push(event: StreamEvent, out: StreamEvent[]): void {
    const suspect = this.#suspect;
    if (suspect) {
      this.#suspect = undefined;
      if (event.type === 'finish' && this.#ranOut(event, suspect.needsProof)) {
        this.#say();
        out.push(suspect.cut, { ...event, reason: 'length', truncated: true });
        return;
      }
      out.push(...suspect.closed);
    }
    switch (event.type) {
      case 'tool-call-start':
        if (this.#needing.has(event.name)) this.#bare[event.index] = { start: event, held: [], text: '' };
        out.push(event);
        return;
      case 'tool-call-delta':
        this.#delta(event, out);
        return;
      case 'tool-call-end':
        this.#suspect = this.#bareEnd(event);
        if (!this.#suspect) out.push(event);
        return;
      case 'tool-call-invalid':
        this.#invalid(event, out);
        return;
      case 'finish':
        for (const bare of this.#bare) if (bare) out.push(...bare.held);
        out.push(event);
        return;
      case 'text-delta':
      case 'reasoning-delta':
        out.push(event);
        return;
      default:
        event satisfies never;
    }
  }

  #delta(event: ToolCallDelta, out: StreamEvent[]): void {
    const bare = this.#bare[event.index];
    if (!bare) {
      out.push(event);
      return;
    }
    bare.held.push(event);
    bare.text += event.delta;
    if (!EMPTY.includes(bare.text.trim())) this.#release(event.index, out);
  }

  #bareEnd(event: ToolCallEnd): Suspect | undefined {
    const bare = this.#bare[event.index];
    if (!bare) return undefined;
    this.#bare[event.index] = undefined;
    const { index, name, id, rawId = id } = bare.start;
    const cut = { type: 'tool-call-invalid', reason: 'cut', index, rawId, name, arguments: '' } as const;
    return { closed: [...bare.held, event], cut, needsProof: true };
  }

  #invalid(event: ToolCallInvalid, out: StreamEvent[]): void {
    if (event.index !== undefined) this.#release(event.index, out);
    if (event.reason === 'cut') this.#say();
    if (event.reason === 'invalid-arguments' && isUnfinished(event.arguments)) {
      this.#suspect = { closed: [event], cut: { ...event, reason: 'cut' }, needsProof: false };
    } else out.push(event);
  }

  #release(index: number, out: StreamEvent[]): void {
    const bare = this.#bare[index];
    if (!bare) return;
    out.push(...bare.held);
    this.#bare[index] = undefined;
  }

  #ranOut({ usage }: Finish, needsProof: boolean): boolean {
    const limit =
      this.#sent.maxTokens ?? this.#target.maxOutput ?? this.#target.model?.defaultMaxTokens ?? undefined;
    if (!usage || usage.outputTokens === 0) return !needsProof;
    const window = this.#target.contextWindow ?? this.#target.model?.contextWindow;
    // Hosts stop a few tokens early, and count them in their own way.
    if (window !== undefined && usage.inputTokens + usage.outputTokens >= window * 0.98) return true;
    return limit !== undefined && usage.outputTokens >= limit * 0.98;
  }

  #say(): void {
    this.#tell({ stage: 'truncation', action: 'cut', text: 'The output ended inside a call.' });
  }
}

function namesOf(tools: readonly ToolDeclaration[]): ReadonlySet<string> {
  return new Set(tools.map(({ name }) => name));
}

function needsArguments({ parameters }: ToolDeclaration): boolean {
  const required = parameters?.['required'];
  return Array.isArray(required) && required.length > 0;
}
