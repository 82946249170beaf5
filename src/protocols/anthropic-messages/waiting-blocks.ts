import type { StreamEvent, ToolCallStart } from '../../core/index.ts';

/** How a call ended: whole, with arguments that are no JSON, or not yet. */
export type CallEnd = 'whole' | 'spoiled' | undefined;

/** A block whose turn has not come. */
export type WaitingBlock =
  | { readonly kind: 'text'; readonly deltas: string[] }
  | { readonly kind: 'thinking'; readonly deltas: string[]; signature: string | undefined }
  | { readonly kind: 'call'; readonly start: ToolCallStart; readonly deltas: string[]; end: CallEnd };

/**
 * What arrived while another call's block was open: parallel calls may interleave, and of Anthropic's blocks only one is
 * open at a time. In the order in which it began.
 */
export class WaitingBlocks {
  #blocks: WaitingBlock[] = [];
  readonly #calls = new Map<number, WaitingBlock & { kind: 'call' }>();

  /** Keeps an event that is neither the open call's nor the end. */
  add(event: Exclude<StreamEvent, { type: 'finish' }>, end: CallEnd): void {
    const last = this.#blocks.at(-1);
    switch (event.type) {
      case 'text-delta':
        if (last?.kind === 'text') last.deltas.push(event.delta);
        else if (event.delta !== '') this.#blocks.push({ kind: 'text', deltas: [event.delta] });
        return;
      case 'reasoning-delta': {
        const { delta, signature } = event;
        if (last?.kind === 'thinking') {
          last.deltas.push(delta);
          last.signature = signature ?? last.signature;
        } else this.#blocks.push({ kind: 'thinking', deltas: [delta], signature });
        return;
      }
      case 'tool-call-start': {
        const call = { kind: 'call' as const, start: event, deltas: [], end: undefined };
        this.#blocks.push(call);
        this.#calls.set(event.index, call);
        return;
      }
      case 'tool-call-delta':
        this.#calls.get(event.index)?.deltas.push(event.delta);
        return;
      case 'tool-call-end':
      case 'tool-call-invalid': {
        const call = event.index === undefined ? undefined : this.#calls.get(event.index);
        if (call) call.end = end;
        return;
      }
      default:
        event satisfies never;
    }
  }

  /** Leaves a call out: nothing of it was shown. */
  drop(index: number): void {
    const call = this.#calls.get(index);
    this.#calls.delete(index);
    this.#blocks = this.#blocks.filter((block) => block !== call);
  }

  /** The blocks whose turn it is: all up to the first call that has not ended, and that one too. */
  take(): WaitingBlock[] {
    const open = this.#blocks.findIndex((block) => block.kind === 'call' && block.end === undefined);
    const taken = this.#blocks.splice(0, open < 0 ? this.#blocks.length : open + 1);
    for (const block of taken) if (block.kind === 'call') this.#calls.delete(block.start.index);
    return taken;
  }
}
