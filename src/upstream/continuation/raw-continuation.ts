import {
  addUsage,
  CallIds,
  type Finish,
  type ModelRequest,
  type StreamEvent,
  type Usage,
} from '../../core/index.ts';
import { createParser, type Parser, type ParserOptions, parse } from '../../formats/index.ts';
import type { AnswerWire } from '../answer-machine.ts';
import type { Continuation, ContinuationOptions, Part } from './continued.ts';
import { didNotGoOn, roomFor } from './limits.ts';
import { endsForGood, endsInside, goesOn } from './open-call.ts';

/** Characters of an answer that are sent again. */
const LONGEST = 4 * 1024 * 1024;

export interface RawAnswer {
  readonly request: ModelRequest;
  /** `ids` is made anew for each reading. */
  readonly parsing: Omit<ParserOptions, 'ids'>;
  readonly options: ContinuationOptions;
  readonly contextWindow: number | undefined;
  /** The reader of one response, around the given stage. */
  wire(stage: AnswerWire['stage']): AnswerWire;
  /** The request that goes on behind `raw`. */
  body(raw: string, maxTokens?: number): Record<string, unknown>;
}

/**
 * Reads the raw text of an answer that may come in parts: the same parser reads on, so the events are those of the
 * uncut text.
 */
export class RawContinuation implements Continuation {
  held: (() => readonly StreamEvent[]) | undefined;
  readonly #answer: RawAnswer;
  readonly #parser: Parser;
  #raw = '';
  /** The end of the text where it may be half a character. */
  #half = '';
  #sent = 0;
  /** Of all parts, and of the last. */
  #usage: Usage | undefined;
  #lastUsage: Usage | undefined;
  /** The first characters of the rest, until it is clear that it is the rest. */
  #doubtful: string | undefined;
  #openArguments: string | undefined;
  #refused = false;

  constructor(answer: RawAnswer) {
    this.#answer = answer;
    this.#parser = createParser({ ...answer.parsing, ids: CallIds.of(answer.request.messages) });
  }

  first(): Part {
    const { body } = this.#answer;
    return { body: () => body(''), wire: this.#wire() };
  }

  followUp(): Part | undefined {
    const { options, contextWindow, body } = this.#answer;
    const { max = 2 } = options;
    if (this.#sent >= max || this.#refused || this.#raw.length > LONGEST) return undefined;
    const room = roomFor(options.tokens, contextWindow, this.#lastUsage);
    if (room === undefined) return undefined;
    this.#sent++;
    // The engine writes the character anew.
    this.#half = '';
    this.#doubtful = '';
    const raw = this.#raw;
    return { body: () => body(raw, room), wire: this.#wire() };
  }

  #wire(): AnswerWire {
    return this.#answer.wire({ push: (event) => this.#push(event) });
  }

  #push(event: StreamEvent): StreamEvent[] {
    if (event.type === 'finish') return this.#finish(event);
    if (event.type !== 'text-delta') return [event];
    if (this.#refused) return [];
    if (this.#doubtful === undefined) return this.#read(event.delta);
    this.#doubtful += event.delta;
    return this.#resolve(false);
  }

  /** Lets the doubtful beginning through once it is none any more; throws when it is no rest of this answer. */
  #resolve(isWhole: boolean): StreamEvent[] {
    const text = this.#doubtful!;
    const verdict = goesOn(text, { raw: this.#raw, openArguments: this.#openArguments }, isWhole);
    if (verdict === undefined) return [];
    this.#doubtful = undefined;
    if (verdict) return this.#read(text);
    this.#refused = true;
    if (isWhole) return [];
    throw didNotGoOn();
  }

  #read(delta: string): StreamEvent[] {
    const text = this.#half + delta;
    const half = halfCharacter(text);
    this.#half = half === 0 ? '' : text.slice(-half);
    const sure = half === 0 ? text : text.slice(0, -half);
    if (this.#raw.length <= LONGEST) this.#raw += sure;
    return this.#parser.push(sure);
  }

  #finish(event: Finish): StreamEvent[] {
    const { usage } = event;
    if (usage) this.#usage = this.#usage ? addUsage(this.#usage, usage) : usage;
    this.#lastUsage = usage;
    // An engine that adds nothing has nothing to add.
    if (this.#doubtful === '') this.#refused = true;
    const rest = this.#doubtful === undefined || this.#refused ? [] : this.#resolve(true);
    if (this.#refused) return rest;
    const isCut = this.#isCut(event);
    this.held = isCut ? () => this.#end(event) : undefined;
    return isCut ? rest : [...rest, ...this.#end(event)];
  }

  #end({ rawReason }: Finish): StreamEvent[] {
    const events = this.#half === '' ? [] : this.#parser.push(this.#half);
    const usage = this.#usage;
    return [
      ...events,
      ...this.#parser.end({ ...(rawReason !== undefined && { rawReason }), ...(usage && { usage }) }),
    ];
  }

  /** Whether the text so far broke off, or ends inside a call or, for want of tokens, between those of a section. */
  #isCut({ rawReason, reason }: Finish): boolean {
    const { options, request, parsing } = this.#answer;
    if (options.max === 0 || options.tokens === 0) return false;
    const outOfTokens = reason === 'length' || rawReason === 'length';
    // The stream broke off: wherever that was, the engine can go on there.
    const isBroken = outOfTokens && reason === 'error' && this.#raw !== '';
    // A stop sequence ends an answer wherever it is.
    if (!outOfTokens && request.stop?.length) return false;
    const inside = endsInside(this.#raw);
    if (!inside && !outOfTokens) return false;
    if (isBroken && !inside && !endsForGood(this.#raw)) return true;
    const turn = parse(this.#raw, { ...parsing, ids: CallIds.of(request.messages) });
    this.#openArguments = turn.cut?.arguments;
    return turn.cut !== undefined || (inside && (turn.truncated || outOfTokens));
  }
}

/** Characters at the end that may be the first part of one: half a pair, or what stands for bytes that lack others. */
function halfCharacter(text: string): number {
  const last = text.charCodeAt(text.length - 1);
  if (last >= 0xd800 && last < 0xdc00) return 1;
  let count = 0;
  while (count < 3 && text.charCodeAt(text.length - 1 - count) === 0xfffd) count++;
  return count;
}
