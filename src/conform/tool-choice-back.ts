import type { Finish, ModelRequest, StreamEvent, ToolCallInvalid, ToolCallStart } from '../core/index.ts';
import type { EventStage, EventStageMaker, Tell } from './stage.ts';
import { forcedChoice } from './tool-choice.ts';

/**
 * Holds an answer to what was asked: no calls after `none`, calls of one tool only where it was named, the first call
 * only where `parallelToolCalls` is false. What goes beyond that is dropped with a note (`dropped`); the calls that
 * remain are counted anew. Nothing where none of this was asked.
 */
export const toolChoiceBack: EventStageMaker = (original, sent, _target, tell) => {
  const rule = ruleOf(original, sent);
  return rule && new CallFilter(rule, tell);
};

interface Rule {
  /** The names that are allowed; undefined: all. */
  readonly names: ReadonlySet<string> | undefined;
  readonly most: number;
  readonly reason: string;
}

function ruleOf(original: ModelRequest, sent: ModelRequest): Rule | undefined {
  if (original.toolChoice === 'none') return { names: undefined, most: 0, reason: 'no call was allowed' };
  const choice = forcedChoice(original.toolChoice);
  const most = original.parallelToolCalls === false ? 1 : Number.POSITIVE_INFINITY;
  if (choice === undefined || choice === 'required') {
    return most === 1 ? { names: undefined, most, reason: 'one call was allowed' } : undefined;
  }
  const position = original.tools?.findIndex(({ name }) => name === choice.name) ?? -1;
  // Its name may have been changed for the host.
  const alias = sent.tools?.length === original.tools?.length ? sent.tools?.[position]?.name : undefined;
  const names = new Set(alias === undefined ? [choice.name] : [choice.name, alias]);
  return { names, most, reason: most === 1 ? 'one call of one tool was allowed' : 'one tool was allowed' };
}

class CallFilter implements EventStage {
  readonly passesText = true;
  readonly #rule: Rule;
  readonly #tell: Tell;
  /** The new index of each call that is kept, by the old one. */
  readonly #kept = new Map<number, number>();
  #dropped = false;
  #droppedCut = false;
  #keptWhole = 0;
  #keptCut = false;

  constructor(rule: Rule, tell: Tell) {
    this.#rule = rule;
    this.#tell = tell;
  }

  push(event: StreamEvent, out: StreamEvent[]): void {
    switch (event.type) {
      case 'text-delta':
      case 'reasoning-delta':
        out.push(event);
        return;
      case 'tool-call-start':
        if (this.#admits(event)) out.push(counted(event, this.#kept.get(event.index)!));
        return;
      case 'tool-call-delta':
      case 'tool-call-end': {
        const index = this.#kept.get(event.index);
        if (index === undefined) return;
        if (event.type === 'tool-call-end') this.#keptWhole++;
        out.push(counted(event, index));
        return;
      }
      case 'tool-call-invalid':
        this.#invalid(event, out);
        return;
      case 'finish':
        out.push(this.#finish(event));
        return;
      default:
        event satisfies never;
    }
  }

  #admits({ index, name }: ToolCallStart): boolean {
    const { names, most } = this.#rule;
    if (this.#kept.size < most && (names === undefined || names.has(name))) {
      this.#kept.set(index, this.#kept.size);
      return true;
    }
    this.#drop();
    return false;
  }

  #invalid(event: ToolCallInvalid, out: StreamEvent[]): void {
    const isCut = event.reason === 'cut';
    if (event.index !== undefined) {
      const index = this.#kept.get(event.index);
      if (index === undefined) this.#droppedCut ||= isCut;
      else {
        if (isCut) this.#keptCut = true;
        else this.#keptWhole++;
        out.push(index === event.index ? event : { ...event, index });
      }
      return;
    }
    const { names, most } = this.#rule;
    const isOther = names !== undefined && event.name !== undefined && !names.has(event.name);
    if (this.#kept.size >= most || isOther) {
      this.#droppedCut ||= isCut;
      this.#drop();
    } else {
      this.#keptCut ||= isCut;
      out.push(event);
    }
  }

  /** Of what was dropped the client knows nothing, so the reason is that of what remains. */
  #finish(event: Finish): Finish {
    if (!this.#dropped) return event;
    if (event.reason === 'tool-calls' && this.#keptWhole === 0) return { ...event, reason: 'stop' };
    if (event.reason !== 'length' || !this.#droppedCut || this.#keptCut || this.#keptWhole === 0)
      return event;
    const { truncated: _, ...rest } = event;
    return { ...rest, reason: 'tool-calls' };
  }

  #drop(): void {
    this.#dropped = true;
    this.#tell({
      stage: 'tool-choice',
      action: 'dropped',
      text: `A call was dropped: ${this.#rule.reason}.`,
    });
  }
}

function counted<Event extends StreamEvent & { readonly index: number }>(event: Event, index: number): Event {
  return event.index === index ? event : { ...event, index };
}
