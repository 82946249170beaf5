import { isJsonObject, type StreamEvent } from '../../core/index.ts';
import { textIn, type Wire } from './wire-reading.ts';

interface Call {
  readonly index: number;
  /** The input that stood in the block itself, as JSON; '' for none. */
  readonly whole: string;
  hasDeltas: boolean;
}

/** Reads the content blocks of one answer, by the host's indexes. */
export class BlockReader {
  /** Calls that are open. */
  readonly #calls = new Map<unknown, Call>();
  #count = 0;

  start(position: unknown, block: unknown, events: StreamEvent[]): void {
    if (!isJsonObject(block)) return;
    this.stop(position, events);
    switch (block['type']) {
      case 'tool_use': {
        const id = textIn(block['id']);
        const index = this.#count++;
        events.push({ type: 'tool-call-start', index, id, name: textIn(block['name']), rawId: id });
        this.#calls.set(position, { index, whole: inputText(block['input']), hasDeltas: false });
        return;
      }
      case 'thinking':
        pushReasoning(textIn(block['thinking']), textIn(block['signature']), events);
        return;
      default:
        pushText(block, events);
    }
  }

  delta(position: unknown, delta: unknown, events: StreamEvent[]): void {
    if (!isJsonObject(delta)) return;
    switch (delta['type']) {
      case 'input_json_delta': {
        const call = this.#calls.get(position) ?? [...this.#calls.values()].at(-1);
        const text = textIn(delta['partial_json']);
        if (!call || text === '') return;
        call.hasDeltas = true;
        events.push({ type: 'tool-call-delta', index: call.index, delta: text });
        return;
      }
      case 'thinking_delta':
        pushReasoning(textIn(delta['thinking']), '', events);
        return;
      case 'signature_delta':
        pushReasoning('', textIn(delta['signature']), events);
        return;
      default:
        pushText(delta, events);
    }
  }

  stop(position: unknown, events: StreamEvent[]): void {
    const call = this.#calls.get(position);
    if (!call) return;
    this.#calls.delete(position);
    const { index, whole, hasDeltas } = call;
    if (!hasDeltas && whole !== '') events.push({ type: 'tool-call-delta', index, delta: whole });
    events.push({ type: 'tool-call-end', index });
  }

  /** Closes what is still open. */
  end(events: StreamEvent[]): void {
    for (const position of [...this.#calls.keys()]) this.stop(position, events);
  }
}

function pushText(block: Wire, events: StreamEvent[]): void {
  const delta = textIn(block['text']);
  if (delta !== '') events.push({ type: 'text-delta', delta });
}

function pushReasoning(delta: string, signature: string, events: StreamEvent[]): void {
  if (delta === '' && signature === '') return;
  events.push({ type: 'reasoning-delta', delta, ...(signature !== '' && { signature }) });
}

/** A block opens with an empty object as a placeholder; the arguments follow as deltas. */
function inputText(input: unknown): string {
  if (typeof input === 'string') return input;
  if (input === undefined || input === null) return '';
  if (isJsonObject(input) && Object.keys(input).length === 0) return '';
  try {
    return JSON.stringify(input);
  } catch {
    // Nested deeper than the stack: any JSON that is not an object marks the call as invalid.
    return 'null';
  }
}
