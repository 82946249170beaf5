import {
  parseJsonObject,
  type StreamEvent,
  type ToolCallDelta,
  type ToolCallInvalid,
} from '../../core/index.ts';
import { argumentScanner, repairText } from './repair-text.ts';
import type { ArgumentScanner } from './scanner.ts';
import type { Repair } from './scanner-state.ts';
import type { Shape } from './shape.ts';
import { bareArguments } from './unwrap.ts';

/** How the arguments of a call came out. */
export interface CheckedArguments {
  /** As they were handed on. */
  readonly text: string;
  /** Undefined: they are no JSON object. */
  readonly value: Record<string, unknown> | undefined;
  readonly repairs: readonly Repair[];
}

/** The arguments of one call on their way. */
export class CallArguments {
  readonly #shape: Shape | undefined;
  readonly #scanner: ArgumentScanner;
  readonly #sent: string[] = [];
  readonly #index: number;

  constructor(index: number, shape: Shape | undefined) {
    this.#index = index;
    this.#shape = shape;
    this.#scanner = argumentScanner(shape);
  }

  delta(event: ToolCallDelta, out: StreamEvent[]): void {
    const { held } = this.#scanner;
    this.#scanner.scan(event.delta);
    if (held.isIdle) {
      this.#sent.push(event.delta);
      out.push(event);
      return;
    }
    held.add(event);
    if (!held.holding) this.#release(out);
  }

  /** The call is closed: gives out what was held, repaired as far as that can be done. */
  end(out: StreamEvent[]): CheckedArguments {
    const { held } = this.#scanner;
    const repairs: Repair[] = [];
    const bare = this.#scanner.isOther ? bareArguments(held.raw) : undefined;
    const repaired = bare === undefined ? undefined : repairText(bare, this.#shape);
    if (repaired && (repaired.text === '' || parseJsonObject(repaired.text))) {
      held.clear();
      repairs.push({ kind: 'what stood around the object', path: [] }, ...repaired.repairs);
      this.#send(repaired.text, out);
    } else {
      this.#scanner.end();
      this.#release(out);
      repairs.push(...this.#scanner.repairs);
    }
    let text = this.#sent.join('');
    if (text.trim() === '') {
      text += '{}';
      this.#send('{}', out);
      repairs.push({ kind: 'no arguments at all', path: [] });
    }
    return { text, value: parseJsonObject(text), repairs };
  }

  /** The call was cut: gives out what was held, as it came. Returns all that was handed on. */
  cut(out: StreamEvent[]): string {
    this.#scanner.end();
    this.#release(out);
    return this.#sent.join('');
  }

  #release(out: StreamEvent[]): void {
    const deltas: ToolCallDelta[] = [];
    this.#scanner.held.release(deltas);
    for (const delta of deltas) {
      this.#sent.push(delta.delta);
      out.push(delta);
    }
  }

  #send(text: string, out: StreamEvent[]): void {
    if (text === '') return;
    this.#sent.push(text);
    out.push({ type: 'tool-call-delta', index: this.#index, delta: text });
  }
}

/** The event of a call that is closed as invalid, told with the arguments as they were handed on. */
export function withArguments(event: ToolCallInvalid, text: string): ToolCallInvalid {
  return event.arguments.trim() === text.trim() ? event : { ...event, arguments: text };
}
