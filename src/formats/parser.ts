import {
  type CallIds,
  finishReasonOf,
  type StreamEvent,
  type ToolDeclaration,
  type Turn,
  TurnAssembler,
  type Usage,
} from '../core/index.ts';
import { CallEmitter } from './engine/call-emitter.ts';
import { DeclaredTools } from './engine/declared-tools.ts';
import { finishOf } from './engine/finish.ts';
import { Machine } from './engine/machine.ts';
import { TextMode } from './engine/text-mode.ts';
import type { Format } from './format.ts';

export interface ParserOptions {
  /** Default `auto`; for `createReparser` `kimi`. */
  readonly format?: Format;
  /** The tools that the model was given. Absent: not known, so no call counts as undeclared. */
  readonly tools?: readonly ToolDeclaration[];
  /** The prompt ended with `<think>`, as K2.5 and later do in thinking mode. Default false. */
  readonly startInReasoning?: boolean;
  /** Gives out the ids of this conversation. Default: a new conversation. */
  readonly ids?: CallIds;
  /** Characters that one call's arguments may have before the call counts as cut. Default 32 Mi. */
  readonly maxArgumentLength?: number;
  /** Is told of each call that `createReparser` finds in text or reasoning, not among the host's calls. */
  readonly onTextCall?: () => void;
}

/** How an answer ended, as the host reported it. */
export interface EndOfText {
  /** The host's finish reason, as it stands on the wire. */
  readonly rawReason?: string;
  readonly usage?: Usage;
}

/**
 * A synchronous push machine over raw model text. The events do not depend on how the text was cut into
 * chunks; time is linear in the text.
 */
export interface Parser {
  push(text: string): StreamEvent[];
  /** The remaining events; the last one is `finish`. */
  end(end?: EndOfText): StreamEvent[];
}

/**
 * The same machine for answers that a host has already taken apart: events in, events out. Text and reasoning
 * are read as one stream of markers, so calls that leaked into either are recovered, a leaked copy of a
 * structured call is dropped, and the finish reason is derived from what was parsed.
 */
export interface Reparser {
  push(event: StreamEvent): StreamEvent[];
}

/** Characters. */
export const DEFAULT_MAX_ARGUMENT_LENGTH = 32 * 1024 * 1024;

/** A parser for one answer. */
export function createParser(options: ParserOptions = {}): Parser {
  let events: StreamEvent[] = [];
  const send = (event: StreamEvent) => void events.push(event);
  const tools = DeclaredTools.of(options.tools);
  const calls = new CallEmitter(tools, options.ids, send);
  const machine = new Machine({
    tools,
    calls,
    send,
    textMode: (owner) => new TextMode(owner),
    format: options.format ?? 'auto',
    startInReasoning: options.startInReasoning ?? false,
    maxArgumentLength: options.maxArgumentLength ?? DEFAULT_MAX_ARGUMENT_LENGTH,
  });
  const take = () => {
    const taken = events;
    events = [];
    return taken;
  };
  return {
    push(text) {
      machine.push(text);
      return take();
    },
    end(end = {}) {
      const reported = finishReasonOf(end.rawReason);
      machine.end(reported === 'length');
      send(finishOf(calls, machine.truncated, reported, end));
      return take();
    },
  };
}

/** Parses a whole answer at once. */
export function parse(text: string, options: ParserOptions & EndOfText = {}): Turn {
  const parser = createParser(options);
  const turn = new TurnAssembler();
  for (const event of parser.push(text)) turn.push(event);
  for (const event of parser.end(options)) turn.push(event);
  return turn.turn();
}
