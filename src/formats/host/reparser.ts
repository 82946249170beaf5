import {
  finishReasonOf,
  type StreamEvent,
  type ToolCallInvalid,
  type ToolCallStart,
} from '../../core/index.ts';
import { CallEmitter } from '../engine/call-emitter.ts';
import { DeclaredTools } from '../engine/declared-tools.ts';
import { finishOf } from '../engine/finish.ts';
import { Machine } from '../engine/machine.ts';
import { TextMode } from '../engine/text-mode.ts';
import { nameInHeader } from '../native/call-name.ts';
import { DEFAULT_MAX_ARGUMENT_LENGTH, type ParserOptions, type Reparser } from '../parser.ts';
import { HostCall } from './host-call.ts';
import { Twins } from './twins.ts';

/**
 * A reparser for one answer. The default format is `kimi`: a host that takes calls apart itself may leak
 * markers, but an answer of plain JSON is then an answer.
 */
export function createReparser(options: ParserOptions = {}): Reparser {
  const reparser = new EventReparser(options);
  return { push: (event) => reparser.push(event) };
}

class EventReparser {
  readonly #tools: DeclaredTools;
  readonly #emitter: CallEmitter;
  readonly #twins: Twins;
  readonly #machine: Machine;
  /** By the host's index. */
  #hostCalls: Map<number, HostCall> | undefined;
  /** The host tells reasoning and content apart. */
  #isSplit: boolean;
  #events: StreamEvent[] = [];

  constructor(options: ParserOptions) {
    const send = (event: StreamEvent) => void this.#events.push(event);
    this.#isSplit = !options.startInReasoning;
    this.#tools = DeclaredTools.of(options.tools);
    this.#emitter = new CallEmitter(this.#tools, options.ids, send);
    this.#twins = new Twins(this.#emitter);
    this.#machine = new Machine({
      send,
      textMode: (machine) => new TextMode(machine),
      tools: this.#tools,
      calls: {
        start: (name, rawId) => {
          options.onTextCall?.();
          return this.#twins.start('text', name, rawId);
        },
        unresolved: (rawId, text) => this.#emitter.unresolved(rawId, text),
        cutEarly: (rawId, name, text) => {
          if (!this.#twins.explains(rawId, name, text)) this.#emitter.cutEarly(rawId, name, text);
        },
      },
      format: options.format ?? 'kimi',
      startInReasoning: options.startInReasoning ?? false,
      maxArgumentLength: options.maxArgumentLength ?? DEFAULT_MAX_ARGUMENT_LENGTH,
    });
  }

  push(event: StreamEvent): StreamEvent[] {
    this.#read(event);
    const events = this.#events;
    this.#events = [];
    return events;
  }

  #read(event: StreamEvent): void {
    switch (event.type) {
      case 'text-delta':
        // A host that does not split off the reasoning sends all of it as text, until the text itself ends it.
        if (this.#isSplit) this.#machine.hostChannel('content');
        this.#machine.push(event.delta);
        return;
      case 'reasoning-delta':
        this.#isSplit = true;
        this.#machine.hostChannel('reasoning');
        this.#machine.push(event.delta);
        return;
      case 'tool-call-start':
        this.#start(event);
        return;
      case 'tool-call-delta':
        this.#hostCalls?.get(event.index)?.delta(event.delta);
        return;
      case 'tool-call-end':
        this.#hostCalls?.get(event.index)?.close();
        return;
      case 'tool-call-invalid':
        this.#invalid(event);
        return;
      case 'finish': {
        const reported = event.rawReason === undefined ? event.reason : finishReasonOf(event.rawReason);
        const outOfTokens = reported === 'length';
        const calls = [...(this.#hostCalls?.values() ?? [])];
        for (const [position, call] of calls.entries())
          call.finish(outOfTokens && position === calls.length - 1);
        // An opener that leaked behind a structured call promises no further one.
        if (calls.length > 0) this.#machine.callElsewhere();
        this.#machine.end(outOfTokens);
        this.#twins.end();
        const truncated = this.#machine.truncated || event.truncated === true;
        this.#events.push(finishOf(this.#emitter, truncated, reported, event));
        return;
      }
      default:
        event satisfies never;
    }
  }

  #start(event: ToolCallStart): void {
    this.#hostCalls ??= new Map();
    const earlier = this.#hostCalls.get(event.index);
    const rawId = event.rawId ?? event.id;
    if (earlier) {
      if (earlier.rawId === rawId) return;
      // An index that is used again: the call before it is over.
      earlier.finish(false);
      this.#hostCalls.delete(event.index);
    }
    this.#machine.callElsewhere();
    const call = this.#twins.start('host', this.#nameOf(event.name, rawId), rawId);
    this.#hostCalls.set(event.index, new HostCall(rawId, call, (leak) => this.#machine.push(leak)));
  }

  /** The declared tool that a host's name means, `functions.` and the like taken off; else what it says. */
  #nameOf(name: string, rawId: string): string {
    if (this.#tools.has(name)) return name;
    const resolved = nameInHeader(name === '' ? rawId : name, this.#tools);
    return resolved !== undefined && (name === '' || this.#tools.has(resolved)) ? resolved : name;
  }

  #invalid(event: ToolCallInvalid): void {
    const call = event.index === undefined ? undefined : this.#hostCalls?.get(event.index);
    if (event.reason === 'unresolved') this.#emitter.unresolved(event.rawId, event.arguments);
    else if (event.reason === 'cut') {
      if (call) call.cut(event.arguments);
      else this.#emitter.cutEarly(event.rawId, event.name, event.arguments);
    } else call?.finish(false);
  }
}
