import type { Finish, FinishReason, StreamEvent, ToolCallInvalid } from './event.ts';
import { TextParts } from './text-parts.ts';
import type { Usage } from './usage.ts';

/** One whole answer, put together from its events. */
export interface Turn {
  readonly content: string;
  readonly reasoning: string;
  readonly reasoningSignature?: string;
  /** The calls that were written to their end, in order, with what is wrong with them, if anything. */
  readonly calls: readonly TurnCall[];
  /** The call in which the output ended, if it did: it must not be run. */
  readonly cut?: CutCall;
  /** Calls whose tool cannot be named. */
  readonly unresolved: readonly UnresolvedCall[];
  readonly finishReason: FinishReason;
  readonly rawFinishReason?: string;
  readonly truncated: boolean;
  readonly usage?: Usage;
}

export interface TurnCall {
  readonly index: number;
  readonly id: string;
  readonly rawId?: string;
  readonly name: string;
  readonly arguments: string;
  /** Absent: the call may be run. */
  readonly problem?: 'undeclared' | 'invalid-arguments';
}

export interface CutCall {
  readonly id?: string;
  readonly rawId: string;
  readonly name?: string;
  readonly arguments: string;
}

export interface UnresolvedCall {
  readonly rawId: string;
  readonly arguments: string;
}

type Started = { -readonly [K in keyof TurnCall]: TurnCall[K] } & { closed: boolean };

/** Collects the events of one answer. `turn()` may be asked at any time, also after a stream broke off. */
export class TurnAssembler {
  readonly #content = new TextParts();
  readonly #reasoning = new TextParts();
  #signature: string | undefined;
  readonly #calls: Started[] = [];
  readonly #unresolved: UnresolvedCall[] = [];
  #cut: CutCall | undefined;
  #finish: Finish | undefined;

  push(event: StreamEvent): void {
    switch (event.type) {
      case 'text-delta':
        this.#content.add(event.delta);
        return;
      case 'reasoning-delta':
        this.#reasoning.add(event.delta);
        this.#signature = event.signature ?? this.#signature;
        return;
      case 'tool-call-start': {
        const { index, id, name, rawId } = event;
        this.#calls[index] = {
          index,
          id,
          name,
          arguments: '',
          closed: false,
          ...(rawId !== undefined && { rawId }),
        };
        return;
      }
      case 'tool-call-delta': {
        const call = this.#calls[event.index];
        if (call) call.arguments += event.delta;
        return;
      }
      case 'tool-call-end': {
        const call = this.#calls[event.index];
        if (call) call.closed = true;
        return;
      }
      case 'tool-call-invalid':
        this.#invalid(event);
        return;
      case 'finish':
        this.#finish = event;
        return;
      default:
        event satisfies never;
    }
  }

  #invalid(event: ToolCallInvalid): void {
    if (event.reason === 'unresolved') {
      this.#unresolved.push({ rawId: event.rawId, arguments: event.arguments });
      return;
    }
    const call = event.index === undefined ? undefined : this.#calls[event.index];
    if (event.reason === 'cut') {
      const { rawId, name } = event;
      this.#cut = {
        rawId,
        arguments: event.arguments,
        ...(call && { id: call.id }),
        ...(name !== undefined && { name }),
      };
      if (call) delete this.#calls[call.index];
    } else if (call) {
      call.closed = true;
      call.problem = event.reason;
    }
  }

  /** The call at an index, once it was written to its end and may be run. */
  call(index: number): TurnCall | undefined {
    const started = this.#calls[index];
    if (!started?.closed || started.problem !== undefined) return undefined;
    return callOf(started);
  }

  /** The characters written so far: a measure for tokens that no host has counted. */
  get length(): number {
    let length = this.#content.length + this.#reasoning.length;
    for (const call of Object.values(this.#calls)) length += call.name.length + call.arguments.length;
    return length;
  }

  /** The answer so far. Calls that were begun and never closed are not in it. */
  turn(): Turn {
    const calls: TurnCall[] = [];
    // By what is there, not by position: an index may be anything that a host sent.
    for (const started of Object.values(this.#calls)) if (started.closed) calls.push(callOf(started));
    const finish = this.#finish;
    return {
      content: this.#content.toString(),
      reasoning: this.#reasoning.toString(),
      calls,
      unresolved: [...this.#unresolved],
      finishReason: finish?.reason ?? 'error',
      truncated: finish?.truncated ?? false,
      ...(this.#signature !== undefined && { reasoningSignature: this.#signature }),
      ...(this.#cut && { cut: this.#cut }),
      ...(finish?.rawReason !== undefined && { rawFinishReason: finish.rawReason }),
      ...(finish?.usage && { usage: finish.usage }),
    };
  }
}

function callOf({ index, id, name, rawId, arguments: text, problem }: Started): TurnCall {
  return {
    index,
    id,
    name,
    arguments: text,
    ...(rawId !== undefined && { rawId }),
    ...(problem !== undefined && { problem }),
  };
}
