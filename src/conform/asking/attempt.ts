import {
  type Finish,
  type StreamEvent,
  type ToolCallStart,
  type Turn,
  TurnAssembler,
} from '../../core/index.ts';
import type { Plan } from './plan.ts';

/**
 * One answer on its way: says what of it may be released, holds the rest. Reasoning is released at once, text and calls
 * as soon as it is sure that the answer will not be asked again.
 */
export class Attempt {
  /** A text or a call was released. */
  hasReleased = false;
  finish: Finish | undefined;
  readonly #plan: Plan;
  /** Of what may have been released: where nothing is before the end, all of it is held. */
  readonly #assembler: TurnAssembler | undefined;
  #held: StreamEvent[] = [];
  /** The call that was asked for has begun, or none was asked for. */
  #obeyed: boolean;
  #hasCalls = false;

  constructor(plan: Plan) {
    this.#plan = plan;
    this.#assembler = plan.whole ? undefined : new TurnAssembler();
    this.#obeyed = plan.choice === undefined;
  }

  /** Whether the call that must be there has begun. */
  get obeyed(): boolean {
    return this.#obeyed;
  }

  /** The answer so far. */
  get turn(): Turn {
    if (this.#assembler) return this.#assembler.turn();
    const assembler = new TurnAssembler();
    for (const event of this.#held) assembler.push(event);
    if (this.finish) assembler.push(this.finish);
    return assembler.turn();
  }

  /** Takes a batch; returns what of it, and of what was held, may be released. The batch itself where that is all. */
  push(batch: readonly StreamEvent[]): readonly StreamEvent[] {
    const released: StreamEvent[] = [];
    const isHolding = this.#held.length > 0;
    for (const event of batch) {
      this.#assembler?.push(event);
      if (event.type === 'finish') this.finish = event;
      else this.#take(event, released);
    }
    return !isHolding && released.length === batch.length ? batch : released;
  }

  /** What is still held, in order. */
  get rest(): readonly StreamEvent[] {
    return this.#held;
  }

  #take(event: Exclude<StreamEvent, Finish>, released: StreamEvent[]): void {
    if (event.type === 'tool-call-start') {
      this.#hasCalls = true;
      if (this.#isAskedFor(event)) this.#obeyed = true;
    } else if (event.type === 'tool-call-invalid') this.#hasCalls = true;
    this.#held.push(event);
    if (this.#mustHold(event)) return;
    for (const held of this.#held) released.push(held);
    if (this.#held.some(({ type }) => type !== 'reasoning-delta')) this.hasReleased = true;
    this.#held = [];
  }

  #mustHold(event: StreamEvent): boolean {
    if (this.#plan.whole) return true;
    if (this.#plan.schemas !== undefined && this.#hasCalls) return true;
    if (this.#obeyed) return false;
    // What comes after a text that is held must not overtake it.
    return event.type !== 'reasoning-delta' || this.#held.length > 1;
  }

  #isAskedFor({ name }: ToolCallStart): boolean {
    const { choice } = this.#plan;
    return choice === undefined || choice === 'required' || choice.name === name;
  }
}
